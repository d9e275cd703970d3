"""PromptQueue: machines whose clocks are wrong share a queue, and one clock decides."""

from dataclasses import replace
from datetime import timedelta

import pytest

from promptpress.errors import LeaseLost, SetupError
from promptpress.model import CLAIMABLE, Order, Stamp
from promptpress.steps import begin_generation, let_go
from tests.contracts.queue_scene import LEASE, START, QueueScene
from tests.databases import DATABASES

SHARED = [*DATABASES[1:], "sheet"]
"""Queues that several machines share; the clock of SQLite is the one machine's."""
WRONG = timedelta(minutes=10)
pytestmark = pytest.mark.parametrize("scene", SHARED, indirect=True)


def test_a_clock_ahead_takes_no_living_lease(scene: QueueScene) -> None:
    """A lease lives as long for a machine that is ten minutes ahead as for any other."""
    post = scene.claim_one("living")
    ahead = scene.skewed(WRONG)

    assert not ahead.has_work(CLAIMABLE)
    assert ahead.claim(10, "ahead", CLAIMABLE) == []
    scene.clock.now = START + LEASE
    assert [one.id for one in ahead.claim(10, "ahead", CLAIMABLE)] == [post.id]


@pytest.mark.parametrize("wrong", [WRONG, -WRONG], ids=["ahead", "behind"])
def test_a_lease_ends_for_all_at_the_same_moment(scene: QueueScene, wrong: timedelta) -> None:
    """A claim by a wrong clock lives for one lease, not for ten minutes more or less."""
    scene.add()
    (post,) = scene.skewed(wrong).claim(10, "wrong", CLAIMABLE)

    assert post.lease_until == START + LEASE
    assert scene.claim("next") == []
    scene.clock.now = START + LEASE
    assert [one.id for one in scene.claim("next")] == [post.id]


@pytest.mark.parametrize("wrong", [WRONG, -WRONG], ids=["ahead", "behind"])
def test_a_lease_is_renewed_by_the_shared_clock(scene: QueueScene, wrong: timedelta) -> None:
    """A living run keeps its posts whatever its clock says, and a late one gets nothing."""
    scene.add()
    queue = scene.skewed(wrong)
    (post,) = queue.claim(10, "wrong", CLAIMABLE)
    scene.clock.advance(200)

    assert queue.renew("wrong") == 1
    assert scene.read(post.id).lease_until == START + timedelta(seconds=200) + LEASE
    scene.clock.advance(LEASE.total_seconds())
    assert queue.renew("wrong") == 0


def test_a_clock_ahead_may_write_while_its_lease_lives(scene: QueueScene) -> None:
    """A step is not refused because the machine believes its own lease to be over."""
    scene.add()
    queue = scene.skewed(WRONG)
    (post,) = queue.claim(10, "ahead", CLAIMABLE)

    begun = queue.record(begin_generation(post, scene.stamp("ahead"), "sketch", {}))

    assert begun.generating_by == "sketch"


def test_a_clock_behind_may_not_write_once_its_lease_is_over(scene: QueueScene) -> None:
    """A machine that believes in its lease for ten minutes more is refused at its end."""
    scene.add()
    queue = scene.skewed(-WRONG)
    (post,) = queue.claim(10, "behind", CLAIMABLE)
    scene.clock.now = START + LEASE

    with pytest.raises(LeaseLost, match="over"):
        queue.record(begin_generation(post, scene.stamp("behind"), "sketch", {}))


@pytest.mark.parametrize("wrong", [WRONG, -WRONG], ids=["ahead", "behind"])
def test_a_rest_is_as_long_as_it_was_meant(scene: QueueScene, wrong: timedelta) -> None:
    """A post that is handed back for a minute rests for a minute: no service's wait is undercut."""
    scene.add()
    queue = scene.skewed(wrong)
    (post,) = queue.claim(10, "wrong", CLAIMABLE)
    own = START + wrong
    stamp = Stamp(id=scene.new_id(), at=own, run="wrong")

    freed = queue.record(replace(let_go(post, stamp), not_before=own + timedelta(minutes=1)))

    assert freed.lease_until == START + timedelta(minutes=1)


def test_a_machine_with_a_wrong_clock_is_told(scene: QueueScene) -> None:
    """The check names by how much it is wrong and what to do; some seconds are no fault."""
    scene.skewed(timedelta(seconds=59)).check()

    with pytest.raises(SetupError, match=r"600 s ahead of .* \(NTP\)"):
        scene.skewed(WRONG).check()
    with pytest.raises(SetupError, match=r"600 s behind .* \(NTP\)"):
        scene.skewed(-WRONG).check()


def test_a_post_comes_due_by_the_shared_clock(scene: QueueScene) -> None:
    """Nobody gets a post before its time because his clock is ahead."""
    scene.add(Order(prompt="later", due_at=START + timedelta(minutes=5)))

    assert scene.skewed(WRONG).claim(10, "ahead", CLAIMABLE) == []
