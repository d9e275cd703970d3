"""PromptQueue: which post fell due long ago, and nobody came for it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from promptpress.adapters.sql.claim import _abandoned, _overdue
from promptpress.model import CLAIMABLE, Order, PostState
from promptpress.steps import let_go
from tests.contracts.queue_scene import LEASE, START, QueueScene
from tests.contracts.sql_scene import SqlScene

HOUR = timedelta(hours=1)


def test_a_queue_without_times_is_never_late(scene: QueueScene) -> None:
    """Prompts that name no time are stock, however long they wait."""
    scene.add(*[Order(prompt=str(number)) for number in range(3)])
    scene.clock.now = START + 100 * HOUR

    assert scene.queue.overdue(scene.clock.now) is None


def test_the_post_that_fell_due_first_is_told(scene: QueueScene) -> None:
    """Of several that are due the longest waiting one counts, and none that is not due yet."""
    for hours in (3, 2, 5):
        scene.add(Order(prompt="on time", due_at=START + hours * HOUR))

    assert scene.queue.overdue(START + HOUR) is None
    assert scene.queue.overdue(START + 2 * HOUR - timedelta(microseconds=1)) is None
    assert scene.queue.overdue(START + 2 * HOUR) == START + 2 * HOUR
    assert scene.queue.overdue(START + 9 * HOUR) == START + 2 * HOUR


def test_a_row_that_a_person_typed_counts_too(scene: QueueScene) -> None:
    """What nobody has looked at yet can be late."""
    scene.type_prompt("by hand", due_at="2026-11-21 07:00:00.000000")

    assert scene.queue.overdue(START) == START - 2 * HOUR


def test_a_post_in_hand_is_not_late_until_its_run_died(scene: QueueScene) -> None:
    """A claim takes a post out; the end of the dead run's lease is when it falls due again."""
    scene.add(Order(prompt="a fox"), Order(prompt="a lake", due_at=START - HOUR))
    assert len(scene.claim("dead")) == 2

    assert scene.queue.overdue(START + LEASE / 2) is None
    scene.clock.now = START + 10 * HOUR
    # Of the two the one with a time of its own has waited longer.
    assert scene.queue.overdue(scene.clock.now) == START - HOUR
    (late, *_) = scene.queue.find(limit=1)
    scene.delete(next(post.id for post in scene.queue.find() if post.due_at))
    assert late.prompt == "a fox"
    assert scene.queue.overdue(scene.clock.now) == START + LEASE


def test_a_post_that_rests_is_not_late(scene: QueueScene) -> None:
    """One that was handed back a moment ago has been worked on, though it fell due long before."""
    scene.add(Order(prompt="a fox", due_at=START - 9 * HOUR))
    (post,) = scene.claim()
    scene.queue.record(replace(let_go(post, scene.stamp()), not_before=START + HOUR))

    assert scene.queue.overdue(START + HOUR / 2) is None
    assert scene.queue.overdue(START + HOUR) == START - 9 * HOUR


def test_a_held_post_is_not_late(scene: QueueScene) -> None:
    """What a person keeps back, nobody waits for."""
    (post_id,) = scene.add(Order(prompt="a fox", due_at=START - HOUR))
    scene.edit(post_id, "held", True)

    assert scene.queue.overdue(START) is None


@pytest.mark.parametrize("state", set(PostState) - set(CLAIMABLE))
def test_what_ended_or_waits_for_a_person_is_not_late(scene: QueueScene, state: PostState) -> None:
    """Neither a review nor an end is work that a worker has left undone."""
    (post_id,) = scene.add(Order(prompt="a fox", due_at=START - HOUR))
    scene.edit(post_id, "state", str(state))

    assert scene.queue.overdue(START) is None


@pytest.mark.parametrize(
    ("field", "value"), [("held", True), ("state", "review"), ("state", "in_doubt")]
)
def test_a_lease_that_ended_on_what_waits_for_a_person_is_not_late(
    scene: QueueScene, field: str, value: object
) -> None:
    """A run died over it, and a person has it since: no other run is to come for it."""
    post = scene.claim_one("dead")
    scene.edit(post.id, field, value)

    assert scene.queue.overdue(START + 9 * HOUR) is None


@pytest.mark.parametrize("scene", ["sqlite"], indirect=True)
def test_a_cell_that_was_emptied_is_no_time(scene: SqlScene) -> None:
    """An empty due time, which SQLite sorts before all others, makes no post late."""
    (post_id,) = scene.add()
    scene.edit(post_id, "due_at", "")

    assert scene.queue.overdue(START) is None


@pytest.mark.parametrize("scene", ["sqlite"], indirect=True)
def test_the_question_walks_along_an_index(scene: SqlScene) -> None:
    """However long the queue, SQLite reads no more of it than what is late."""
    plans = []
    for statement in (*_overdue(START), _abandoned(START)):
        compiled = statement.compile(scene.engine, compile_kwargs={"literal_binds": True})
        rows = scene.sql(f"EXPLAIN QUERY PLAN {compiled}".replace(":", r"\:"))
        plans.append(" ".join(str(row[3]) for row in rows))

    assert all("USING INDEX ix_posts_claim" in plan for plan in plans[:-1])
    assert "ix_posts_owner" in plans[-1]
