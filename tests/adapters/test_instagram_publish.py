"""Publishing to Instagram: once, whatever is lost, and asking what became of it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from promptpress.errors import (
    BadCredentials,
    OutcomeUnknown,
    PromptpressError,
    RateLimited,
    SetupError,
    TransientError,
)
from promptpress.model import Post, Publication
from promptpress.steps import MAX_REASON
from tests.adapters.instagramming import CANARY, CAPTION, Studio, jpeg, studio
from tests.fakes.instagram import ACCOUNT, refusal, throttled
from tests.fakes.server import Answer, Fault

HTML = Answer(502, b"<html><h1>502 Bad Gateway</h1></html>", {"Content-Type": "text/html"})
POST = Post(id=7, prompt=CAPTION)


@pytest.fixture
def house() -> Iterator[Studio]:
    with studio(polls=0) as running:
        yield running


UNKNOWN = [
    Fault("after"),
    Fault("after", hang=True),
    Fault("after", drip=0.05),
    Fault("after", cut_at=0),
    Fault("after", cut_at=10),
    Fault("after", HTML),
    Fault("after", Answer(504, b"")),
    Fault("after", Answer(200, b"")),
    Fault("after", Answer(200, b"<html>hello</html>")),
    Fault("after", Answer(200, b"[" * 100_000)),
    Fault("after", Answer(200, b"x" * 2_000_000)),
    Fault("after", Answer.json({})),
    Fault("after", Answer.json({"id": None})),
    Fault("after", Answer.json({"id": "../../me"})),
    Fault("after", Answer.json({"id": True})),
    Fault("after", Answer.json({"error": {"code": 190, "message": "odd"}})),
    Fault("after", Answer.json({"error": "words only"}, 400)),
    Fault("after", Answer.json({"error": {"message": "no code"}}, 400)),
    Fault("after", refusal(190, status=500)),
    Fault("after", refusal(4, 2207051)),
    Fault("after", refusal(4)),
    Fault("after", refusal(1)),
    Fault("after", refusal(2, transient=True)),
    Fault("after", refusal(-1, 2207001)),
    Fault("after", refusal(-1, 2207032)),
    Fault("after", refusal(-2, 2207020)),
    Fault("after", refusal(24, 2207006)),
    Fault("after", refusal(24, 2207008)),
    Fault("after", refusal(100)),
    Fault("after", refusal(100, 33)),
    Fault("after", refusal(368)),
    Fault("after", refusal(506)),
    Fault("after", refusal(987654)),
]


@pytest.mark.parametrize("fault", UNKNOWN)
def test_a_lost_answer_makes_no_second_post(
    fault: Fault, house: Studio, log: pytest.LogCaptureFixture
) -> None:
    """Where the post may be out nobody sends again: the container is asked, and tells."""
    publisher = house.publisher(fault, settle=0)
    rendition = house.photo()
    house.make_ready(house.publisher(), rendition)
    house.fake.fail("publish", fault)

    with pytest.raises(PromptpressError) as caught:
        publisher.publish(rendition, house.begin())

    assert type(caught.value) is OutcomeUnknown
    assert "python -m promptpress resolve 7 --channel instagram --sent" in str(caught.value)
    assert "--not-sent" in str(caught.value)
    assert len(str(caught.value)) <= MAX_REASON
    assert CANARY not in log.text + repr(caught.value)
    receipt = house.publisher().settle(POST, house.publication)
    assert receipt is not None
    assert [post.id for post in house.fake.posts] == [receipt.external_id]
    assert receipt.url == house.fake.posts[0].permalink
    assert house.calls("publish") == ["publish"]


SURELY_NOT: list[tuple[Answer, type[PromptpressError], float | None]] = [
    (refusal(9007, 2207027), TransientError, 15),
    (refusal(9, 2207042), RateLimited, 3600),
    (refusal(17), RateLimited, 900),
    (refusal(32), RateLimited, 900),
    (refusal(613), RateLimited, 900),
    (refusal(80002), RateLimited, 900),
    (throttled(ACCOUNT, 30), RateLimited, 1800),
    (refusal(10), BadCredentials, None),
    (refusal(200), BadCredentials, None),
    (refusal(299), BadCredentials, None),
    (refusal(190), BadCredentials, None),
    (refusal(190, 463), BadCredentials, None),
    (refusal(102), BadCredentials, None),
    (refusal(25, 2207050), SetupError, None),
    (Answer(403, b"<html>blocked</html>"), SetupError, None),
    (Answer(307, b"", {"Location": "https://elsewhere.invalid"}), SetupError, None),
    (Answer(429, b"slow", {"Retry-After": "5"}), RateLimited, 5),
    (Answer(408, b""), TransientError, None),
]


@pytest.mark.parametrize(("answer", "kind", "wait"), SURELY_NOT)
def test_an_explicit_no_is_surely_not_sent(
    answer: Answer, kind: type[PromptpressError], wait: float | None, house: Studio
) -> None:
    """It says so, with the wait; the next attempt uses the same container and goes out once."""
    rendition = house.photo()
    house.make_ready(house.publisher(), rendition)
    house.fake.fail("publish", Fault("before", answer))

    with pytest.raises(PromptpressError) as caught:
        house.publisher().publish(rendition, house.begin())

    assert type(caught.value) is kind
    assert caught.value.retry_after == wait
    assert CANARY not in repr(caught.value)
    house.send(house.publisher(), rendition)
    assert len(house.fake.posts) == 1
    assert house.calls("create") == ["create"]


@pytest.mark.parametrize(
    ("url", "kind"), [("http://127.0.0.1:9", TransientError), ("nowhere", SetupError)]
)
def test_what_is_out_of_reach_got_nothing(
    url: str, kind: type[PromptpressError], house: Studio, log: pytest.LogCaptureFixture
) -> None:
    """Without a connection nothing was published; a wrong address is the set-up's fault."""
    house.make_ready(house.publisher(), house.photo())
    publisher = house.publisher(api_url=url)
    publication = house.begin()

    for call in (
        publisher.check,
        lambda: publisher.publish(house.photo(), publication),
        lambda: publisher.stage(house.photo(), publication),
        lambda: publisher.settle(POST, publication),
    ):
        with pytest.raises(kind, match="INSTAGRAM_API_URL"):
            call()
    assert CANARY not in log.text


