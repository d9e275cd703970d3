"""PromptQueue: whatever claimers, crashes and people do in whatever order, its promises hold."""

import shutil
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from promptpress import fence
from promptpress.errors import IllegalTransition, InvalidPost, LeaseLost
from promptpress.model import (
    CLAIMABLE,
    POST_TRANSITIONS,
    PUBLICATION_TRANSITIONS,
    Order,
    Post,
    PublicationState,
    Step,
)
from tests.adapters.sites import in_memory
from tests.contracts.queue_moves import CHANNELS, DECISIONS, WORK, Maker
from tests.contracts.queue_scene import LEASE
from tests.contracts.sql_scene import SqlScene

ONWARD = ("begin_generation", "keep_media", "make_ready", "begin_send", "sent", "in_doubt")
"""What brings a post forward: drawn more often, or few posts would ever be sent."""
OUTCOMES = ("sent", "sent", "in_doubt", "not_sent", "refused")
NEXT = {
    "queued": "begin_generation",
    "generating": "keep_media",
    "generated": "make_ready",
    "ready": "begin_send",
    "publishing": "begin_send",
}
"""What a claimer does next with a post in each state."""
GENERATING = ("keep_job", "drop_generation", "keep_media")


def _states(post: Post) -> dict[str, PublicationState]:
    return {publication.channel: publication.state for publication in post.publications}


def _next(post: Post, channel: str, outcome: str) -> str:
    if _states(post).get(channel) is PublicationState.SENDING:
        return outcome
    return NEXT.get(str(post.state), "let_go")


