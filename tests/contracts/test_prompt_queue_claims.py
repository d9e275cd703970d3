"""PromptQueue: who gets which post, in which order, and for how long."""

import json
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from promptpress.errors import LeaseLost
from promptpress.model import CLAIMABLE, Order, Post, PostState
from promptpress.steps import begin_generation, let_go
from tests.contracts.queue_scene import LEASE, START, QueueScene
from tests.contracts.sql_scene import SqlScene
from tests.databases import DATABASES

ROOT = Path(__file__).parents[2]
HOUR = timedelta(hours=1)
PAST_LEASE = LEASE.total_seconds() + 1


def _ids(posts: Sequence[Post]) -> list[int]:
    return [post.id for post in posts]


def test_a_claim_leases_whole_posts(scene: QueueScene) -> None:
    """A claimed post carries its owner and the end of its lease, and has an event that says so."""
    post = scene.claim_one("me")

    assert (post.owner, post.lease_until) == ("me", START + LEASE)
    assert post == scene.read(post.id)
    assert scene.actions(post.id) == ["order", "claim"]
    assert [entry.run for entry in scene.queue.history(post.id)] == ["run", "me"]


def test_a_leased_post_is_not_claimed_again(scene: QueueScene) -> None:
    """As long as its lease holds, a post is nobody else's, nor its owner's once more."""
    scene.claim_one("me")

    assert [] == scene.claim("other") == scene.claim("me")
    assert not scene.queue.has_work(CLAIMABLE)


def test_a_lease_that_is_over_gives_the_post_back(scene: QueueScene) -> None:
    """A dead claimer's post is free at the very end of its lease, and not before."""
    post = scene.claim_one("dead")

    scene.clock.now = START + LEASE - timedelta(microseconds=1)
    assert scene.claim("next") == []
    scene.clock.now = START + LEASE
    assert [(post.id, "next")] == [(p.id, p.owner) for p in scene.claim("next")]


def test_renew_extends_the_leases_of_one_owner(scene: QueueScene) -> None:
    """A living claimer keeps all of its posts, and nobody else's."""
    scene.add(*[Order(prompt=str(number)) for number in range(3)])
    mine = _ids(scene.claim("me", limit=2))
    other = _ids(scene.claim("other"))
    scene.clock.advance(200)

    assert scene.queue.renew("me") == 2
    scene.clock.advance(200)
    assert other == _ids(scene.claim("next"))
    assert {START + LEASE + timedelta(seconds=200)} == {scene.read(i).lease_until for i in mine}


def test_a_lease_that_is_over_is_not_renewed(scene: QueueScene) -> None:
    """Whoever comes too late to renew has nothing, even if nobody took the post."""
    scene.claim_one("me")
    scene.clock.advance(LEASE.total_seconds())

    assert (scene.queue.renew("me"), scene.queue.renew("nobody")) == (0, 0)


def test_a_post_comes_due_at_its_time(scene: QueueScene) -> None:
    """A post with a due time waits for it."""
    scene.add(Order(prompt="later", due_at=START + HOUR))

    assert scene.claim() == []
    assert not scene.queue.has_work(CLAIMABLE)
    scene.clock.now = START + HOUR
    assert scene.queue.has_work(CLAIMABLE)
    assert [post.prompt for post in scene.claim()] == ["later"]


def test_a_held_post_is_not_claimed(scene: QueueScene) -> None:
    """A hand that sets `held` keeps a post out of every claim until it is taken back."""
    (post_id,) = scene.add()
    scene.edit(post_id, "held", True)
    assert scene.claim() == []
    assert not scene.queue.has_work(CLAIMABLE)

    scene.edit(post_id, "held", False)
    assert len(scene.claim()) == 1


@pytest.mark.parametrize("state", set(PostState) - set(CLAIMABLE))
def test_states_without_work_are_not_claimed(scene: QueueScene, state: PostState) -> None:
    """What waits for a person, or has ended, is nobody's work."""
    (post_id,) = scene.add()
    scene.edit(post_id, "state", str(state))

    assert scene.claim() == []
    assert not scene.queue.has_work(CLAIMABLE)


def test_only_the_posts_named_are_claimed(scene: QueueScene) -> None:
    """`only` narrows a claim; order, holds and leases stay as they are."""
    ids = scene.add(*[Order(prompt=str(number)) for number in range(4)])
    scene.edit(ids[3], "held", True)

    assert ids[1:3] == _ids(scene.claim(only=[ids[3], ids[2], ids[1]]))
    assert scene.claim(only=[ids[1], 10**9]) == []


