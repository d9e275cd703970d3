"""What became of a publish to Instagram: the container knows, and the account's list shows it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from promptpress.adapters.instagram._handles import parse_handle
from promptpress.errors import (
    BadCredentials,
    OutcomeUnknown,
    PromptpressError,
    RateLimited,
    TransientError,
)
from promptpress.model import Post
from promptpress.steps import MAX_REASON
from tests.adapters.instagramming import CAPTION, Studio, studio
from tests.fakes.instagram import ACCOUNT, refusal, throttled
from tests.fakes.server import Answer, Fault

POST = Post(id=7, prompt=CAPTION)


@pytest.fixture
def house() -> Iterator[Studio]:
    with studio(polls=0) as running:
        yield running


def _container(house: Studio) -> str:
    return parse_handle(house.publication.handle).container


def _out(house: Studio, **fields: str) -> None:
    """Publish, and die before the answer is kept."""
    house.make_ready(house.publisher(), house.photo(**fields))
    house.begin()
    house.fake.desk.publish(_container(house))


def test_finished_is_weak_evidence(house: Studio) -> None:
    """A publish may still be under way: it is watched for 90 seconds before it is sent again."""
    house.make_ready(house.publisher(), house.photo())
    outcome = house.publisher().settle(POST, house.begin())

    assert outcome is None
    assert sum(house.clock.slept) == 90
    assert len(house.calls("status")) == 1 + 7


def test_a_publish_that_ends_late_is_seen(house: Studio) -> None:
    """What becomes published while it is watched is sent, and is not sent again."""
    house.make_ready(house.publisher(), house.photo())

    def sleep(seconds: float) -> None:
        house.clock.sleep(seconds)
        if sum(house.clock.slept) == 60:
            house.fake.desk.publish(_container(house))

    receipt = house.publisher(sleep=sleep).settle(POST, house.begin())

    assert receipt is not None
    assert receipt.external_id == house.fake.posts[0].id
    assert sum(house.clock.slept) == 60


def test_a_known_publish_is_not_asked_about(house: Studio) -> None:
    """A handle that says published needs no more questions."""
    house.make_ready(house.publisher(), house.photo())
    house.fake.desk.publish(_container(house))
    house.stage(house.publisher(), house.photo())
    asked = len(house.calls("status"))
    receipt = house.publisher().settle(POST, house.begin())

    assert receipt is not None
    assert len(house.calls("status")) == asked


@pytest.mark.parametrize("state", ["EXPIRED", "ERROR"])
def test_a_dead_container_was_never_published(state: str, house: Studio) -> None:
    """Expired or in error, it is not out, and no time is lost over it."""
    house.make_ready(house.publisher(), house.photo())
    if state == "EXPIRED":
        house.fake.wait(timedelta(hours=25))
    else:
        house.fake.containers[_container(house)].error = 2207052

    assert house.publisher().settle(POST, house.begin()) is None
    assert house.clock.slept == []


def test_a_container_out_of_sight_is_asked_for_again(house: Studio) -> None:
    """Now and then a container is answered as if it were not there."""
    _out(house)
    house.fake.containers[_container(house)].hidden = 3
    receipt = house.publisher().settle(POST, house.publication)

    assert receipt is not None
    assert receipt.external_id == house.fake.posts[0].id


def test_a_container_that_is_gone_needs_a_person(house: Studio) -> None:
    """Nobody can tell whether it was published: it is held, and a person is told what to do."""
    house.make_ready(house.publisher(), house.photo())
    house.fake.containers.clear()

    with pytest.raises(OutcomeUnknown) as caught:
        house.publisher().settle(POST, house.begin())

    assert "python -m promptpress resolve 7 --channel instagram --sent" in str(caught.value)
    assert len(str(caught.value)) <= MAX_REASON


def test_a_post_whose_container_is_gone_is_found_in_the_list(house: Studio) -> None:
    """The list is the second witness."""
    _out(house)
    house.fake.containers.clear()
    receipt = house.publisher().settle(POST, house.publication)

    assert receipt is not None
    assert receipt.external_id == house.fake.posts[0].id


def test_a_handle_that_cannot_be_read_needs_a_person(house: Studio) -> None:
    """What somebody else wrote there says nothing about what was sent."""
    publication = replace(house.begin(), handle="half a handle")

    with pytest.raises(OutcomeUnknown, match="resolve 7"):
        house.publisher().settle(POST, publication)


@pytest.mark.parametrize(
    ("answer", "kind", "wait"),
    [
        (refusal(190, 463), BadCredentials, None),
        (throttled(ACCOUNT, 5), RateLimited, 300.0),
        (throttled(ACCOUNT, 30), RateLimited, 1800.0),
        (refusal(2, transient=True), TransientError, None),
        (Answer(502, b"<html></html>"), TransientError, None),
        (Answer.json({"id": "1"}), TransientError, None),
        (Answer.json({"status_code": "NEW"}), TransientError, None),
    ],
)
def test_a_question_without_an_answer_is_asked_later(
    answer: Answer, kind: type[PromptpressError], wait: float | None, house: Studio
) -> None:
    """As long as the container was not heard of, nothing is concluded."""
    house.make_ready(house.publisher(), house.photo())
    house.fake.fail("status", Fault("before", answer))

    with pytest.raises(PromptpressError) as caught:
        house.publisher().settle(POST, house.begin())
    assert type(caught.value) is kind
    assert caught.value.retry_after == wait


def test_settled_as_unsent_goes_out_once(house: Studio) -> None:
    """After None the same container is published: if the first publish came through late, it is
    refused there, and the container tells.
    """
    house.make_ready(house.publisher(), house.photo())
    house.begin()
    assert house.publisher(settle=0).settle(POST, house.publication) is None
    house.fake.before = lambda call: _sneak(house) if call == "publish" else None

    with pytest.raises(OutcomeUnknown):
        house.publisher().publish(house.photo(), house.begin())
    receipt = house.publisher().settle(POST, house.publication)

    assert receipt is not None
    assert [post.id for post in house.fake.posts] == [receipt.external_id]


def _sneak(house: Studio) -> None:
    """Let the first publish come through just now."""
    if not house.fake.posts:
        house.fake.desk.publish(_container(house))
