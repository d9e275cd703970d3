"""Posts side by side on a pool of threads."""

import asyncio
import contextvars
import heapq
import inspect
import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from prefect.context import SyncClientContext

from promptpress.errors import Interrupted, PromptpressError, SetupError
from promptpress.model import Post
from promptpress.wiring import services
from tasks import Way
from tasks.signals import Stop, require_going_on, stop_of_run

logger = logging.getLogger("promptpress")

T = TypeVar("T")
R = TypeVar("R")
PutDown = Callable[[Post, PromptpressError], Post]
Carry = Callable[[Post], Post | Way[Post]]


@dataclass(frozen=True)
class Outcome:
    """How a post ended in this run."""

    post: Post
    error: PromptpressError | None = None
    """What kept it from going on, if anything did."""


class _Walks(Generic[R]):
    """Ways that a few threads walk side by side; one that waits for a service holds no thread.

    Once the run is asked to stop nobody waits any more: what rests is told so where it stands.
    """

    def __init__(self, begin: Sequence[Callable[[], Way[R]]], in_hand: int, stop: Stop) -> None:
        self.results: dict[int, R] = {}
        self._stop = stop
        self._next = iter(enumerate(begin))
        self._changed = threading.Condition()
        self._resting: list[tuple[float, int, Way[R]]] = []
        self._open = 0
        self._stopped = False
        for _ in range(in_hand):
            self._begin()
        stop.tell(self._wake)

    def _begin(self) -> None:
        for number, begin in self._next:
            self._open += 1
            heapq.heappush(self._resting, (0.0, number, begin()))
            return

    def walk(self) -> None:
        """Go on with whatever way has waited long enough, until all are at their end."""
        try:
            for number, way in iter(self._take, None):
                self._go_on(number, way)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Let every thread end with the step it is at."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _take(self) -> tuple[int, Way[R]] | None:
        with self._changed:
            while self._open and not self._stopped:
                rest = self._resting[0][0] - time.monotonic() if self._resting else None
                if rest is not None and (rest <= 0 or self._stop.is_asked):
                    return heapq.heappop(self._resting)[1:]
                self._changed.wait(rest)
            return None

    def _go_on(self, number: int, way: Way[R]) -> None:
        begun = inspect.getgeneratorstate(way) != inspect.GEN_CREATED
        try:
            seconds = way.throw(Interrupted()) if begun and self._stop.is_asked else next(way)
        except StopIteration as end:
            with self._changed:
                self.results[number] = end.value
                self._open -= 1
                self._begin()
                self._changed.notify_all()
        else:
            with self._changed:
                heapq.heappush(self._resting, (time.monotonic() + seconds, number, way))
                self._changed.notify()


async def _walk_all(begin: Sequence[Callable[[], Way[R]]], threads: int, in_hand: int) -> list[R]:
    """Walk all ways with so many threads, so many begun at a time; return their ends in order.

    Each thread sees the caller's context: Prefect's run and `use_services` live in it.
    """
    stop = stop_of_run()
    walks = _Walks(begin, in_hand, stop)
    loop = asyncio.get_running_loop()
    threads = min(threads, len(begin)) or 1
    pool = ThreadPoolExecutor(threads, thread_name_prefix="post")
    # One client of Prefect's API for all: a task alone would make one for itself, and loading the
    # certificates for it takes longer than all the rest of a task run.
    with pool, SyncClientContext.get_or_create():
        try:
            calls = [
                loop.run_in_executor(pool, contextvars.copy_context().run, walks.walk)
                for _ in range(threads)
            ]
            done, _ = await asyncio.wait(calls, return_when=asyncio.FIRST_EXCEPTION)
        except asyncio.CancelledError:
            # Prefect cancels a run that lost its place: what is in hand is put down first.
            stop.ask()
            raise
        for call in done:
            call.result()
    return [walks.results[number] for number in range(len(begin))]


async def in_threads(function: Callable[[T], R], items: Sequence[T], concurrency: int) -> list[R]:
    """Call a function for each item, so many at a time; return the results in order."""

    def call(item: T) -> Way[R]:
        yield from ()  # nothing to wait for
        return function(item)

    begin = [partial(call, item) for item in items]
    return await _walk_all(begin, concurrency, concurrency)


def _put_down_safely(post: Post, error: PromptpressError, put_down: PutDown) -> Outcome:
    logger.warning("post %s: %s", post.id, error)
    try:
        return Outcome(put_down(post, error), error)
    except PromptpressError as second:
        # Its lease ends by itself, and the next run goes on from what is written down.
        logger.warning("post %s stays claimed until its lease ends: %s", post.id, second)
        return Outcome(post, error)


async def side_by_side(
    posts: Sequence[Post], carry: Carry, put_down: PutDown, concurrency: int
) -> list[Outcome]:
    """Carry each post its way and return how each ended.

    No post's error stops the others, but after a SetupError, or once the run is asked to stop, no
    further post is begun: those left are handed back at once.

    Args:
        posts: the posts.
        carry: takes one post its way and returns it as it ends; where it waits for a service, it
            yields the seconds.
        put_down: writes down what becomes of a post whose way ended in an error.
        concurrency: threads at the most; 0: as CONCURRENCY says.
    """
    stop = threading.Event()

    def carry_one(post: Post) -> Way[Outcome]:
        try:
            require_going_on()
            if stop.is_set():
                message = "the run stopped before this post began: the next one takes it"
                return _put_down_safely(post, SetupError(message), put_down)
            end = carry(post)
            return Outcome(end if isinstance(end, Post) else (yield from end))
        except PromptpressError as error:
            if isinstance(error, SetupError):
                stop.set()
            return _put_down_safely(post, error, put_down)
        except Exception as error:
            # One failing post never stops the others, whatever it is that nobody thought of.
            logger.exception("post %s failed unexpectedly", post.id)
            message = f"unexpected {type(error).__name__}: the log of the run tells more"
            return _put_down_safely(post, PromptpressError(message), put_down)

    settings = services().settings
    threads = concurrency or settings.side_by_side
    in_hand = max(threads, *settings.generator_concurrency.values(), 0)
    return await _walk_all([partial(carry_one, post) for post in posts], threads, in_hand)
