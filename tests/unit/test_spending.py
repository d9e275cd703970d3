"""promptpress.spending: what a day has cost, and what may still be spent."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptpress.errors import BudgetReached
from promptpress.model import AuditEvent
from promptpress.spending import Budget, Limits, Spent, count_spent

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def event(
    action: str, outcome: str, post_id: int = 1, run: str = "run", **detail: object
) -> AuditEvent:
    """Return an event of a generator."""
    return AuditEvent(
        id=f"{action}-{post_id}",
        at=NOON,
        run=run,
        post_id=post_id,
        action=action,
        outcome=outcome,
        service="leonardo",
        detail=detail,
    )


def begun(post_id: int = 1, pictures: int = 1, run: str = "run") -> AuditEvent:
    """Return the event of pictures that are asked for."""
    return event("generate", "begun", post_id, run, pictures=pictures)


def stored(post_id: int = 1, pictures: int = 1, cost: float | None = None) -> AuditEvent:
    """Return the event of pictures that are kept."""
    return event("store", "done", post_id, pictures=["sha"] * pictures, cost=cost)


def test_a_day_without_events_has_cost_nothing() -> None:
    """Nothing was asked for."""
    assert count_spent([]) == Spent()


def test_a_picture_counts_once_however_far_it_got() -> None:
    """Asked for, submitted and stored are one picture."""
    events = [begun(), event("generate", "submitted", job="x"), stored(cost=0.02)]

    assert count_spent(events[:1]).pictures == 1
    spent = count_spent(events)
    assert (spent.pictures, spent.cost, spent.prices) == (1, 0.02, {"leonardo": 0.02})


def test_what_the_service_surely_did_not_do_is_free() -> None:
    """A refused order is taken off; one whose answer was lost counts, and its repeat too."""
    assert count_spent([begun(), event("generate", "failed")]).pictures == 0
    assert count_spent([begun(), event("generate", "repeated", pictures=1)]).pictures == 2


def test_fewer_pictures_than_asked_for_count_as_what_came() -> None:
    """Three were asked for, one came, the other two are asked for again."""
    events = [begun(pictures=3), stored(pictures=1), begun(pictures=2), stored(pictures=2)]

    assert count_spent(events).pictures == 3


def test_a_refused_picture_has_cost_its_price() -> None:
    """What was paid for and not taken counts as well."""
    spent = count_spent([begun(), event("check", "refused", pictures=1, cost=0.5)])

    assert (spent.pictures, spent.cost) == (1, 0.5)


def test_a_picture_asked_for_yesterday_counted_yesterday() -> None:
    """Today only its price is known, which nobody knew before."""
    assert count_spent([stored(cost=0.1)]).pictures == 0
    assert count_spent([stored(cost=0.1)]).cost == 0.1


def test_pictures_of_people_cost_nothing() -> None:
    """What the library takes in is no expense."""
    taken = AuditEvent(
        id="1",
        at=NOON,
        run="run",
        post_id=1,
        action="generate",
        outcome="begun",
        service="library",
        detail={"pictures": 1},
    )

    assert count_spent([taken]) == Spent()
    Budget(Limits(pictures_a_day=0), Spent()).take("library", 1)


def test_events_with_odd_details_do_not_break_the_count() -> None:
    """Somebody may have edited the audit of a sheet."""
    events = [event("generate", "begun", pictures="many"), event("store", "done", pictures=None)]

    assert count_spent(events).pictures == 0


def test_a_day_ends_at_its_limit() -> None:
    """The picture that would be one too many is not asked for; one that was not made is free."""
    budget = Budget(Limits(pictures_a_day=3), Spent(pictures=1), "run")
    budget.take("leonardo", 2)

    with pytest.raises(BudgetReached, match=r"3 pictures of a day.*MAX_IMAGES_PER_DAY"):
        budget.take("leonardo", 1)
    budget.give_back("leonardo", 1)
    budget.take("leonardo", 1)
    assert not budget.was_reached


def test_a_run_counts_what_it_has_asked_for_before() -> None:
    """A run that is gone on with, after a restart, does not begin anew."""
    spent = count_spent([begun(1, run="run"), begun(2, run="run"), begun(3, run="other")])
    budget = Budget(Limits(pictures_a_run=2), spent, "run")

    with pytest.raises(BudgetReached, match="MAX_IMAGES_PER_RUN"):
        budget.take("leonardo", 1)
    Budget(Limits(pictures_a_run=2), spent, "third").take("leonardo", 2)


def test_money_ends_before_it_is_overspent() -> None:
    """The price of the last picture is what the next is thought to cost."""
    spent = count_spent([begun(), stored(cost=0.4)])
    budget = Budget(Limits(cost_a_day=1.0), spent, "run")
    budget.take("leonardo", 1)

    with pytest.raises(BudgetReached, match=r"1 dollars.*MAX_COST_PER_DAY"):
        budget.take("leonardo", 1)
    assert Budget(Limits(cost_a_day=0.4), spent).was_reached


def test_money_counts_as_soon_as_a_price_is_told() -> None:
    """The first run of a day knows no price: the first picture that comes tells it."""
    budget = Budget(Limits(cost_a_day=1.0), Spent(), "run")
    budget.take("leonardo", 1)
    budget.settle("leonardo", 1, 1, 0.4)
    budget.take("leonardo", 1)

    with pytest.raises(BudgetReached, match="MAX_COST_PER_DAY"):
        budget.take("leonardo", 1)


def test_fewer_pictures_than_asked_for_leave_room() -> None:
    """What did not come may be asked for again within the limit."""
    budget = Budget(Limits(pictures_a_day=3), Spent())
    budget.take("leonardo", 3)
    budget.settle("leonardo", 3, 1, None)

    budget.take("leonardo", 2)
    with pytest.raises(BudgetReached):
        budget.take("leonardo", 1)


def test_threads_together_take_no_more_than_there_is() -> None:
    """Posts side by side share one count."""
    budget = Budget(Limits(pictures_a_day=50), Spent())
    start = threading.Barrier(8)

    def take(_: int) -> int:
        start.wait()
        taken = 0
        for _ in range(20):
            try:
                budget.take("leonardo", 1)
            except BudgetReached:
                continue
            taken += 1
        return taken

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(take, range(8))) == 50


OUTCOMES = st.sampled_from(["begun", "repeated", "failed", "stored", "refused"])


@given(st.lists(st.tuples(OUTCOMES, st.integers(1, 3), st.integers(1, 10))))
def test_the_count_is_never_below_what_came(moves: list[tuple[str, int, int]]) -> None:
    """Whatever is written in whatever order, no picture that was delivered is forgotten."""
    events, open_, came = [], dict[int, int](), 0
    for outcome, post_id, number in moves:
        if outcome in ("begun", "repeated"):
            events.append(event("generate", outcome, post_id, pictures=number))
            open_[post_id] = number
        elif outcome == "failed":
            events.append(event("generate", "failed", post_id))
            open_.pop(post_id, None)
        else:
            action = "store" if outcome == "stored" else "check"
            events.append(event(action, outcome, post_id, pictures=number))
            came += number if open_.pop(post_id, 0) else 0

    assert count_spent(events).pictures >= came
