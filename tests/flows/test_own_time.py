"""A post's own time: nothing goes out before it, nothing waits behind it, and retry brings back."""

from datetime import UTC, datetime, timedelta

import pytest

from flows.daily_post import daily_post
from flows.generate_media import generate_media
from flows.publish_due import publish_due
from promptpress import decisions
from promptpress.model import CLAIMABLE, Order, PostState, Publication, PublicationState
from promptpress.wiring import Services
from tasks.claim import claim_open
from tasks.pages import MAX_LOOKED_AT
from tasks.signals import heed_signals
from tests.flows.conftest import MakeServices, add, post_of, run

pytestmark = pytest.mark.flow
HOUR = timedelta(hours=1)


def clock_in(zone_hours: int, at: datetime) -> str:
    """Return what a clock shows that many hours east of Greenwich."""
    return (at + zone_hours * HOUR).strftime("%Y-%m-%d %H:%M")


def skipping(services_of: MakeServices, **fields: object) -> Services:
    """Return services with one site that leaves out what it has missed."""
    return services_of(
        channels="art", channel={"art": {"kind": "site", "missed": "skip", **fields}}
    )


def test_daily_post_leaves_a_post_until_its_own_time(make_services: MakeServices) -> None:
    """On the clock of its own zone: it is made, rests, and goes out by the first run after that."""
    services = make_services()
    now = datetime.now(UTC)
    own = clock_in(9, now - HOUR)  # a clock of ours shows that nine hours from now
    (post_id,) = add(services, "a fox", local_time=own, zone="Asia/Tokyo")
    services.now = lambda: now - 3 * HOUR
    run(daily_post)
    post = post_of(services, post_id)
    assert (post.state, post.owner) == (PostState.READY, "")
    assert post.publication("site").state is PublicationState.PENDING
    assert post.attempts == 0

    services.now = lambda: now
    assert run(daily_post).message == "1 published"


def test_daily_post_keeps_a_post_no_longer_than_its_own_time(make_services: MakeServices) -> None:
    """publish-due, which comes every few minutes, is to have it when its time comes."""
    services = make_services()
    own = (datetime.now(UTC) + timedelta(minutes=20)).replace(second=0, microsecond=0)
    (post_id,) = add(services, "a fox", local_time=clock_in(0, own), zone="UTC")
    run(daily_post)
    post = post_of(services, post_id)

    assert (post.state, post.owner, post.lease_until) == (PostState.READY, "", own)


def test_posts_of_later_days_do_not_keep_today_s_from_daily_post(
    make_services: MakeServices,
) -> None:
    """A plan of finished posts fills no run: what is due, or has no time, takes its place."""
    services = make_services()
    now = datetime.now(UTC)
    later = clock_in(0, now + 48 * HOUR)
    plan = add(services, *(f"a fox {n}" for n in range(3)), local_time=later, zone="UTC")
    services.now = lambda: now - 3 * HOUR
    run(daily_post, limit=3)  # makes them; they rest for an hour
    assert {post_of(services, post_id).state for post_id in plan} == {PostState.READY}
    today = add(services, "a lake", local_time=clock_in(0, now - HOUR), zone="UTC")
    run(daily_post, limit=1)  # makes it
    today += add(services, "an owl")
    services.now = lambda: now
    run(daily_post, limit=3)

    assert [post_of(services, post_id).state for post_id in today] == [PostState.PUBLISHED] * 2
    assert {post_of(services, post_id).state for post_id in plan} == {PostState.READY}


@pytest.mark.usefixtures("own_signals")
def test_asked_to_stop_while_it_chooses_a_run_keeps_no_post(make_services: MakeServices) -> None:
    """What it has claimed by then is in its hands, and is handed back with everything else."""
    services = make_services()
    now = datetime.now(UTC)
    plan = add(services, "a fox", "a lake", local_time=clock_in(0, now + 48 * HOUR), zone="UTC")
    services.now = lambda: now - 3 * HOUR
    run(generate_media)
    with heed_signals(600, 600, 1) as stop:
        stop.ask()
        posts = claim_open(10, "a run", CLAIMABLE)

    assert [post.id for post in posts] == plan
    assert {post_of(services, post_id).owner for post_id in plan} == {"a run"}


def test_retry_reopens_what_missed_its_own_time(make_services: MakeServices) -> None:
    """It goes out as soon as its channel may send: whoever retries it wants it all the same."""
    services = skipping(make_services)
    now = datetime.now(UTC)
    own = clock_in(0, now - 2 * HOUR)
    (post_id,) = add(services, "a fox", local_time=own, zone="UTC")
    services.now = lambda: now - 3 * HOUR
    run(daily_post)  # makes it
    services.now = lambda: now
    run(publish_due)
    post = post_of(services, post_id)
    assert (post.state, post.publication("art").state) == (
        PostState.FAILED,
        PublicationState.MISSED,
    )

    services.queue.record(decisions.retry(post, services.stamp()))
    assert post_of(services, post_id).publication("art").state is PublicationState.PENDING
    assert run(publish_due).message == "1 published"


def test_retry_reopens_what_a_slot_took_away(make_services: MakeServices) -> None:
    """A slot from before the retry does not take it once more: it goes out in the next one."""
    services = skipping(make_services, slots=["06:00"])
    _, second = add(services, "a fox", "a lake")
    run(generate_media)
    morning = datetime.now(UTC).replace(hour=6, minute=5) + 24 * HOUR

    def look(at: datetime) -> Publication:
        services.now = lambda: at
        run(publish_due)
        return post_of(services, second).publication("art")

    assert look(morning).state is PublicationState.PENDING  # the slot is the first one's
    assert look(morning + 30 * HOUR).state is PublicationState.MISSED
    services.queue.record(decisions.retry(post_of(services, second), services.stamp()))
    run(generate_media)  # looks at it once more
    assert look(morning + 31 * HOUR).state is PublicationState.PENDING
    assert look(morning + 48 * HOUR).state is PublicationState.SENT


def test_a_plan_is_found_in_a_stock_of_thousands(make_services: MakeServices) -> None:
    """The post behind five thousand that name no time goes out when its own has come."""
    services = make_services()
    services.queue.add([Order(prompt=f"a fox {n}") for n in range(MAX_LOOKED_AT + 1)], "test")
    now = datetime.now(UTC)
    (post_id,) = add(services, "an owl", local_time=clock_in(0, now - timedelta(minutes=1)))
    run(publish_due)

    assert post_of(services, post_id).state is PostState.PUBLISHED
