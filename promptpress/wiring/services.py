"""The services of a process: made once, from its settings, when first asked for."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import partial
from typing import TypeVar, cast

from promptpress.errors import MissingSetting
from promptpress.model import Stamp
from promptpress.ports import (
    AuditLog,
    ImageGenerator,
    MediaStore,
    Notifier,
    PromptQueue,
    Publisher,
    Service,
    TextWriter,
)
from promptpress.settings import Settings, load_settings
from promptpress.wiring import makers

T = TypeVar("T")


class Services:
    """Everything the settings name, made when first asked for."""

    def __init__(
        self,
        settings: Settings,
        *,
        now: Callable[[], datetime] = makers.now,
        new_id: Callable[[], str] = makers.new_id,
        run: str = "by hand",
    ) -> None:
        """Keep the settings.

        Args:
            settings: what is wanted.
            now: the clock.
            new_id: makes ids that nobody else makes.
            run: how the audit calls whoever acts.

        Raises:
            MissingSetting: names all that is unknown or missing, at once.
        """
        settings = makers.with_defaults(settings)
        problems = makers.find_problems(settings)
        if problems:
            raise MissingSetting("; ".join(problems), "settings")
        self.settings = settings
        self.now = now
        self.new_id = new_id
        self._run = run
        self._made: dict[str, object] = {}
        self._lock = threading.RLock()

    def _once(self, key: str, make: Callable[[], T]) -> T:
        with self._lock:
            if key not in self._made:
                self._made[key] = make()
            return cast("T", self._made[key])

    def _table(
        self, kind: str, table: Mapping[str, makers.Maker], first: tuple[str, ...]
    ) -> dict[str, object]:
        names = makers.available(self.settings, table, first)
        return {
            name: self._once(f"{kind}:{name}", partial(table[name].make, self.settings))
            for name in names
        }

    @property
    def queue(self) -> PromptQueue:
        """Where posts wait."""
        return self._once("queue", partial(makers.sql_queue, self.settings))

    @property
    def writer(self) -> TextWriter:
        """What writes captions."""
        return self._once("writer", partial(makers.template, self.settings))

    @property
    def generators(self) -> Mapping[str, ImageGenerator]:
        """What can make pictures: in order of preference, then whatever else is set up."""
        chosen = self.settings.generators
        return cast(
            "Mapping[str, ImageGenerator]", self._table("generator", makers.GENERATORS, chosen)
        )

    @property
    def stores(self) -> Mapping[str, MediaStore]:
        """What keeps pictures; all of them do."""
        chosen = self.settings.stores
        table = {name: makers.STORES[name] for name in chosen}
        return cast("Mapping[str, MediaStore]", self._table("store", table, chosen))

    @property
    def publishers(self) -> Mapping[str, Publisher]:
        """The channels: the usual ones, then whatever else is set up."""
        chosen = self.settings.channels
        return cast("Mapping[str, Publisher]", self._table("channel", makers.PUBLISHERS, chosen))

    def require_channels(self, names: tuple[str, ...]) -> None:
        """Raise MissingSetting with all that these channels lack."""
        problems = makers.find_missing(self.settings, "CHANNELS", names)
        if problems:
            raise MissingSetting("; ".join(problems), "settings")

    @property
    def audits(self) -> tuple[AuditLog, ...]:
        """Other audit logs beside the queue's own."""
        return tuple(
            self._once(f"audit:{url}", partial(makers.sql_audit, url))
            for url in self.settings.audit_url
        )

    @property
    def notifier(self) -> Notifier:
        """What tells a person."""
        return self._once("notifier", partial(makers.notifier, self.settings))

    def everything(self) -> list[Service]:
        """Return all services that the settings name, in the order of a post's way."""
        return [
            self.queue,
            self.writer,
            *(self.generators[name] for name in self.settings.generators),
            *self.stores.values(),
            *(self.publishers[name] for name in self.settings.channels),
            *self.audits,
            self.notifier,
        ]

    def stamp(self, run: str = "") -> Stamp:
        """Return a new id, the time, and who acts."""
        return Stamp(id=self.new_id(), at=self.now(), run=run or self._run)


_override: ContextVar[Services | None] = ContextVar("services", default=None)
_lock = threading.Lock()
_cached: Services | None = None


def services() -> Services:
    """Return the services of this process, made from the settings at first use.

    Raises:
        SetupError: names all that is wrong with the settings at once.
    """
    global _cached  # noqa: PLW0603  one set per process, as there is one environment
    override = _override.get()
    if override is not None:
        return override
    with _lock:
        if _cached is None:
            _cached = Services(load_settings())
        return _cached


@contextmanager
def use_services(chosen: Services) -> Iterator[Services]:
    """Let `services()` return these within the block, in threads that copy the context too."""
    token = _override.set(chosen)
    try:
        yield chosen
    finally:
        _override.reset(token)
