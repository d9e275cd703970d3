"""What Instagram's errors mean: every row of the table, and what no table has."""

import traceback
from collections.abc import Iterator
from typing import Any

import pytest

from promptpress.adapters.instagram._table import TABLE
from promptpress.errors import (
    BadCredentials,
    BadPicture,
    ContentRefused,
    InvalidPost,
    MissingSetting,
    OutcomeUnknown,
    PermanentError,
    PromptpressError,
    RateLimited,
    SetupError,
    TransientError,
)
from promptpress.steps import MAX_REASON
from tests.adapters.instagramming import CANARY, Studio, studio
from tests.fakes.instagram import ACCOUNT, refusal, throttled
from tests.fakes.server import Answer, Fault


@pytest.fixture
def house() -> Iterator[Studio]:
    with studio() as running:
        yield running


@pytest.fixture(scope="module")
def account() -> Iterator[Studio]:
    """One account for the whole table: nothing is published."""
    with studio(polls=0) as running:
        yield running


# code, subcode, what it is for us when a piece is made, whether a publish that is answered so is
# surely not out, the seconds to wait, and a word of the advice.
ROWS: list[tuple[int, int, type[PromptpressError], bool, float | None, str]] = [
    (-1, 0, TransientError, False, None, "tried again"),
    (-1, 2207001, TransientError, False, None, "tried again"),
    (-1, 2207032, TransientError, False, None, "made anew"),
    (-1, 2207053, TransientError, False, None, "made anew"),
    (-2, 0, TransientError, False, None, "made anew"),
    (-2, 2207003, TransientError, True, 30, "made anew"),
    (-2, 2207020, TransientError, False, None, "made anew"),
    (1, 0, TransientError, False, None, "tried again"),
    (1, 2207057, InvalidPost, True, None, "cover"),
    (2, 0, TransientError, False, None, "tried again"),
    (3, 0, BadCredentials, True, None, "content_publish"),
    (4, 0, RateLimited, False, 900, "prolong"),
    (4, 2207051, RateLimited, False, 14400, "spam"),
    (9, 0, RateLimited, True, 3600, "24 hours"),
    (9, 2207042, RateLimited, True, 3600, "24 hours"),
    (10, 0, BadCredentials, True, None, "content_publish"),
    (17, 0, RateLimited, True, 900, "prolong"),
    (24, 2207006, PermanentError, False, None, "gone"),
    (24, 2207008, TransientError, False, 30, "tried again"),
    (25, 2207050, SetupError, True, None, "app"),
    (32, 0, RateLimited, True, 900, "prolong"),
    (100, 33, SetupError, False, None, "INSTAGRAM_ACCOUNT_ID"),
    (100, 2207023, InvalidPost, True, None, "report"),
    (100, 2207028, InvalidPost, True, None, "2 to 10"),
    (100, 2207035, InvalidPost, True, None, "product"),
    (100, 2207036, InvalidPost, True, None, "product"),
    (100, 2207037, InvalidPost, True, None, "product"),
    (100, 2207040, InvalidPost, True, None, "20 accounts"),
    (102, 0, BadCredentials, True, None, "INSTAGRAM_ACCESS_TOKEN"),
    (104, 0, BadCredentials, True, None, "INSTAGRAM_ACCESS_TOKEN"),
    (190, 0, BadCredentials, True, None, "INSTAGRAM_ACCESS_TOKEN"),
    (190, 458, BadCredentials, True, None, "log in"),
    (190, 459, BadCredentials, True, None, "log in"),
    (190, 460, BadCredentials, True, None, "password"),
    (190, 463, BadCredentials, True, None, "dead"),
    (190, 464, BadCredentials, True, None, "confirmed"),
    (190, 467, BadCredentials, True, None, "not valid"),
    (190, 492, BadCredentials, True, None, "role"),
    (341, 0, RateLimited, True, 3600, "over its limit"),
    (352, 2207026, BadPicture, True, None, "H.264"),
    (368, 0, SetupError, False, None, "blocked"),
    (506, 0, ContentRefused, False, None, "duplicate"),
    (613, 0, RateLimited, True, 900, "prolong"),
    (9004, 2207052, TransientError, True, 30, "fetched"),
    (9007, 2207027, TransientError, True, 15, "not ready"),
    (36000, 2207004, BadPicture, True, None, "different"),
    (36001, 2207005, BadPicture, True, None, "different"),
    (36003, 2207009, BadPicture, True, None, "different"),
    (36004, 2207010, InvalidPost, True, None, "shorten"),
    (80002, 0, RateLimited, True, 900, "prolong"),
    (101, 0, SetupError, True, None, "the app"),
    (803, 0, SetupError, False, None, "INSTAGRAM_ACCOUNT_ID"),
    (2500, 0, SetupError, True, None, "INSTAGRAM_API_VERSION"),
    (-1, 2207077, TransientError, False, None, "made anew"),
    (-1, 2207081, TransientError, False, None, "made anew"),
    (-1, 2207082, TransientError, False, None, "made anew"),
]
BESIDES: list[tuple[int, int, type[PromptpressError], bool, float | None, str]] = [
    (200, 0, BadCredentials, True, None, "content_publish"),
    (294, 0, BadCredentials, True, None, "content_publish"),
    (190, 999, BadCredentials, True, None, "INSTAGRAM_ACCESS_TOKEN"),
    (77, 2207009, BadPicture, True, None, "different"),
    (4, 1349210, RateLimited, False, 900, "prolong"),
    (987654, 0, PermanentError, False, None, "change the post"),
    (100, 0, PermanentError, False, None, "change the post"),
    (100, 2207999, PermanentError, False, None, "change the post"),
]


