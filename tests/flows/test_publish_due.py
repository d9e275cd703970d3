"""publish-due: each channel sends in its own hours, the oldest first, and only what may go."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from flows.generate_media import generate_media
from flows.publish_due import publish_due
from promptpress import decisions, steps
from promptpress.model import CLAIMABLE, PostState, PublicationState
from promptpress.wiring import Services
from tasks.desk import Chance, fence_id
from tasks.due import find_due
from tests.fakes.huggingface import HuggingFace
from tests.fakes.server import Fault, Journal
from tests.fakes.telegram import Telegram, refusal
from tests.flows.conftest import MakeServices, add, come_to_a_slot, post_of, run

pytestmark = pytest.mark.flow


@pytest.fixture
def second(journal: Journal) -> Iterator[Telegram]:
    """Another chat's service."""
    with Telegram(journal=journal) as running:
        yield running


def channel(**fields: Any) -> dict[str, dict[str, Any]]:
    """Return the setting of one named channel, a site."""
    return {"art": {"kind": "site", **fields}}


def sent_to(services: Services, ids: list[int], name: str) -> list[int]:
    """Return the posts that a channel has got."""
    found = (post_of(services, post_id) for post_id in ids)
    return [
        post.id
        for post in found
        for p in post.publications
        if p.channel == name and p.state is PublicationState.SENT
    ]


def ready(services: Services, *prompts: str, **fields: Any) -> list[int]:
    """Queue prompts and have their pictures made."""
    ids = add(services, *prompts, **fields)
    run(generate_media, limit=100)
    return ids


def test_without_hours_all_that_is_ready_goes_out(make_services: MakeServices) -> None:
    """A channel without slots is always open."""
    services = make_services()
    ids = ready(services, "a fox", "a lake")

    assert run(publish_due).message == "2 published"
    assert sent_to(services, ids, "site") == ids


def test_what_is_not_made_yet_waits_for_its_pictures(make_services: MakeServices) -> None:
    """A prompt without a time of its own is generate-media's work."""
    services = make_services()
    (post_id,) = add(services, "a fox")

    assert run(publish_due).name == "NothingToDo"
    assert post_of(services, post_id).state is PostState.QUEUED


def test_prompt_kind_and_time_are_a_whole_order(make_services: MakeServices) -> None:
    """When its time has come a post without pictures gets them on the spot, then goes out."""
    services = make_services()
    past = {"local_time": "2026-01-05 08:30", "zone": "Europe/Berlin"}
    (photo,) = add(services, "a fox", kind="photo", **past)
    (carousel,) = add(services, "a lake", kind="carousel", **past)

    assert run(publish_due).message == "2 published"
    assert len(post_of(services, photo).media) == 1
    assert 3 <= len(post_of(services, carousel).media) <= 5


def test_a_post_waits_for_its_own_time(make_services: MakeServices) -> None:
    """On the clock of its zone, or of the channel's where it names none."""
    services = make_services(channels="art", channel=channel(zone="Asia/Tokyo"))
    soon = (datetime.now(UTC) + timedelta(hours=8)).strftime("%Y-%m-%d %H:%M")
    ids = ready(services, "in Tokyo that is an hour ago", local_time=soon)
    ids += ready(services, "in London it is to come", local_time=soon, zone="Europe/London")

    run(publish_due)
    assert sent_to(services, ids, "art") == ids[:1]


def test_a_slot_takes_one_post_the_oldest(make_services: MakeServices) -> None:
    """The next one waits for the next slot."""
    services = make_services(channels="art", channel=channel(slots=["00:00-23:00"]))
    ids = ready(services, "a fox", "a lake", "an owl")
    come_to_a_slot("art", services)

    assert run(publish_due).message == "1 published"
    assert run(publish_due).name == "NothingToDo"
    assert sent_to(services, ids, "art") == ids[:1]


def test_the_daily_cap_and_the_distance_hold(make_services: MakeServices) -> None:
    """Whatever waits, no more go out in a day, nor sooner after one another."""
    services = make_services(channels="art", channel=channel(posts_a_day=2, least_minutes=30))
    ids = ready(services, "a fox", "a lake", "an owl")
    now = datetime.now(UTC).replace(hour=8) + timedelta(days=1)
    told = []
    for minutes in (0, 10, 31, 70, 120):
        at = now + timedelta(minutes=minutes)
        services.now = lambda at=at: at  # type: ignore[misc]  # bound at once
        run(publish_due)
        told.append(len(sent_to(services, ids, "art")))

    assert told == [1, 1, 2, 2, 2]


