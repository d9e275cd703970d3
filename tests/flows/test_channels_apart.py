"""A channel that is dead, gone or long away ends for itself alone: the others get their posts."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from flows.daily_post import daily_post
from flows.generate_media import generate_media
from flows.publish_due import publish_due
from flows.recover import recover
from promptpress import decisions, steps
from promptpress.adapters.sql import SqlQueue
from promptpress.errors import TransientError
from promptpress.model import PostState
from promptpress.wiring import Services
from tasks.policy import MAX_ATTEMPTS
from tests.fakes.server import Fault, Journal
from tests.fakes.telegram import Telegram, refusal
from tests.flows.conftest import MakeServices, add, end_rest, post_of, run

pytestmark = pytest.mark.flow
TWO: dict[str, Any] = {"channels": "news,site", "channel": {"news": {"kind": "telegram"}}}
"""A channel of its own name, and the site."""


@pytest.fixture
def set_up(make_services: MakeServices, channel: Telegram) -> MakeServices:
    """Makes services with two channels."""

    def make(**changes: Any) -> Services:
        return make_services(**{**TWO, **channel.environment(), **changes})

    return make


def stands(services: Services, post_id: int) -> dict[str, str]:
    """Return how a post stands at each channel."""
    return {p.channel: str(p.state) for p in post_of(services, post_id).publications}


def die_while_sending(services: Services, name: str) -> None:
    """Leave the post that is ready as a run does that was killed inside a send, an hour ago."""
    queue = SqlQueue(
        services.settings.queue,
        lease=timedelta(seconds=300),
        clock=lambda: datetime.now(UTC) - timedelta(hours=1),
        new_id=services.new_id,
    )
    (post,) = queue.claim(1, "dead run", [PostState.READY])
    queue.record(steps.begin_send(post, services.stamp("dead run"), name))
    queue.close()


def test_one_dead_account_keeps_nobody_else_from_its_hours(
    set_up: MakeServices, journal: Journal
) -> None:
    """The run ends well, the dead one's publication stays, and goes out when it works again."""
    services = set_up(telegram_token="4242:revoked")
    (post_id,) = add(services, "a fox")
    run(generate_media)
    state = run(publish_due)

    assert state.name == "Completed"
    assert stands(services, post_id) == {"news": "pending", "site": "sent"}
    assert post_of(services, post_id).attempts == 0
    again = set_up()
    assert run(publish_due).message == "1 published"
    assert stands(again, post_id) == {"news": "sent", "site": "sent"}
    assert len(journal.accepted("send")) == 1


def test_an_account_that_dies_on_the_way_keeps_nobody_from_the_other_channel(
    set_up: MakeServices, channel: Telegram, journal: Journal
) -> None:
    """Its check went well and each send is refused: it is asked once a run, and the run says so."""
    services = set_up(concurrency=1)
    ids = add(services, "a fox", "a lake", "an owl")
    run(generate_media)
    kicked = Fault("before", refusal(403, "Forbidden: bot was kicked from the channel chat"))
    channel.fail("send", kicked, times=2)
    state = run(publish_due)

    assert state.type.value == "FAILED"
    assert "news: " in str(state.message)
    assert [stands(services, i) for i in ids] == [{"news": "pending", "site": "sent"}] * 3
    assert len(journal.entries("telegram", "send")) == 1
    assert [post_of(services, i).attempts for i in ids] == [0] * 3
    run(publish_due)
    assert run(publish_due).message == "3 published"


def test_where_all_accounts_are_dead_the_run_says_so(
    set_up: MakeServices, channel: Telegram
) -> None:
    """It stops before any post is claimed, with the service and what to do."""
    services = set_up(channels="news", telegram_token="4242:revoked")
    (post_id,) = add(services, "a fox")
    run(generate_media)
    state = run(publish_due)

    assert state.type.value == "FAILED"
    assert "news: refused" in str(state.message)
    assert stands(services, post_id) == {"news": "pending"}


def test_a_channel_that_is_no_longer_set_up_ends_for_itself(set_up: MakeServices) -> None:
    """The site gets the post; the other one is closed with what to do, and the next run is idle."""
    (post_id,) = add(set_up(), "a fox")
    run(generate_media)
    services = set_up(channels="site", channel={})
    run(publish_due)

    assert stands(services, post_id) == {"news": "failed", "site": "sent"}
    post = post_of(services, post_id)
    assert post.state is PostState.FAILED
    assert "is not set up" in post.publication("news").reason
    assert "then retry" in post.publication("news").reason
    assert run(publish_due).name == "NothingToDo"