def test_every_row_of_the_table_is_tried() -> None:
    """No code is in the table that no test knows."""
    assert {row[:2] for row in ROWS} == set(TABLE)


@pytest.mark.parametrize(("code", "subcode", "kind", "sure", "wait", "word"), ROWS + BESIDES)
def test_what_a_code_means(
    code: int,
    subcode: int,
    kind: type[PromptpressError],
    sure: bool,
    wait: float | None,
    word: str,
    account: Studio,
) -> None:
    """Making a piece it is an error of ours; publishing it is that too only where that is sure."""
    answer = refusal(code, subcode, f"Words with {CANARY} in them")
    house = Studio(account.fake, account.album, account.clock)
    house.fake.fail("create", Fault("before", answer))
    with pytest.raises(PromptpressError) as caught:
        house.stage(house.publisher(), house.photo())

    assert type(caught.value) is kind
    assert caught.value.retry_after == wait
    assert word in str(caught.value)
    assert f"code {code}" in str(caught.value)
    assert len(str(caught.value)) <= MAX_REASON
    assert CANARY not in repr(caught.value)

    house.make_ready(house.publisher(), house.photo())
    house.fake.fail("publish", Fault("before", answer))
    with pytest.raises(PromptpressError) as caught:
        house.publisher().publish(house.photo(), house.begin())
    assert type(caught.value) is (kind if sure else OutcomeUnknown)
    assert CANARY not in repr(caught.value)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault("before"), TransientError),
        (Fault("after", hang=True), TransientError),
        (Fault("after", drip=0.05), TransientError),
        (Fault("after", cut_at=5), TransientError),
        (Fault("before", Answer(500, b"")), TransientError),
        (Fault("before", Answer(503, b"<html>busy</html>")), TransientError),
        (Fault("before", Answer(200, b"<html>hello</html>")), TransientError),
        (Fault("before", Answer(200, b"[" * 100_000)), TransientError),
        (Fault("before", Answer(200, b"x" * 2_000_000)), TransientError),
        (Fault("before", Answer.json({"id": "../x"})), TransientError),
        (Fault("before", Answer.json([1, 2])), TransientError),
        (Fault("before", refusal(987654, transient=True)), TransientError),
        (Fault("before", refusal(190, status=500)), BadCredentials),
        (Fault("before", Answer(413, b"")), PermanentError),
        (Fault("before", Answer(403, b"<html>no</html>")), SetupError),
        (Fault("before", Answer.json({"error": "odd"}, 404)), SetupError),
        (Fault("before", Answer(301, b"", {"Location": "https://x.invalid"})), SetupError),
        (Fault("before", Answer(429, b"slow down")), RateLimited),
    ],
)
def test_odd_answers(
    fault: Fault, kind: type[PromptpressError], house: Studio, log: pytest.LogCaptureFixture
) -> None:
    """Whatever comes back when a piece is made, it ends in a typed error, and then goes on."""
    house.fake.fail("create", fault)

    with pytest.raises(PromptpressError) as caught:
        house.stage(house.publisher(fault), house.photo())

    assert type(caught.value) is kind
    assert len(str(caught.value)) <= MAX_REASON
    assert CANARY not in log.text + _everything(caught.value)
    house.send(house.publisher(), house.photo())
    assert len(house.fake.posts) == 1


