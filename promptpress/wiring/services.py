"""The services of a process: made once, from its settings, when first asked for."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import partial
from typing import TypeVar, cast

from promptpress.errors import InvalidPost, MissingSetting, SetupError
from promptpress.model import Order, Stamp
from promptpress.ports import (
    ArticleWriter,
    AuditLog,
    ImageGenerator,
    LinkChecker,
    MediaStore,
    Moderator,
    Notifier,
    PromptQueue,
    PromptWriter,
    Publisher,
    Service,
    Signer,
    TextWriter,
    TokenKeeper,
)
from promptpress.settings import Settings, load_settings
from promptpress.slots import Hours
from promptpress.spending import ACTIONS, Budget, Limits, Spent, count_spent
from promptpress.wiring import channels, makers, queues, stores, words

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
        self.resting: dict[str, datetime] = {}
        """Generators that could do nothing lately, and until when others are asked before them."""

    def once(self, key: str, make: Callable[[], T]) -> T:
        """Return what the key names, made when first asked for."""
        with self._lock:
            if key not in self._made:
                self._made[key] = make()
            return cast("T", self._made[key])

    def _table(
        self, kind: str, table: Mapping[str, makers.Maker], first: tuple[str, ...]
    ) -> dict[str, object]:
        names = makers.available(self.settings, table, first)
        return {
            name: self.once(f"{kind}:{name}", partial(table[name].make, self.settings))
            for name in names
        }

    @property
    def queue(self) -> PromptQueue:
        """Where posts wait."""
        return self.once("queue", partial(queues.queue, self.settings))

    @property
    def writer(self) -> TextWriter:
        """What writes captions."""
        return self.once("writer", partial(words.writer, self.settings))

    @property
    def prompt_writer(self) -> PromptWriter:
        """What thinks of pictures; MissingSetting where nothing can."""
        return self.once("prompt writer", partial(words.prompt_writer, self.settings))

    @property
    def article_writer(self) -> ArticleWriter:
        """What writes articles; MissingSetting where nothing can."""
        return self.once("article writer", partial(words.article_writer, self.settings))

    @property
    def moderator(self) -> Moderator | None:
        """What looks at words and pictures before they are paid for or published, if anything."""
        return self.once("moderator", partial(words.moderator, self.settings))

    @property
    def signer(self) -> Signer | None:
        """What signs pictures, if anything."""
        return self.once("signer", partial(words.signer, self.settings))

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
    def links(self) -> LinkChecker:
        """What opens an address as a platform will."""
        return self.once("links", partial(stores.links, self.settings))

    @property
    def publishers(self) -> Mapping[str, Publisher]:
        """The channels: the usual ones, then whatever else is set up."""
        chosen = self.settings.channels
        table = makers.publishers(self.settings)
        return cast("Mapping[str, Publisher]", self._table("channel", table, chosen))

    @property
    def keepers(self) -> Mapping[str, TokenKeeper]:
        """What looks after tokens that die, by channel."""
        names = makers.available(
            self.settings, makers.publishers(self.settings), self.settings.channels
        )
        return self.once("keepers", partial(channels.keepers, self.settings, names))

    def hours(self, channel: str) -> Hours:
        """Return a channel's timetable; always open where it has none.

        Raises:
            SetupError: there is no such channel, or its hours cannot be read.
        """
        chosen = self.settings.channel_of(channel)
        if chosen is None:
            valid = ", ".join(makers.publishers(self.settings))
            raise SetupError(f"there is no such channel; valid: {valid}", channel)
        return channels.hours(chosen)

    def find_unfit(self, order: Order) -> list[str]:
        """Return why what an order names cannot do it, a sentence each."""
        named = [name for name in order.channels if name in self.publishers]
        found = [why for name in named if (why := self._refusal(name, order.kind))]
        video = order.generator in makers.GENERATORS and self.makes_videos(order.generator)
        if video and (order.kind != "reel" or (order.num_images or 1) > 1):
            found.append(f"generator: {order.generator} makes one video: order a reel of one")
        written = order.article is not None and order.article.is_written
        if order.kind == "article" and not written:
            found += words.find_article_problems(self.settings)
        return found

    def makes_videos(self, generator: str) -> bool:
        """Tell whether a generator answers with a video."""
        return makers.GENERATORS[generator].makes_videos

    def taking(
        self, kind: str, names: tuple[str, ...], *, is_video: bool = False
    ) -> tuple[str, ...]:
        """Return those of these channels that take a post of this kind; all, where none does.

        Args:
            kind: of the post.
            names: of the channels.
            is_video: whether a video is all it has.
        """
        known = [name for name in names if name in self.publishers]
        return tuple(n for n in known if not self._refusal(n, kind, is_video=is_video)) or names

    def _refusal(self, name: str, kind: str, *, is_video: bool = False) -> str:
        try:
            rules = self.publishers[name].rules_for(kind)
        except InvalidPost as error:
            return str(error)
        return "it takes no video" if is_video and rules.video is None else ""

    def require_channels(self, names: tuple[str, ...]) -> None:
        """Raise MissingSetting with all that these channels lack."""
        problems = makers.find_missing(self.settings, "CHANNELS", names)
        if problems:
            raise MissingSetting("; ".join(problems), "settings")

    @property
    def audits(self) -> tuple[AuditLog, ...]:
        """Other audit logs beside the queue's own."""
        return tuple(
            self.once(f"audit:{url}", partial(queues.audit, self.settings, url))
            for url in self.settings.audit_url
        )

    @property
    def notifier(self) -> Notifier:
        """What tells a person."""
        return self.once("notifier", partial(makers.notifier, self.settings))

    def budget(self, run: str) -> Budget:
        """Return what a run may still spend on pictures, counted from what today has cost."""
        return self.once(f"budget:{run}", partial(self._budget, run))

    def _budget(self, run: str) -> Budget:
        settings = self.settings
        limits = Limits(
            pictures_a_day=settings.max_images_per_day,
            pictures_a_run=settings.max_images_per_run,
            cost_a_day=settings.max_cost_per_day,
        )
        if limits == Limits():
            return Budget(limits, Spent())
        midnight = self.now().replace(hour=0, minute=0, second=0, microsecond=0)
        return Budget(limits, count_spent(self.queue.events(midnight, ACTIONS)), run)

    def needed(self, *, publishing: bool = True) -> list[Service]:
        """Return the services without which no post goes its way, in the order of that way.

        Args:
            publishing: whether it goes as far as its channels.
        """
        channels = self.settings.channels if publishing else ()
        return [
            self.queue,
            self.writer,
            *([self.moderator] if self.moderator else []),
            *(self.generators[name] for name in self.settings.generators),
            *self.stores.values(),
            *([self.signer] if publishing and self.signer else []),
            *(self.publishers[name] for name in channels),
        ]

    def everything(self) -> list[Service]:
        """Return all services that the settings name, in the order of a post's way."""
        thinks = [self.prompt_writer] if self.settings.themes else []
        return [*self.needed(), *thinks, *self.audits, self.notifier]

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
