"""AuditLog: the promise of every audit log beside the queue's own."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest

from promptpress.adapters.sql import SqlAudit
from promptpress.errors import TransientError
from promptpress.model import AuditEvent
from promptpress.ports import AuditLog
from tests.adapters.googling import sheets_audit_of
from tests.contracts.sql_scene import set_up
from tests.databases import DATABASES
from tests.fakes.google import Google
from tests.fakes.sheets import Book, Sheets

AT = datetime(2026, 11, 21, 9, 0, 0, 123456, UTC)
EVENT = AuditEvent(
    id="e-0", at=AT, run="run", post_id=1, action="send", outcome="done", service="site",
    detail={"url": "https://example.org/é🦊", "cost": 0.25, "pictures": ["a"], "seed": None},
)  # fmt: skip


@pytest.fixture(params=[*DATABASES, "sheet"])
def log(
    request: pytest.FixtureRequest, database_url: Callable[[str], str]
) -> Iterator[Callable[[], AuditLog]]:
    """Makes audit logs over one empty place, as several processes have it."""
    if request.param == "sheet":
        with Google() as google, Sheets(authorize=google.accepts) as sheets:
            sheets.add(Book("a" * 44, "Log", {"Notes": [["mine"]]}))
            yield lambda: sheets_audit_of(google, sheets, "a" * 44)
        return
    url = database_url(request.param)
    made: list[SqlAudit] = []

    def make() -> AuditLog:
        made.append(SqlAudit(url))
        return made[-1]

    with set_up(request.param, url):
        yield make
        for audit in made:
            audit.close()


def test_an_event_comes_back_as_it_was(log: Callable[[], AuditLog]) -> None:
    """Time to the microsecond, and every value of the detail."""
    log().append([EVENT])

    assert log().history(1) == [EVENT]


def test_events_keep_the_order_of_their_writing(log: Callable[[], AuditLog]) -> None:
    """A later entry comes later, whatever clock it was stamped by."""
    audit = log()
    events = [replace(EVENT, id=f"e-{n}", at=AT - timedelta(seconds=n)) for n in range(20)]
    audit.append(events[:10])
    audit.append(events[10:])

    assert events == audit.history(1)


def test_the_same_event_twice_is_one_entry(log: Callable[[], AuditLog]) -> None:
    """In one call and over several, the first one stays; new ones beside it are written."""
    audit = log()
    other = replace(EVENT, id="e-1")
    audit.append([EVENT, EVENT])
    audit.append([replace(EVENT, outcome="failed"), other])

    assert [EVENT, other] == audit.history(1)


def test_each_post_has_its_own_history(log: Callable[[], AuditLog]) -> None:
    """Events of others are not told; a post without any has none."""
    audit = log()
    other = replace(EVENT, id="E-0", post_id=2)
    audit.append([EVENT, other])

    assert ([EVENT], [other], []) == (audit.history(1), audit.history(2), audit.history(3))


def test_what_happened_since_a_moment_is_told_in_the_order_of_its_writing(
    log: Callable[[], AuditLog],
) -> None:
    """The events of all posts from that moment on; those of before are left out."""
    audit = log()
    times = [(2, 5), (1, -1), (3, 0), (1, 9)]
    events = [
        replace(EVENT, id=f"e-{n}", post_id=post, at=AT + timedelta(seconds=seconds))
        for n, (post, seconds) in enumerate(times)
    ]
    audit.append(events)

    assert [events[0], events[2], events[3]] == list(audit.events(AT))


def test_the_newest_event_is_the_one_written_last(log: Callable[[], AuditLog]) -> None:
    """Whatever the clocks said; an empty log has none."""
    audit = log()
    assert audit.newest() is None

    audit.append([EVENT, replace(EVENT, id="e-1", post_id=2, at=AT - timedelta(days=1))])

    newest = audit.newest()
    assert newest is not None
    assert newest.id == "e-1"


def test_appending_nothing_is_harmless(log: Callable[[], AuditLog]) -> None:
    """An empty delivery writes nothing."""
    log().append([])

    assert log().history(1) == []


def test_check_passes_where_it_works(log: Callable[[], AuditLog]) -> None:
    """A log that can be written to says so by raising nothing."""
    audit = log()
    audit.check()

    assert audit.name == "audit"


def test_two_deliveries_at_once_leave_each_event_once(log: Callable[[], AuditLog]) -> None:
    """Of two runs that deliver the same events one may be told to come later; none is doubled."""
    events = [replace(EVENT, id=f"e-{n}") for n in range(1_200)]
    start = Barrier(2)

    def deliver(_: int) -> None:
        audit = log()
        audit.check()
        start.wait(60)
        try:
            audit.append(events)
        except TransientError:
            audit.append(events)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(deliver, range(2)))

    assert events == log().history(1)
