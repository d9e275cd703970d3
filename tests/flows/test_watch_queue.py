"""watch-queue and notify: what a person is told, and how it is put."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from flows.notify import notify
from flows.watch_queue import watch_queue
from promptpress import decisions
from tests.adapters.cli.bench import doubt
from tests.deployments.conftest import Person
from tests.flows.conftest import MakeServices, add, post_of, run

pytestmark = [
    pytest.mark.flow,
    # Apprise looks for it when it is first used.
    pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning"),
]


@pytest.fixture
def person() -> Iterator[Person]:
    """Somebody who is told."""
    with Person() as running:
        yield running


def test_where_no_automation_answers_a_person_is_told_at_once(
    make_services: MakeServices, person: Person
) -> None:
    """On a cron without a server the flow tells by itself, and its name says that it has."""
    services = make_services(low_stock=1, notify_urls=person.address)
    add(services, "a fox")
    hours = timedelta(hours=2)
    really = services.now
    services.now = lambda: really() - hours
    doubt(services, 1, "site")
    services.now = really
    state = run(watch_queue)

    assert state.name == "NeedsYou"
    assert person.titles() == ["1 post in doubt", "The queue runs dry"]


def test_a_doubt_of_which_a_person_was_just_told_is_not_told_again(
    make_services: MakeServices, person: Person
) -> None:
    """The run that left it so has told of it; the reminder waits an hour."""
    services = make_services(low_stock=0, notify_urls=person.address)
    add(services, "a fox")
    doubt(services, 1, "site")

    assert run(watch_queue).name == "NothingToDo"
    assert person.told == []


@pytest.mark.parametrize(
    ("late", "held", "told"),
    [
        (timedelta(hours=24), False, []),
        (timedelta(hours=26), False, ["1 post overdue"]),
        (timedelta(hours=26), True, []),
    ],
)
def test_a_post_is_overdue_when_a_daily_run_would_have_taken_it(
    late: timedelta, held: bool, told: list[str], make_services: MakeServices, person: Person
) -> None:
    """A day is usual; more is told, unless a person holds the post."""
    services = make_services(low_stock=0, notify_urls=person.address)
    due = services.now() - late
    (post_id,) = add(services, "a fox", due_at=due)
    if held:
        step = decisions.hold(post_of(services, post_id), services.stamp(), held=True)
        assert step is not None
        services.queue.record(step)
    run(watch_queue)

    assert person.titles() == told


def test_a_full_queue_needs_nobody(make_services: MakeServices, person: Person) -> None:
    """LOW_STOCK posts are enough, and 0 says that nobody wants to know."""
    services = make_services(low_stock=2, notify_urls=person.address)
    add(services, "a fox", "an owl")
    assert run(watch_queue).name == "NothingToDo"
    make_services(low_stock=0, notify_urls=person.address, queue_url="sqlite://")
    assert run(watch_queue).name == "NothingToDo"
    assert person.told == []


def test_words_of_others_do_no_harm_in_a_notice(
    make_services: MakeServices, person: Person
) -> None:
    """Errors and prompts come as plain text on a line: no call to a whole chat, no commands."""
    make_services(notify_urls=person.address)
    said = "\x1b[2Jrefused:\n<b>@channel</b> " + "x" * 9_000
    state = run(notify, title="daily-post failed", text="Mend it.", said=said)
    (notice,) = person.told

    assert state.message == "told: daily-post failed"
    assert notice["message"].startswith("Mend it.\n[2Jrefused: <b>@\u200bchannel</b> x")
    assert "\x1b" not in notice["message"]
    assert len(notice["message"]) < 600
