"""Two weeks of three accounts in three zones, and an outage under each rule for missed slots."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from flows.generate_media import generate_media
from flows.publish_due import publish_due
from promptpress.model import CLAIMABLE, PublicationState
from promptpress.slots import next_moments
from promptpress.wiring import Services
from tasks.due import find_due
from tests.flows.conftest import MakeServices, add, run

pytestmark = pytest.mark.flow

START = datetime(2026, 10, 19, 0, 0, tzinfo=UTC)
"""The clocks go back in Berlin on the 25th, and in New York on the 1st of November."""
LOOK = timedelta(minutes=5)
ACCOUNTS: dict[str, dict[str, Any]] = {
    "berlin": {"slots": ["08:30-09:30", "18:00"], "zone": "Europe/Berlin"},
    "new-york": {"slots": ["mon-fri 12:00-13:00"], "zone": "America/New_York"},
    "kolkata": {"slots": ["07:00", "07:20", "21:00-22:00"], "zone": "Asia/Kolkata",
                "least_minutes": 60, "posts_a_day": 2},
}  # fmt: skip


class Clock:
    """Tells the time that a test says it is."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


@contextmanager
def office(make_services: MakeServices, **changes: Any) -> Iterator[tuple[Services, Clock]]:
    """Give three accounts, each of them a site, with the same rule."""
    channel = {name: {"kind": "site", **one, **changes} for name, one in ACCOUNTS.items()}
    services = make_services(channels=",".join(ACCOUNTS), channel=channel)
    services.now = clock = Clock(START)
    yield services, clock


def stock(services: Services, number: int) -> None:
    """Have so many posts ready, cheaply: all share a picture."""
    add(services, *(f"post {n}" for n in range(number)), channels=tuple(ACCOUNTS))
    run(generate_media, limit=1000)


def live(services: Services, clock: Clock, until: datetime) -> None:
    """Look every five minutes; run the flow when there is something to send."""
    while clock.at < until:
        if find_due((), 100, CLAIMABLE):
            run(publish_due)
        clock.at += LOOK


def sent(services: Services, name: str) -> list[datetime]:
    """Return when a channel's posts were sent."""
    posts = services.queue.find(limit=1000)
    found = [p for post in posts for p in post.publications if p.channel == name]
    return sorted(p.sent_at for p in found if p.sent_at and p.state is PublicationState.SENT)


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("begin", "days"),
    [
        pytest.param(START + timedelta(days=5), 2, id="the day on which clocks go back"),
        pytest.param(START, 14, id="a fortnight", marks=pytest.mark.prove),
    ],
)
def test_every_slot_is_kept_and_no_cap_is_passed(
    make_services: MakeServices, begin: datetime, days: int
) -> None:
    """Each slot has one post, within ten minutes, on its own clock; distance and cap hold."""
    end = begin + timedelta(days=days)
    with office(make_services) as (services, clock):
        stock(services, 4 + 2 * days)
        clock.at = begin
        live(services, clock, end)

        for name in ("berlin", "new-york"):
            hours = services.hours(name)
            moments = [
                moment.instant
                for moment in next_moments(hours, name, begin, 100)
                if moment.instant < end - LOOK
            ]
            times = sent(services, name)
            assert len(times) == len(moments)
            late = [at - moment for at, moment in zip(times, moments, strict=True)]
            assert all(timedelta(0) <= delay < timedelta(minutes=10) for delay in late)
        evening = [at.astimezone(ZoneInfo("Europe/Berlin")) for at in sent(services, "berlin")]
        assert {f"{at:%H}" for at in evening} <= {"08", "09", "18"}

        indian = sent(services, "kolkata")
        assert all(b - a >= timedelta(minutes=60) for a, b in pairwise(indian))
        dates = [at.astimezone(ZoneInfo("Asia/Kolkata")).date() for at in indian]
        assert max(dates.count(date) for date in dates) == 2
        assert len(indian) == 2 * days


@pytest.mark.timeout(600)
@pytest.mark.parametrize("rule", ["skip", "next", "late 400"])
def test_six_hours_of_outage_end_as_the_rule_says(make_services: MakeServices, rule: str) -> None:
    """From 04:00 to 10:00 UTC nobody looks, and Berlin's slot of the morning goes by."""
    begin = datetime.now(UTC).replace(hour=0, minute=0) + timedelta(days=2)
    with office(make_services, missed=rule) as (services, clock):
        stock(services, 4)
        # The evening before is served, whatever the time of day is at which this test runs.
        clock.at = begin - timedelta(hours=9)
        live(services, clock, begin + timedelta(hours=4))
        before = len(sent(services, "berlin"))
        clock.at = begin + timedelta(hours=10)
        live(services, clock, begin + timedelta(hours=14))
        at_noon = sent(services, "berlin")
        live(services, clock, begin + timedelta(hours=20))

        assert len(at_noon) - before == (1 if rule.startswith("late") else 0)
        assert len(sent(services, "berlin")) == len(at_noon) + 1  # the slot of the evening
        posts = services.queue.find(limit=10)
        missed = [
            post.id
            for post in posts
            for p in post.publications
            if p.channel == "berlin" and p.state is PublicationState.MISSED
        ]
        assert len(missed) == (1 if rule == "skip" else 0)