@pytest.mark.parametrize("flow", [publish_due, daily_post, recover])
def test_a_send_to_a_channel_that_is_gone_is_put_to_a_person(
    set_up: MakeServices, flow: Any, journal: Journal
) -> None:
    """Nobody can ask there whether it was sent: the reason says how to tell, and nothing loops."""
    before = set_up()
    (post_id,) = add(before, "a fox")
    run(generate_media)
    die_while_sending(before, "news")
    services = set_up(channels="site", channel={})
    run(flow)

    assert stands(services, post_id) == {
        "news": "in_doubt",
        "site": "pending" if flow is recover else "sent",
    }
    reason = post_of(services, post_id).publication("news").reason
    assert f"resolve {post_id} --channel news --sent" in reason
    run(publish_due)
    assert stands(services, post_id) == {"news": "in_doubt", "site": "sent"}
    assert journal.accepted("send") == []


def test_a_long_outage_ends_its_own_channel_only(
    set_up: MakeServices, channel: Telegram, journal: Journal
) -> None:
    """In the last run that a post has it gives up that channel; one whose hour comes is served."""
    closed = (datetime.now(UTC) + timedelta(hours=12)).strftime("%H:%M")
    art = {"kind": "site", "slots": [closed]}
    services = set_up(channels="news,site,art", channel={**TWO["channel"], "art": art})
    (post_id,) = add(services, "a fox")
    run(generate_media)
    for _ in range(MAX_ATTEMPTS - 1):
        (post,) = services.queue.claim(1, "run", [PostState.READY])
        stamp = services.stamp("run")
        down = TransientError("it is down", "news")
        services.queue.record(steps.hand_back(post, stamp, down, stamp.at))
    channel.fail("send", Fault("before", refusal(429, "Too Many Requests", retry_after=3600)))
    run(publish_due)

    assert stands(services, post_id) == {"news": "failed", "site": "sent", "art": "pending"}
    post = post_of(services, post_id)
    assert (post.state, post.attempts) == (PostState.READY, 0)
    later = datetime.now(UTC) + timedelta(hours=12, minutes=1)
    services.now = lambda: later
    run(publish_due)
    assert stands(services, post_id) == {"news": "failed", "site": "sent", "art": "sent"}

    post = post_of(services, post_id)
    assert post.state is PostState.FAILED
    services.queue.record(decisions.retry(post, services.stamp()))
    run(generate_media)  # looks at it once more
    run(publish_due)
    assert set(stands(services, post_id).values()) == {"sent"}
    assert len(journal.accepted("send")) == 1


@pytest.mark.parametrize("flow", [publish_due, daily_post])
def test_a_channel_that_rests_keeps_no_other_from_its_hour(
    set_up: MakeServices, channel: Telegram, journal: Journal, flow: Any
) -> None:
    """Telegram asks for an hour; the hour of the other channel comes before it is over."""
    begin = datetime.now(UTC)
    opens = (begin + timedelta(minutes=20)).replace(second=0, microsecond=0)
    art = {"kind": "site", "slots": [opens.strftime("%H:%M")]}
    services = set_up(channels="news,art", channel={**TWO["channel"], "art": art})
    (post_id,) = add(services, "a fox")
    run(generate_media)
    channel.fail("send", Fault("before", refusal(429, "Too Many Requests", retry_after=3600)))
    run(publish_due)
    rests = post_of(services, post_id).publication("news").rests_until
    assert stands(services, post_id) == {"news": "pending", "art": "pending"}
    assert rests is not None
    assert rests >= begin + timedelta(hours=1)

    services.now = lambda: opens + timedelta(minutes=1)
    run(flow)
    assert stands(services, post_id) == {"news": "pending", "art": "sent"}
    assert len(journal.entries("telegram", "send")) == 1
    services.now = lambda: rests + timedelta(seconds=1)
    end_rest(services)
    assert run(publish_due).message == "1 published"
    assert len(journal.accepted("send")) == 1


def test_a_post_whose_channels_all_rest_is_left_alone(
    set_up: MakeServices, channel: Telegram, journal: Journal
) -> None:
    """It comes back with the first of them, and nobody claims it before."""
    both = {"news": {"kind": "telegram"}, "talk": {"kind": "telegram"}}
    services = set_up(channels="news,talk", channel=both)
    (post_id,) = add(services, "a fox")
    run(generate_media)
    for seconds in (3600, 1800):
        busy = refusal(429, "Too Many Requests", retry_after=seconds)
        channel.fail("send", Fault("before", busy))
    run(publish_due)
    post = post_of(services, post_id)

    assert (post.owner, post.attempts) == ("", 1)
    assert post.lease_until == post.publication("talk").rests_until
    assert run(publish_due).name == "NothingToDo"
