"""What Instagram counts of a post, and what happens where it does not tell."""

import traceback
from collections.abc import Iterator
from datetime import timedelta
from typing import Literal

import pytest

from promptpress.errors import (
    BadCredentials,
    PermanentError,
    PromptpressError,
    RateLimited,
    SetupError,
    TransientError,
)
from promptpress.model import Publication, PublicationState
from promptpress.ports import CountingPublisher
from tests.adapters.instagramming import CANARY, Studio, studio
from tests.fakes.instagram import ACCOUNT, Container, Post, refusal, throttled
from tests.fakes.instagram.records import Kind
from tests.fakes.server import Answer, Fault

FIGURES = {"likes": 31, "comments": 2, "views": 1204, "reach": 980, "saved": 7, "shares": 3}
PLAIN = {"likes": 31, "comments": 2}


@pytest.fixture
def house() -> Iterator[Studio]:
    with studio() as running:
        running.fake.allow_insights()
        yield running


def post_of(house: Studio, kind: Kind = "photo", **more: int) -> Post:
    """Return a post that is out, with figures."""
    container = Container("17889", kind, "image", house.clock(), 0, caption="a fox")
    post = house.fake.desk.show(container)
    house.fake.counts.of[post.id] = FIGURES | more
    return post


def sent(post_id: str) -> Publication:
    return Publication(channel="instagram", state=PublicationState.SENT, external_id=post_id)


def calls(house: Studio) -> list[str]:
    """Return the names of the calls, with the metrics that were asked for."""
    return [
        f"{name} {request.query['metric']}" if name == "insights" else name
        for name, request in house.fake.requests
    ]


@pytest.mark.parametrize("login", ["instagram", "facebook"])
@pytest.mark.parametrize("kind", ["photo", "carousel", "reel"])
def test_all_is_told_of_a_post(login: Literal["instagram", "facebook"], kind: Kind) -> None:
    """Two questions, with either login."""
    with studio(login=login) as house:
        house.fake.allow_insights()
        post = post_of(house, kind)
        publisher: CountingPublisher = house.publisher()

        assert publisher.count(sent(post.id)) == FIGURES
        assert calls(house) == ["count", "insights views,reach,saved,shares"]


def test_of_a_story_replies_are_told_and_no_saves(house: Studio) -> None:
    """As long as it shows."""
    post = post_of(house, "story", replies=4)

    told = house.publisher().count(sent(post.id))

    assert told == {**PLAIN, "views": 1204, "reach": 980, "shares": 3, "replies": 4}


def test_a_publisher_that_counts_is_known_by_it(house: Studio) -> None:
    """The protocol can be asked for at run time."""
    assert isinstance(house.publisher(), CountingPublisher)


@pytest.mark.parametrize("login", ["instagram", "facebook"])
def test_without_the_right_to_insights_likes_and_comments_are_told(
    login: Literal["instagram", "facebook"],
) -> None:
    """The right is one that publishing does not need."""
    with studio(login=login) as house:
        post = post_of(house)

        assert house.publisher().count(sent(post.id)) == PLAIN


def test_a_story_that_is_over_tells_likes_and_comments(house: Studio) -> None:
    """Insights of stories live for 24 hours."""
    post = post_of(house, "story")
    house.clock.pass_by(timedelta(hours=25).total_seconds())

    assert house.publisher().count(sent(post.id)) == PLAIN


def test_a_story_that_hardly_anybody_saw_tells_likes_and_comments(house: Studio) -> None:
    """Instagram tells nothing below five viewers."""
    post = post_of(house, "story", views=4)

    assert house.publisher().count(sent(post.id)) == PLAIN


def test_a_metric_that_is_not_supported_is_left_out(house: Studio) -> None:
    """One such metric spoils the whole question: it is asked again without it."""
    post = post_of(house)
    house.fake.counts.unsupported = {"views", "shares"}

    told = house.publisher().count(sent(post.id))

    assert told == {**PLAIN, "reach": 980, "saved": 7}
    assert calls(house) == [
        "count",
        "insights views,reach,saved,shares",
        "insights reach,saved,shares",
        "insights reach,saved",
    ]


def test_what_is_not_told_is_left_out(house: Studio) -> None:
    """No figure is made up: hidden likes are missing, and so is an insight without a value."""
    post = post_of(house)
    house.fake.counts.hides_likes = True
    house.fake.counts.of[post.id] = {"comments": 2, "reach": 980}

    assert house.publisher().count(sent(post.id)) == {"comments": 2, "reach": 980}


