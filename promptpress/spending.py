"""What was spent, counted from the audit, and what may still be: restarts reset nothing."""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from promptpress.errors import BudgetReached
from promptpress.model import AuditEvent

ACTIONS = ("generate", "store", "check")
"""Actions of the audit that tell of money."""
FREE = ("given", "library")
"""What makes no pictures: people have made them themselves."""
PER_DAY, PER_RUN, COST = "MAX_IMAGES_PER_DAY", "MAX_IMAGES_PER_RUN", "MAX_COST_PER_DAY"
"""Settings that an error names."""


@dataclass(frozen=True)
class Spent:
    """What a day has cost so far."""

    pictures: int = 0
    """Asked for and perhaps paid for; those of a run alone in `by_run`."""
    cost: float = 0.0
    """In US dollars, where the services say."""
    by_run: Mapping[str, int] = field(default_factory=dict)
    prices: Mapping[str, float] = field(default_factory=dict)
    """The highest price of one picture seen, by generator."""


def _number(value: object) -> float:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else 0


def count_spent(events: Iterable[AuditEvent]) -> Spent:
    """Return what the events of a day add up to.

    Pictures count from the moment they are asked for: an answer that was lost may be paid for.
    They are taken off where the service surely did nothing, and put right where it delivered less.
    """
    asked: dict[int, int] = {}  # pictures asked for by post, not delivered yet
    runs: dict[str, int] = {}
    prices: dict[str, float] = {}
    cost = 0.0
    for event in events:
        if event.service in FREE:
            continue
        change = 0
        if event.action == "generate" and event.outcome in ("begun", "repeated"):
            asked[event.post_id] = change = int(_number(event.detail.get("pictures")))
        elif event.action == "generate" and event.outcome == "failed":
            change = -asked.pop(event.post_id, 0)
        elif event.action in ("store", "check"):
            made = event.detail.get("pictures")
            number = len(made) if isinstance(made, list | tuple) else int(_number(made))
            # What was asked for yesterday counted yesterday.
            change = number - asked.pop(event.post_id, number)
            paid = _number(event.detail.get("cost"))
            cost += paid
            each = paid / max(1, number)
            prices[event.service] = max(prices.get(event.service, 0.0), each)
        runs[event.run] = runs.get(event.run, 0) + change
    return Spent(sum(runs.values()), cost, runs, prices)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What may be spent; None: as much as it takes."""

    pictures_a_day: int | None = None
    pictures_a_run: int | None = None
    cost_a_day: float | None = None


class Budget:
    """What one run may still spend, beside what the day has cost before."""

    def __init__(self, limits: Limits, spent: Spent, run: str = "") -> None:
        """Begin with what was spent today, by this run too."""
        self._limits = limits
        self._pictures = spent.pictures
        self._of_run = spent.by_run.get(run, 0)
        self._paid = spent.cost
        self._prices = dict(spent.prices)
        self._open: dict[str, int] = {}  # pictures asked for by generator, whose price is not told
        self._lock = threading.Lock()
        self.was_reached = bool(self._find_limit("", 1))
        """True when there was nothing left to begin with."""

    def take(self, generator: str, pictures: int) -> None:
        """Count pictures that are about to be asked for.

        Raises:
            BudgetReached: they are more than may be; names the limit.
        """
        if generator in FREE:
            return
        with self._lock:
            if limit := self._find_limit(generator, pictures):
                raise BudgetReached(limit)
            self._count(generator, pictures)

    def give_back(self, generator: str, pictures: int) -> None:
        """Take pictures off again that were surely not made."""
        if generator in FREE:
            return
        with self._lock:
            self._count(generator, -pictures)

    def settle(self, generator: str, asked: int, made: int, cost: float | None) -> None:
        """Count what pictures really cost, and what of those asked for did not come.

        Args:
            generator: that made them.
            asked: pictures that were asked for.
            made: pictures that came.
            cost: of all that came, in US dollars; None: it does not say.
        """
        if generator in FREE:
            return
        with self._lock:
            self._count(generator, made - asked)
            self._open[generator] = max(0, self._open.get(generator, 0) - made)
            self._paid += cost or 0.0
            each = (cost or 0.0) / max(1, made)
            self._prices[generator] = max(self._prices.get(generator, 0.0), each)

    def _count(self, generator: str, pictures: int) -> None:
        self._pictures += pictures
        self._of_run += pictures
        # A job of an earlier run ends here, though this run never asked for it.
        self._open[generator] = max(0, self._open.get(generator, 0) + pictures)

    def _find_limit(self, generator: str, pictures: int) -> str:
        """Return which limit so many more would go over, in a sentence; empty if none."""
        limits = self._limits
        day, run, money = limits.pictures_a_day, limits.pictures_a_run, limits.cost_a_day
        if day is not None and self._pictures + pictures > day:
            return f"the {day} pictures of a day are made: go on tomorrow or raise {PER_DAY}"
        if run is not None and self._of_run + pictures > run:
            return f"the {run} pictures of a run are made: run it again or raise {PER_RUN}"
        price = self._prices.get(generator, 0.0)
        cost = self._paid + sum(n * self._prices.get(g, 0.0) for g, n in self._open.items())
        if money is not None and (cost >= money or cost + price * pictures > money):
            return f"the {money:g} dollars of a day are spent: go on tomorrow or raise {COST}"
        return ""