def test_a_second_attempt_asks_first(house: Studio) -> None:
    """What an earlier attempt has published is not published again: its receipt is found."""
    rendition = house.photo()
    house.send(house.publisher(), rendition)
    house.publication = replace(house.publication, handle=house.stagings[-1].handle)
    receipt = house.publisher().publish(rendition, house.begin())

    assert len(house.fake.posts) == 1
    assert receipt.external_id == house.fake.posts[0].id
    assert house.calls("publish") == ["publish"]


@pytest.mark.parametrize("state", ["IN_PROGRESS", "EXPIRED", "ERROR", "MISSING"])
def test_a_second_attempt_needs_a_container_that_is_ready(state: str, house: Studio) -> None:
    """A container that became useless meanwhile is made anew before anything is published."""
    rendition = house.photo()
    house.make_ready(house.publisher(), rendition)
    house.begin()
    answer = Answer.json({"status_code": state})
    house.fake.fail("status", Fault("before", refusal(100, 33) if state == "MISSING" else answer))

    with pytest.raises(TransientError, match=state):
        house.publisher().publish(rendition, house.begin())
    assert house.calls("publish") == []


def test_the_limit_is_asked_for_before(house: Studio) -> None:
    """Where the posts of the day are used up nothing is sent, and the wait is an hour."""
    house.fake.desk.quota_total = 1
    house.fake.add_post("from the app")
    house.make_ready(house.publisher(), house.photo())

    with pytest.raises(RateLimited, match="1 of 1 posts") as caught:
        house.publisher().publish(house.photo(), house.begin())

    assert caught.value.retry_after == 3600
    assert house.calls("publish") == []
    house.fake.wait(timedelta(hours=23))
    house.fake.desk.quota_total = 2
    house.send(house.publisher(), house.photo())


@pytest.mark.parametrize(
    "fault",
    [
        Fault("after"),
        Fault("before", HTML),
        Fault("before", refusal(2)),
        Fault("before", Answer.json({"data": []})),
        Fault("before", Answer.json({"data": [{"quota_usage": 60}]})),
        Fault("before", Answer.json({"data": "odd"})),
    ],
)
def test_a_limit_that_is_not_told_stops_nothing(fault: Fault, house: Studio) -> None:
    """If the question for the limit fails, the post goes out: the service counts for itself."""
    house.fake.fail("limit", fault)
    house.send(house.publisher(), house.photo())

    assert len(house.fake.posts) == 1


def test_no_calls_left_stops_before_the_publish(house: Studio) -> None:
    """When the question for the limit is refused for too many calls, nothing is published."""
    house.make_ready(house.publisher(), house.photo())
    house.fake.fail("limit", Fault("before", throttled(ACCOUNT, 12)))

    with pytest.raises(RateLimited) as caught:
        house.publisher().publish(house.photo(), house.begin())
    assert caught.value.retry_after == 720
    assert house.calls("publish") == []


def test_after_a_charge_of_spam_it_rests(house: Studio) -> None:
    """Nothing is made or published for four hours; the question what became of it is asked."""
    publisher = house.publisher(settle=0)
    house.make_ready(publisher, house.photo())
    house.fake.fail("publish", Fault("before", refusal(4, 2207051)))
    with pytest.raises(OutcomeUnknown):
        publisher.publish(house.photo(), house.begin())

    assert publisher.settle(POST, house.publication) is None
    for call in (publisher.stage, publisher.publish):
        with pytest.raises(RateLimited) as caught:
            call(house.photo(), house.publication)
        assert caught.value.retry_after == 4 * 3600
    house.clock.pass_by(4 * 3600)
    house.send(publisher, house.photo())
    assert len(house.fake.posts) == 1


def test_many_at_once_go_out_once_each() -> None:
    """One publisher serves many threads."""
    from concurrent.futures import ThreadPoolExecutor

    with studio(polls=0) as house:
        publisher = house.publisher(account_id="")

        def send(number: int) -> str:
            mine = Studio(house.fake, house.album, house.clock)
            post = house.photo(jpeg(number), id=number, caption=f"NUMBER {number}")
            return mine.send(publisher, post).external_id

        with ThreadPoolExecutor(8) as pool:
            ids = list(pool.map(send, range(8)))

        assert sorted(ids) == sorted(post.id for post in house.fake.posts)
        assert len({post.caption for post in house.fake.posts}) == 8


def test_a_publication_without_a_container_is_a_beginning() -> None:
    """Whatever has no container cannot be out."""
    with studio() as house:
        for handle in ("", "children=1,2;at=5", "at=5"):
            publication = Publication(channel="instagram", handle=handle, attempts=1)
            assert house.publisher().settle(POST, publication) is None
        assert house.calls() == []
