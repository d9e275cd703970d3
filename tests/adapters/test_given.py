"""given: the pictures that an order links to are brought, and nothing else is taken for one."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from promptpress.adapters.given import GivenGenerator
from promptpress.errors import InvalidPost, PermanentError, PromptpressError, TransientError
from promptpress.ports import ImageRequest
from tests.adapters.sending import picture
from tests.fakes.server import Answer, Call, Request, StandIn

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
STILL = picture().content


class Shelf(StandIn):
    """A web server with files."""

    service = "shelf"

    def __init__(self) -> None:
        super().__init__()
        self.files: dict[str, Answer] = {}

    def route(self, request: Request) -> Call:
        """Serve a file."""
        answer = self.files.get(request.path, Answer(404, b"nothing here"))
        return Call("get", "", lambda: answer)


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    """A running server."""
    with Shelf() as running:
        running.files["/1.jpg"] = Answer(200, STILL, {"Content-Type": "image/jpeg"})
        yield running


def bring(*links: str, max_bytes: int = 1_000_000) -> tuple[bytes, ...]:
    """Return what lies at the addresses."""
    given = GivenGenerator(clock=lambda: NOW, deadline=2.0, max_bytes=max_bytes)
    request = ImageRequest(prompt="p", width=64, height=64, links=links)
    return tuple(one.content for one in given.submit(request).pictures)


def test_files_come_in_their_order(shelf: Shelf) -> None:
    """The very bytes, and nothing is claimed about who made them."""
    shelf.files["/2.jpg"] = Answer(200, STILL + b"2")

    assert bring(f"{shelf.url}/2.jpg", f"{shelf.url}/1.jpg") == (STILL + b"2", STILL)


def test_a_redirect_is_followed(shelf: Shelf) -> None:
    """To another address of the same server, or of another."""
    shelf.files["/old"] = Answer(302, b"", {"Location": f"{shelf.url}/1.jpg"})

    assert bring(f"{shelf.url}/old") == (STILL,)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer(404, b"gone"), PermanentError),
        (Answer(403, b"no"), PermanentError),
        (Answer(200, b"<html>log in</html>"), PermanentError),
        (Answer(200, b'{"error": "no"}'), PermanentError),
        (Answer(200, b""), PermanentError),
        (Answer(200, STILL * 10_000), PermanentError),
        (Answer(503, b"later"), TransientError),
        (Answer(429, b"slowly", {"Retry-After": "7"}), TransientError),
        (Answer(408, b""), TransientError),
    ],
)
def test_what_cannot_be_had_is_said(
    shelf: Shelf, answer: Answer, kind: type[PromptpressError]
) -> None:
    """Once and for all, or again later; the question of an address is shown to nobody."""
    shelf.files["/1.jpg"] = answer

    with pytest.raises(kind) as caught:
        bring(f"{shelf.url}/1.jpg?signature=canary")
    assert "canary" not in str(caught.value)
    if answer.status == 429:
        assert caught.value.retry_after == 7


def test_a_server_that_is_away_is_asked_again_later() -> None:
    """Nothing was lost."""
    with pytest.raises(TransientError):
        bring("http://127.0.0.1:9/1.jpg")


@pytest.mark.parametrize("link", ["http://", "https://exa mple/1.jpg", "http://[::1/1.jpg"])
def test_an_address_that_is_none_is_the_order_s_fault(link: str) -> None:
    """It is set aside."""
    with pytest.raises(PermanentError):
        bring(link)


def test_an_order_without_addresses_is_refused() -> None:
    """So is a question after a job: nothing is ever made here."""
    with pytest.raises(InvalidPost):
        bring()
    with pytest.raises(InvalidPost):
        GivenGenerator(clock=lambda: NOW).collect("job")