class Histories(RuleBasedStateMachine):
    """Claimers and people at one queue, and a model of what they may find there."""

    versions = Bundle("versions")
    """Every post as somebody has ever seen it: the older, the staler."""
    template: Path

    def __init__(self) -> None:
        super().__init__()
        self.opened = ExitStack()
        folder = self.opened.enter_context(in_memory())
        shutil.copy(self.template, folder / "queue.db")
        self.scene = SqlScene("sqlite", f"sqlite:///{folder}/queue.db")
        self.latest: dict[int, Post] = {}
        self.events: dict[int, int] = {}
        self.leases: dict[int, tuple[str, datetime]] = {}
        self.claims = 0

    def teardown(self) -> None:
        self.scene.close()
        self.opened.close()

    def _is_leased(self, post_id: int) -> bool:
        return post_id in self.leases and self.leases[post_id][1] > self.scene.clock()

    @initialize(target=versions)
    def begin(self) -> object:
        """Begin with a claimed post."""
        self.add()
        return self.claim(1)

    @rule()
    def add(self) -> None:
        """Somebody orders a post, up to three: they should meet often."""
        if len(self.latest) == 3:
            return
        (post_id,) = self.scene.add(Order(prompt="a fox"))
        self.latest[post_id], self.events[post_id] = self.scene.read(post_id), 1

    @rule(target=versions, limit=st.integers(1, 3))
    def claim(self, limit: int) -> object:
        """A new claimer takes what is free, and only that."""
        self.claims += 1
        owner = f"claim-{self.claims}"
        free = [
            post.id
            for state in CLAIMABLE
            for post in self.latest.values()
            if post.state is state and not post.held and not self._is_leased(post.id)
        ]
        found = self.scene.queue.claim(limit, owner, CLAIMABLE)

        assert free[:limit] == [post.id for post in found]
        for post in found:
            assert (owner, self.scene.clock() + LEASE) == (post.owner, post.lease_until)
            self.leases[post.id] = (owner, self.scene.clock() + LEASE)
            self.latest[post.id] = post
            self.events[post.id] += 1
        return multiple(*found)

    @rule(seconds=st.sampled_from([10, 10, 400]))
    def wait(self, seconds: int) -> None:
        """Time passes; a long time is a crash, as far as a lease can tell."""
        self.scene.clock.advance(seconds)

    @rule(version=versions)
    def renew(self, version: Post) -> None:
        """A claimer gives a sign of life, perhaps too late."""
        mine = [i for i, (owner, _) in self.leases.items() if owner == version.owner]
        alive = [post_id for post_id in mine if self._is_leased(post_id)]

        if version.owner:
            assert len(alive) == self.scene.queue.renew(version.owner)
            for post_id in alive:
                self.leases[post_id] = (version.owner, self.scene.clock() + LEASE)
                self.latest[post_id] = self.scene.read(post_id)

    @rule(target=versions, version=versions)
    def look(self, version: Post) -> object:
        """Somebody reads a post as it is now."""
        return self.latest[version.id]

    @rule(
        target=versions,
        version=versions,
        name=st.sampled_from([*ONWARD, *ONWARD, *WORK]),
        channel=st.sampled_from(CHANNELS),
    )
    def work(self, version: Post, name: str, channel: str) -> object:
        """A claimer writes a step from a post as it once saw it."""
        if name in GENERATING and version.state != "generating":
            return multiple()
        return self._write(version, WORK[name], channel)

    @rule(
        target=versions,
        version=versions,
        channel=st.sampled_from(CHANNELS),
        outcome=st.sampled_from(OUTCOMES),
    )
    def go_on(self, version: Post, channel: str, outcome: str) -> object:
        """A claimer does the next thing with a post as it once saw it, alive or late."""
        return self._write(version, WORK[_next(version, channel, outcome)], channel)

    @rule(
        target=versions,
        data=st.data(),
        channel=st.sampled_from(CHANNELS),
        outcome=st.sampled_from(OUTCOMES),
    )
    def go_on_alive(self, data: st.DataObject, channel: str, outcome: str) -> object:
        """A living claimer does the next thing with a post as it is."""
        post = data.draw(st.sampled_from(list(self.latest.values())))
        return self._write(post, WORK[_next(post, channel, outcome)], channel)

    @rule(target=versions)
    def take_over(self) -> object:
        """All claimers crash, and another one takes all that they had."""
        self.wait(400)
        return self.claim(3)

    @rule(data=st.data())
    def hold(self, data: st.DataObject) -> None:
        """A person holds a post whose send may be about to begin."""
        post = data.draw(st.sampled_from(list(self.latest.values())))
        self._write(post, DECISIONS["hold"], "site")

    @rule(
        target=versions,
        version=versions,
        name=st.sampled_from(list(DECISIONS)),
        channel=st.sampled_from(CHANNELS),
    )
    def decide(self, version: Post, name: str, channel: str) -> object:
        """A person decides from what they saw."""
        return self._write(version, DECISIONS[name], channel)

    def _write(self, version: Post, make: Maker, channel: str) -> object:
        try:
            step = make(version, self.scene.stamp(version.owner), channel)
        except (IllegalTransition, InvalidPost, KeyError):
            return multiple()
        if step is None:
            return multiple()
        before = self.latest[version.id]
        try:
            after = self.scene.queue.record(step)
        except LeaseLost:
            assert not self._must_be_accepted(step, before)
            return multiple()
        assert self._may_be_accepted(step, before)
        self._check_moves(before, after)
        self.latest[version.id] = after
        self.events[version.id] += 1
        if not after.owner:
            self.leases.pop(version.id, None)
        return after

    def _holds(self, step: Step) -> bool:
        lease = self.leases.get(step.post.id)
        return self._is_leased(step.post.id) and lease is not None and lease[0] == step.owner

    def _must_be_accepted(self, step: Step, before: Post) -> bool:
        fresh = step.post == before
        barred = step.is_intent and before.held
        return fresh and not barred and (step.owner is None or self._holds(step))

    def _may_be_accepted(self, step: Step, before: Post) -> bool:
        stored = {p.channel: p for p in before.publications}
        if step.is_receipt:
            told = step.publications[0]
            known = stored[told.channel]
            follows = told.state in PUBLICATION_TRANSITIONS[known.state]
            return follows and told.attempt == known.attempt
        seen = {p.channel: p for p in step.post.publications}
        for told in step.publications:
            if stored.get(told.channel) != seen.get(told.channel):
                return False
        if step.post.state is not before.state:
            return False
        late = fence.is_paid_for(step) and before.owner == step.owner
        mine = (self._holds(step) or late) and not (step.is_intent and before.held)
        return step.owner is None or mine

    @staticmethod
    def _check_moves(before: Post, after: Post) -> None:
        assert after.state is before.state or after.state in POST_TRANSITIONS[before.state]
        now = _states(after)
        for channel, state in _states(before).items():
            assert now[channel] is state or now[channel] in PUBLICATION_TRANSITIONS[state]

    @invariant()
    def queue_is_as_the_steps_left_it(self) -> None:
        """No post is gone, nothing changed but by an accepted step, and each has one event."""
        assert list(self.latest.values()) == self.scene.queue.find(limit=1_000)
        told = dict(self.scene.sql("SELECT post_id, count(*) FROM audit_events GROUP BY post_id"))
        assert self.events == told


@pytest.mark.timeout(900)  # five thousand steps take 25 s of a free processor
def test_the_promises_hold_in_every_history(tmp_path: Path) -> None:
    """No illegal move, no lost post, no second live lease, one event per accepted step."""
    from hypothesis.stateful import run_state_machine_as_test

    scene = SqlScene("sqlite", f"sqlite:///{tmp_path}/template.db")
    scene.queue.check()
    scene.sql("PRAGMA wal_checkpoint(TRUNCATE)")
    scene.close()
    Histories.template = tmp_path / "template.db"

    run_state_machine_as_test(
        Histories, settings=settings(max_examples=100, stateful_step_count=50, deadline=None)
    )
