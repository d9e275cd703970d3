"""The publishers that the contract runs over, each with its channel as people see it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from promptpress.adapters.instagram import InstagramPublisher, Patience
from promptpress.ports import Publisher
from tests.adapters.sending import publisher_of
from tests.fakes.instagram import Album, Instagram
from tests.fakes.instagram import refusal as not_ready
from tests.fakes.server import Fault
from tests.fakes.telegram import Telegram, flood, refusal

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class House:
    """A publisher, and its channel as people see it."""

    publisher: Publisher
    shown: Callable[[], str]
    """All that the channel shows, as one text."""
    failing: Callable[[], AbstractContextManager[None]]
    """While it lasts the next send surely does not happen."""
    refused: Publisher
    """One whose set-up is wrong."""
    offline: Publisher | None = None
    """One whose service does not answer; None where there is no service."""
    is_html: bool = False
    lose_answer: Callable[[], None] | None = None
    """Lets the next send happen and its answer be lost; None where that cannot be."""
    album: Album | None = None
    """Where its service fetches pictures from; None where they are sent."""
    handles: dict[int, str] = field(default_factory=dict)
    """What the service has made for a post, by the post's id."""


def _telegram(stack: ExitStack, tmp_path: Path) -> House:
    service = stack.enter_context(Telegram())

    @contextmanager
    def failing() -> Iterator[None]:
        service.fail("send", Fault("before", flood(1)))
        yield

    revoked = Telegram()
    stack.enter_context(revoked)
    revoked.fail("getMe", Fault("before", refusal(401, "Unauthorized")))
    return House(
        publisher=publisher_of(service),
        shown=lambda: "\n".join(message.text for message in service.messages),
        failing=failing,
        refused=publisher_of(revoked),
        offline=publisher_of(service, api_url="http://127.0.0.1:9"),
        lose_answer=lambda: service.fail("send", Fault("after")),
    )


def _instagram(stack: ExitStack, tmp_path: Path) -> House:
    service = stack.enter_context(Instagram())
    album = stack.enter_context(Album())
    settings = service.environment()

    def publisher(api_url: str = service.url, token: str = service.token) -> Publisher:
        return InstagramPublisher(
            lambda: token,
            settings["INSTAGRAM_ACCOUNT_ID"],
            api_url=api_url,
            clock=lambda: datetime.now(UTC),
            patience=Patience(connect=2.0, settle=0.0),
        )

    @contextmanager
    def failing() -> Iterator[None]:
        service.fail("publish", Fault("before", not_ready(9007, 2207027)))
        yield

    return House(
        publisher=publisher(),
        shown=lambda: "\n".join(post.caption for post in service.posts),
        failing=failing,
        refused=publisher(token="IGAA-of-nobody"),
        offline=publisher("http://127.0.0.1:9"),
        lose_answer=lambda: service.fail("publish", Fault("after")),
        album=album,
    )


def _site(stack: ExitStack, tmp_path: Path) -> House:
    from promptpress.adapters.site import SitePublisher

    folder = tmp_path / "site"
    in_the_way = tmp_path / "file"
    in_the_way.write_text("no folder")

    def site_in(place: Path) -> Publisher:
        return SitePublisher(place, title="Title", url="https://x.invalid", clock=lambda: NOW)

    @contextmanager
    def failing() -> Iterator[None]:
        aside = tmp_path / "aside"
        if folder.exists():
            folder.rename(aside)
        folder.write_text("in the way")
        yield
        folder.unlink()
        if aside.exists():
            aside.rename(folder)

    def shown() -> str:
        return "\n".join(page.read_text(encoding="utf-8") for page in folder.rglob("*.html"))

    return House(
        publisher=site_in(folder),
        shown=shown,
        failing=failing,
        refused=site_in(in_the_way),
        is_html=True,
    )


HOUSES: dict[str, Callable[[ExitStack, Path], House]] = {
    "instagram": _instagram,
    "site": _site,
    "telegram": _telegram,
}