def test_limit_is_the_most(scene: QueueScene) -> None:
    """A claim takes no more than its limit, and what is there where there is less."""
    ids = scene.add(*[Order(prompt=str(number)) for number in range(5)])

    assert [[], ids[:2], ids[2:], []] == [_ids(scene.claim("me", limit=n)) for n in (0, 2, 9, 9)]


def test_a_released_post_waits_until_its_time(scene: QueueScene) -> None:
    """`not_before` keeps a post that was given back from being claimed at once."""
    post = scene.claim_one()
    later = replace(let_go(post, scene.stamp()), not_before=START + HOUR)

    freed = scene.queue.record(later)

    assert (freed.owner, freed.lease_until) == ("", START + HOUR)
    assert scene.claim("next") == []
    scene.clock.now = START + HOUR
    assert [post.id] == _ids(scene.claim("next"))


def test_a_released_post_is_free_at_once(scene: QueueScene) -> None:
    """Without `not_before` the next claim may follow in the same moment."""
    post = scene.claim_one()
    scene.queue.record(let_go(post, scene.stamp()))

    assert [post.id] == _ids(scene.claim("next"))


_orders = st.lists(
    st.tuples(
        st.sampled_from(CLAIMABLE),
        st.sampled_from([None, START - HOUR, START - 2 * HOUR, START, START + HOUR]),
        st.integers(-2, 2),
    ),
    max_size=12,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=_orders, states=st.permutations(CLAIMABLE), limit=st.integers(1, 12))
def test_posts_are_claimed_in_the_order_promised(
    scene: QueueScene,
    rows: list[tuple[PostState, datetime | None, int]],
    states: list[PostState],
    limit: int,
) -> None:
    """By state as given, then due time (those with one first), priority, age."""
    scene.clear()
    ids = scene.queue.add([Order(prompt="x", due_at=d, priority=p) for _, d, p in rows], "run")
    posts = [(post_id, *row) for post_id, row in zip(ids, rows, strict=True) if post_id]
    for post_id, state, _, _ in posts:
        scene.edit(post_id, "state", str(state))
    far = START + timedelta(days=999)
    due = [post for post in posts if post[2] is None or post[2] <= START]
    due.sort(key=lambda post: (states.index(post[1]), post[2] or far, -post[3], post[0]))

    assert bool(due) is scene.queue.has_work(states)
    assert [post[0] for post in due][:limit] == _ids(scene.queue.claim(limit, "me", states))


def test_claimers_at_the_same_moment_never_share(scene: QueueScene) -> None:
    """Four claimers of twenty posts each, all at once, get eighty different ones."""
    ids = scene.add(*[Order(prompt=str(number)) for number in range(80)])
    start = Barrier(4)

    def claim(owner: str) -> list[int]:
        queue = scene.another()
        queue.check()
        start.wait(60)
        taken: list[int] = []
        while posts := queue.claim(5, owner, CLAIMABLE):
            taken += _ids(posts)
        return taken

    with ThreadPoolExecutor(4) as pool:
        taken = [post_id for ids in pool.map(claim, "abcd") for post_id in ids]

    assert ids == sorted(taken)


@pytest.mark.parametrize("scene", DATABASES, indirect=True)
def test_eight_processes_claim_ten_thousand_posts_once_each(scene: SqlScene) -> None:
    """Eight processes empty a long queue: no post twice, none left over, one event per claim."""
    ids = scene.add(*[Order(prompt=str(number)) for number in range(10_000)])
    command = [sys.executable, "-m", "tests.contracts.claimer", scene.url]
    processes = [
        subprocess.Popen(
            [*command, f"owner-{n}"], cwd=ROOT, stdout=subprocess.PIPE, stdin=subprocess.PIPE
        )
        for n in range(8)
    ]
    for process in processes:
        assert process.stdout
        assert process.stdout.readline() == b"ready\n"
    for process in processes:
        assert process.stdin
        process.stdin.write(b"go\n")
        process.stdin.flush()
    outputs = [process.communicate(timeout=200)[0] for process in processes]

    assert [process.returncode for process in processes] == [0] * 8
    shares = [json.loads(output) for output in outputs]
    assert ids == sorted(post_id for share in shares for post_id in share)
    assert scene.count_events("claim") == 10_000


def test_a_second_claimer_goes_on_where_the_first_one_died(scene: QueueScene) -> None:
    """What the first wrote is there for the next, and the first can write no more."""
    post = scene.claim_one("dead")
    begun = scene.queue.record(begin_generation(post, scene.stamp(), "sketch", {"seed": 7}))
    scene.clock.advance(PAST_LEASE)

    (again,) = scene.claim("next")

    assert (again.state, again.generating_by, again.seed) == (PostState.GENERATING, "sketch", 7)
    with pytest.raises(LeaseLost, match="not ours"):
        scene.queue.record(let_go(begun, scene.stamp()))
