"""A channel's moment belongs to one send: also when that send is tried again."""

from dataclasses import replace
from typing import Any

import pytest

from flows.generate_media import generate_media
from flows.publish_due import publish_due
from promptpress import steps
from promptpress.model import CLAIMABLE, PostState, PublicationState
from promptpress.wiring import Services
from tasks.desk import fence_id
from tasks.due import find_due
from tests.fakes.server import Fault, Journal
from tests.fakes.telegram import Telegram, refusal
from tests.flows.conftest import MakeServices, add, come_to_a_slot, post_of, run

pytestmark = pytest.mark.flow
BUSY = Fault("before", refusal(429, "Too Many Requests", retry_after=1))
"""Surely not sent; the send is tried again after the shortest of waits."""


@pytest.fixture
def services(make_services: MakeServices, channel: Telegram) -> Services:
    """Services with one channel that has a slot open now."""
    news = {"news": {"kind": "telegram", "slots": ["00:00-23:00"]}}
    made = make_services(channels="news", channel=news, **channel.environment())
    come_to_a_slot("news", made)
    return made


def begun(services: Services, post_id: int) -> list[tuple[str, Any]]:
    """Return the id and the slot of each intent to send a post."""
    return [
        (e.id, e.detail["slot"])
        for e in services.queue.history(post_id)
        if (e.action, e.outcome) == ("send", "begun")
    ]


def test_a_send_that_is_tried_again_keeps_its_moment(
    services: Services, channel: Telegram, journal: Journal
) -> None:
    """Its own first try does not keep it out: it is another intent for the same slot."""
    first, second = add(services, "a fox", "a lake")
    run(generate_media)
    channel.fail("send", BUSY)

    assert run(publish_due).message == "1 published"
    (one, slot), (other, again) = begun(services, first)
    assert one != other
    assert slot == again != ""
    assert journal.accepted("send") == ["a fox"]
    assert run(publish_due).name == "NothingToDo"  # the slot is used
    assert post_of(services, second).state is PostState.READY


def test_a_moment_that_somebody_else_took_meanwhile_is_theirs(
    services: Services, channel: Telegram, journal: Journal
) -> None:
    """The second try sends nothing: its post waits for the next moment, and is not to blame."""
    first, second = add(services, "a fox", "a lake")
    run(generate_media)
    channel.fail("send", BUSY)
    taken = False

    def take(call: str) -> None:
        nonlocal taken
        if call == "send" and not taken:
            taken = True  # between the two tries, as another run would
            (other,) = services.queue.claim(1, "other", CLAIMABLE, [second])
            services.queue.record(steps.begin_send(other, services.stamp("other"), "news", slot))

    slot = find_due(("news",), 1, CLAIMABLE).chances[first]["news"].slot
    channel.before = take
    run(publish_due)

    assert journal.accepted("send") == []
    assert len(begun(services, first)) == 1
    post = post_of(services, first)
    assert (post.state, post.owner, post.attempts) == (PostState.READY, "", 0)
    assert post.publication("news").state is PublicationState.PENDING
    assert "another post has its moment" in post.reason


def test_two_runs_that_see_the_same_past_write_the_same_fence(services: Services) -> None:
    """And after the first of them has sent, nobody finds that chance any more."""
    first, second = add(services, "a fox", "a lake")
    run(generate_media)
    plans = [find_due(("news",), 10, CLAIMABLE) for _ in range(2)]
    one, other = (plan.chances[first]["news"] for plan in plans)

    assert fence_id(one) == fence_id(other) != ""
    (mine,) = services.queue.claim(1, "mine", CLAIMABLE, [first])
    stamp = replace(services.stamp("mine"), id=fence_id(one))
    services.queue.record(steps.begin_send(mine, stamp, "news", one.slot))
    assert second not in find_due(("news",), 10, CLAIMABLE).chances
