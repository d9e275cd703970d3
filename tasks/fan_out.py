"""Posts side by side on a pool of threads."""

import asyncio
import contextvars
import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TypeVar

from prefect.context import SyncClientContext

from promptpress.errors import PromptpressError, SetupError
from promptpress.model import Post
from promptpress.wiring import services

logger = logging.getLogger("promptpress")

T = TypeVar("T")
R = TypeVar("R")
PutDown = Callable[[Post, PromptpressError], Post]


@dataclass(frozen=True)
class Outcome:
    """How a post ended in this run."""

    post: Post
    error: PromptpressError | None = None
    """What kept it from going on, if anything did."""


async def in_threads(function: Callable[[T], R], items: Sequence[T], concurrency: int) -> list[R]:
    """Call a function for each item, at most `concurrency` at a time; return the results in order.

    Each thread sees the caller's context: Prefect's run and `use_services` live in it.
    """
    waiting: SimpleQueue[tuple[int, T]] = SimpleQueue()
    for numbered in enumerate(items):
        waiting.put(numbered)
    results: dict[int, R] = {}

    def work() -> None:
        with suppress(Empty):
            while True:
                number, item = waiting.get_nowait()
                results[number] = function(item)

    loop = asyncio.get_running_loop()
    threads = min(concurrency, len(items)) or 1
    pool = ThreadPoolExecutor(threads, thread_name_prefix="post")
    # One client of Prefect's API for all: a task alone would make one for itself, and loading the
    # certificates for it takes longer than all the rest of a task run.
    with pool, SyncClientContext.get_or_create():
        calls = [
            loop.run_in_executor(pool, contextvars.copy_context().run, work) for _ in range(threads)
        ]
        await asyncio.gather(*calls)
    return [results[number] for number in range(len(items))]


def _put_down_safely(post: Post, error: PromptpressError, put_down: PutDown) -> Outcome:
    logger.warning("post %s: %s", post.id, error)
    try:
        return Outcome(put_down(post, error), error)
    except PromptpressError as second:
        # Its lease ends by itself, and the next run goes on from what is written down.
        logger.warning("post %s stays claimed until its lease ends: %s", post.id, second)
        return Outcome(post, error)


async def side_by_side(
    posts: Sequence[Post], carry: Callable[[Post], Post], put_down: PutDown, concurrency: int
) -> list[Outcome]:
    """Carry each post its way, at most `concurrency` at a time; return how each ended.

    No post's error stops the others, but after a SetupError no further post is begun: those left
    are handed back at once.

    Args:
        posts: the posts.
        carry: takes one post its way and returns it as it ends.
        put_down: writes down what becomes of a post whose way ended in an error.
        concurrency: threads at the most; 0: as CONCURRENCY says.
    """
    stop = threading.Event()

    def carry_one(post: Post) -> Outcome:
        try:
            if stop.is_set():
                message = "the run stopped before this post began: the next one takes it"
                return _put_down_safely(post, SetupError(message), put_down)
            return Outcome(carry(post))
        except PromptpressError as error:
            if isinstance(error, SetupError):
                stop.set()
            return _put_down_safely(post, error, put_down)
        except Exception as error:
            # One failing post never stops the others, whatever it is that nobody thought of.
            logger.exception("post %s failed unexpectedly", post.id)
            message = f"unexpected {type(error).__name__}: the log of the run tells more"
            return _put_down_safely(post, PromptpressError(message), put_down)

    return await in_threads(carry_one, posts, concurrency or services().settings.concurrency)
