"""What befalls a fleet while it works: kills and restarts, in an order drawn from a seed."""

import random
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from tests.fleet.fleet import POSTS, Fleet, runs_of
from tests.fleet.programs import Program
from tests.fleet.watching import InHand
from tests.programs import wait_until

SEED = 7
KILLS = 5
"""Of workers; the database and Prefect's server are restarted once each."""
FIRST, LAST = 0.05, 0.7
"""Shares of the posts that are settled when the first and the last of it happens."""
PATIENCE = 420
"""Seconds until there must be something to strike at, or everything must be at its end."""
Target = Literal["a worker", "the database", "the Prefect server"]


def now() -> datetime:
    """Return the time, as the audit tells it."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Blow:
    """One kill or restart."""

    target: Target
    at: datetime
    """When it was done."""
    settled: int
    """Posts at their end by then."""
    in_hand: list[InHand]
    """Posts that a dead worker held; for the others, all that were under way."""
    outage: float = 0.0
    """Seconds that a server was away."""


class Chaos:
    """Strikes as the fleet gets on: so it always meets work, however slow the machine is."""

    def __init__(self, fleet: Fleet, seed: int = SEED) -> None:
        """Draw what happens when."""
        self._fleet = fleet
        self._dice = random.Random(seed)
        targets: list[Target] = ["a worker"] * KILLS
        targets += ["the database", "the Prefect server"]
        self._dice.shuffle(targets)
        step = (LAST - FIRST) / (len(targets) - 1)
        self._plan = [(int(POSTS * (FIRST + step * n)), one) for n, one in enumerate(targets)]

    def run(self) -> list[Blow]:
        """Strike each blow at its time, then wait until every post is at its end."""
        blows = []
        for settled, target in self._plan:
            self._wait(f"{settled} posts at their end", settled)
            blows.append(self._strike(target))
        self._wait("the end of all posts", POSTS)
        wait_until("the end of all leases", lambda: not self._fleet.watch.in_hand(), PATIENCE)
        return blows

    def _wait(self, what: str, settled: int) -> None:
        wait_until(what, lambda: self._fleet.watch.settled() >= settled, PATIENCE)

    def _strike(self, target: Target) -> Blow:
        if target == "a worker":
            return self._kill_worker()
        watch, server = self._fleet.watch, self._fleet.server
        wait_until("posts under way", lambda: bool(watch.in_hand()), PATIENCE)
        settled, hands = watch.settled(), watch.in_hand()
        begun = time.monotonic()
        (self._fleet.postgres if target == "the database" else server).restart()
        return Blow(target, now(), settled, hands, time.monotonic() - begun)

    def _kill_worker(self) -> Blow:
        """Kill one that has posts in hand, and start it again; return what it left."""
        for _ in range(20):
            victim = self._find_working()
            time.sleep(self._dice.uniform(0.0, 1.0))  # at any moment of its work
            victim.kill()
            blow = self._look_at(victim)
            victim.start()
            if blow.in_hand:
                return blow
        message = f"no worker was met with posts in hand\n{self._fleet.tell()}"
        raise AssertionError(message)

    def _find_working(self) -> Program:
        workers = list(self._fleet.workers)
        self._dice.shuffle(workers)
        found: list[Program] = []

        def look() -> bool:
            found[:] = [one for one in workers if self._fleet.watch.in_hand(runs_of(one))]
            return bool(found)

        wait_until("a worker with posts in hand", look, PATIENCE, 0.2)
        return found[0]

    def _look_at(self, dead: Program) -> Blow:
        killed, watch = now(), self._fleet.watch
        # The database still ends what it had begun for the dead.
        wait_until("the end of its sessions", lambda: not watch.sessions(dead.name), 60, 0.02)
        return Blow("a worker", killed, watch.settled(), watch.in_hand(runs_of(dead)))