def test_channels_are_served_apart(make_services: MakeServices) -> None:
    """A post goes to the channel that is open, and to the other one in its own hour."""
    closed = (datetime.now(UTC) + timedelta(hours=12)).strftime("%H:%M")
    services = make_services(channels="site,art", channel=channel(slots=[closed]))
    ids = ready(services, "a fox")

    run(publish_due)
    assert sent_to(services, ids, "site") == ids
    post = post_of(services, ids[0])
    assert post.publication("art").state is PublicationState.PENDING
    assert (post.state, post.owner) == (PostState.READY, "")


def test_only_the_channel_that_failed_is_tried_again(
    make_services: MakeServices, channel: Telegram, journal: Journal
) -> None:
    """What one channel has got it does not get twice."""
    services = make_services(channels="telegram,site", **channel.environment())
    ids = ready(services, "a fox")
    kicked = refusal(403, "Forbidden: bot was kicked from the channel chat")
    channel.fail("send", Fault("before", kicked))
    run(publish_due)
    assert sent_to(services, ids, "telegram") == []
    assert sent_to(services, ids, "site") == ids
    run(publish_due)

    assert sent_to(services, ids, "telegram") == sent_to(services, ids, "site") == ids
    assert run(publish_due).name == "NothingToDo"
    assert len(journal.accepted("send")) == 1


def test_what_people_do_counts_up_to_the_send(make_services: MakeServices) -> None:
    """A held post and a deleted one are not sent, an edited time counts."""
    services = make_services()
    held, gone, kept = ready(services, "a fox", "a lake", "an owl")
    stamp = services.stamp()
    services.queue.record(decisions.hold(post_of(services, held), stamp, held=True))
    services.queue.record(decisions.delete(post_of(services, gone), services.stamp()))

    run(publish_due)
    assert sent_to(services, [held, gone, kept], "site") == [kept]


@pytest.mark.parametrize(("rule", "goes"), [("skip", False), ("next", False), ("late 600", True)])
def test_a_missed_slot_follows_the_rule(make_services: MakeServices, rule: str, goes: bool) -> None:
    """Six hours of outage: skipped, left for the next slot, or sent late."""
    services = make_services(channels="art", channel=channel(slots=["06:00"], missed=rule))
    ids = ready(services, "a fox", "a lake", "an owl")
    noon = datetime.now(UTC).replace(hour=12, minute=0) + timedelta(days=1)
    services.now = lambda: noon - timedelta(hours=29, minutes=55)
    run(publish_due)
    assert len(sent_to(services, ids, "art")) == 1
    services.now = lambda: noon
    run(publish_due)

    assert len(sent_to(services, ids, "art")) == 1 + goes
    missed = [post_of(services, i).publication("art").state for i in ids]
    assert (PublicationState.MISSED in missed) is (rule == "skip")


def test_two_runs_serve_a_slot_once(make_services: MakeServices) -> None:
    """Both saw the slot open; the second to write its intent is refused, and sends nothing."""
    services = make_services(channels="art", channel=channel(least_minutes=60))
    first, second = ready(services, "a fox", "a lake")
    plan = find_due(("art",), 10, CLAIMABLE)
    assert list(plan.chances) == [first]
    chance: Chance = plan.chances[first]["art"]
    (other,) = services.queue.claim(1, "other", CLAIMABLE, [second])
    stamp = replace(services.stamp("other"), id=fence_id(chance))
    services.queue.record(steps.begin_send(other, stamp, "art", chance.slot))

    from promptpress.errors import LeaseLost
    from tasks import Rendered
    from tasks.send import publish_post
    from tasks.stage import build_rendition

    (mine,) = services.queue.claim(1, "mine", CLAIMABLE, [first])
    with pytest.raises(LeaseLost):
        publish_post(mine, "art", build_rendition(mine, "art", Rendered()), chance)
    assert post_of(services, first).publication("art").state is PublicationState.PENDING


def test_a_channel_has_its_own_words(
    make_services: MakeServices, channel: Telegram, generator: HuggingFace
) -> None:
    """Its caption template and hashtags are laid over the post's, for this channel alone."""
    services = make_services(
        channels="news",
        channel={
            "news": {"kind": "telegram", "caption": "NEWS {caption}", "hashtags": "art sea"},
        },
        **channel.environment(),
    )
    ready(services, "a fox", caption="Reynard")

    run(publish_due)
    (message,) = channel.messages
    assert "NEWS Reynard" in message.text
    assert "#art #sea" in message.text