def _everything(error: BaseException) -> str:
    shown = traceback.TracebackException.from_exception(error, capture_locals=False)
    return "".join(shown.format()) + repr(error) + repr(error.__context__)


@pytest.mark.parametrize(
    ("call", "answer", "kind"),
    [
        ("account", refusal(190, 463), BadCredentials),
        ("account", refusal(100, 33), SetupError),
        ("account", refusal(987654), SetupError),
        ("account", Answer(502, b""), TransientError),
        ("account", throttled(ACCOUNT, 3), RateLimited),
        ("limit", refusal(10), BadCredentials),
        ("limit", refusal(200), BadCredentials),
        ("limit", Answer(404, b"<html>nginx</html>"), SetupError),
    ],
)
def test_check_says_what_to_fix(
    call: str, answer: Answer, kind: type[PromptpressError], house: Studio
) -> None:
    """A set-up that would not work is told apart from a service that does not answer."""
    house.fake.fail(call, Fault("before", answer))

    with pytest.raises(PromptpressError) as caught:
        house.publisher().check()
    assert type(caught.value) is kind


@pytest.mark.parametrize(
    ("token", "kind"),
    [
        ("", MissingSetting),
        ("  ", MissingSetting),
        ("IGAA\nCANARY", SetupError),
        ("IGAÄCANARY", SetupError),
        ("IGAA/C A&NARY%2F#x", BadCredentials),
    ],
)
def test_a_token_that_is_none(
    token: str, kind: type[PromptpressError], house: Studio, log: pytest.LogCaptureFixture
) -> None:
    """A token that was copied badly is refused, and shown in no form."""
    with pytest.raises(PromptpressError) as caught:
        house.publisher(token=lambda: token).check()

    assert type(caught.value) is kind
    assert "CANARY" not in log.text + repr(caught.value)
    assert "A%26NARY" not in log.text + repr(caught.value)


def test_nothing_shows_the_token_when_all_goes_well(
    house: Studio, log: pytest.LogCaptureFixture
) -> None:
    """With everybody's debugging on, the log has the calls and no token."""
    publisher = house.publisher()
    publisher.check()
    receipt = house.send(publisher, house.photo())

    assert "access_token=***" in log.text
    assert CANARY not in log.text + repr(publisher) + repr(receipt) + house.publication.handle


def test_orders_have_their_token_in_the_body(house: Studio) -> None:
    """No address of an order holds the token: proxies write addresses down."""
    house.send(house.publisher(), house.photo())
    orders = [request for _, request in house.fake.requests if request.method == "POST"]

    assert len(orders) == 2
    assert all(request.query == {} for request in orders)
    assert all(CANARY.encode() in request.body for request in orders)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Retry-After": "120"}, 120.0),
        ({"Retry-After": "Sat, 21 Nov 2026 09:00:30 GMT"}, 30.0),
        ({"X-Business-Use-Case-Usage": "no json"}, 900.0),
        ({}, 900.0),
    ],
)
def test_the_wait_is_the_one_asked_for(headers: dict[str, Any], wait: float, house: Studio) -> None:
    """A refusal for too many calls names its wait in a header, or rests for a quarter hour."""
    answer = refusal(80002)
    answer.headers.update(headers)
    house.fake.fail("create", Fault("before", answer))
    publisher = house.publisher()

    with pytest.raises(RateLimited) as caught:
        house.stage(publisher, house.photo())
    assert caught.value.retry_after == wait
    with pytest.raises(RateLimited) as caught:
        house.stage(publisher, house.photo())
    assert caught.value.retry_after == wait
    assert len(house.calls()) == 1