def test_a_post_of_no_known_kind_is_asked_for_no_insights(house: Studio) -> None:
    """Which metrics it has cannot be known: its likes and comments are told."""
    post = post_of(house)
    fields = {"id": post.id, "media_product_type": "AD", "like_count": 31, "comments_count": 2}
    house.fake.fail("count", Fault("before", Answer.json(fields)))

    assert house.publisher().count(sent(post.id)) == PLAIN
    assert calls(house) == ["count"]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ([{"name": "reach", "total_value": {"value": 5}}], {"reach": 5}),
        ([{"name": "reach", "values": [{"value": "5"}]}], {}),
        ([{"name": "reach", "values": [{"value": True}]}], {}),
        ([{"name": "reach", "values": [{"value": -1}]}], {}),
        ([{"name": "reach", "values": [5]}, 7, {"name": "views"}], {}),
        ({"reach": 5}, {}),
        (None, {}),
    ],
)
def test_strange_insights_are_no_figures(house: Studio, data: object, told: dict[str, int]) -> None:
    """Numbers are taken wherever they stand; what is no number is left out."""
    post = post_of(house)
    house.fake.fail("insights", Fault("before", Answer.json({"data": data})))

    assert house.publisher().count(sent(post.id)) == {**PLAIN, **told}


GONE = refusal(100, 33)
PAGE = Answer(403, b"<html><body>Blocked by policy</body></html>", {"Content-Type": "text/html"})
SORRY = Answer(200, b"<html><body>Sorry</body></html>", {"Content-Type": "text/html"})
HANG = Fault("before", hang=True)
ERRORS: list[tuple[str, Fault, type[PromptpressError], str]] = [
    ("count", Fault("before", GONE), PermanentError, "still on the account"),
    ("count", Fault("before", refusal(24, 2207008)), PermanentError, "still on the account"),
    ("count", Fault("before", refusal(100)), PermanentError, "still on the account"),
    ("count", Fault("before", refusal(10)), BadCredentials, "right"),
    ("count", Fault("before", refusal(190, 463)), BadCredentials, "INSTAGRAM_ACCESS_TOKEN"),
    *(
        row
        for call in ("count", "insights")
        for row in (
            (call, Fault("before", refusal(2, status=500)), TransientError, "tried again"),
            (call, Fault("before", Answer(502, b"")), TransientError, "HTTP 502"),
            (call, Fault("before", throttled(ACCOUNT, 5)), RateLimited, "prolong"),
            (call, Fault("before", PAGE), SetupError, "not Instagram"),
            (call, Fault("before", SORRY), TransientError, "without a result"),
            (call, Fault("before"), TransientError, "not reached"),
            (call, HANG, TransientError, "not reached"),
        )
    ),
    ("insights", Fault("before", refusal(190, 460)), BadCredentials, "password"),
]


@pytest.mark.parametrize(("call", "fault", "kind", "said"), ERRORS)
def test_errors(
    house: Studio, call: str, fault: Fault, kind: type[PromptpressError], said: str
) -> None:
    """Each is one of ours, says what to do, and holds no token."""
    post = post_of(house)
    house.fake.fail(call, fault)

    with pytest.raises(PromptpressError) as caught:
        house.publisher(fault).count(sent(post.id))

    assert type(caught.value) is kind
    assert said in caught.value.message
    assert CANARY not in "".join(traceback.format_exception(caught.value))


def test_a_post_that_is_gone_is_told(house: Studio) -> None:
    """Somebody deleted it: that is of this post alone, and no mistake of the set-up."""
    with pytest.raises(PermanentError, match="see whether it is still on the account"):
        house.publisher().count(sent("17999000000009999"))


@pytest.mark.parametrize("external_id", ["", "../me", "17999?fields=id"])
def test_a_post_whose_id_is_not_known_is_not_asked_for(house: Studio, external_id: str) -> None:
    """A person resolved it, or its id is none: nothing is asked."""
    with pytest.raises(PermanentError, match="id on Instagram is not known"):
        house.publisher().count(sent(external_id))

    assert house.fake.requests == []


def test_counting_waits_where_calls_run_out(house: Studio) -> None:
    """From 80 percent on calls are left to the posts; nothing is asked."""
    post = post_of(house)
    house.fake.usage = {"X-App-Usage": {"call_count": 81, "total_time": 1, "total_cputime": 1}}
    publisher = house.publisher()
    publisher.count(sent(post.id))

    with pytest.raises(RateLimited, match="most calls of this account are used up"):
        publisher.count(sent(post.id))

    assert len(house.fake.requests) == 2
