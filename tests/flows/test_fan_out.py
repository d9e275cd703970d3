"""tasks.fan_out: ways side by side, on fewer threads than ways."""

import asyncio
import threading
import time
from collections.abc import Callable

import pytest

from promptpress.errors import Interrupted, PermanentError, PromptpressError, SetupError
from promptpress.model import Post
from promptpress.settings import Settings
from promptpress.wiring import Services, use_services
from tasks import Way
from tasks.fan_out import Outcome, in_threads, side_by_side
from tasks.signals import heed_signals

POSTS = [Post(id=number, prompt=str(number)) for number in range(1, 41)]


def carry_all(
    carry: Callable[[Post], Post | Way[Post]],
    threads: int,
    posts: list[Post] = POSTS,
    **settings: object,
) -> list[Outcome]:
    """Carry posts side by side; what cannot go on stays as it is."""

    def put_down(post: Post, error: PromptpressError) -> Post:
        return post

    with use_services(Services(Settings(_env_file=None, **settings))):  # type: ignore[arg-type]  # by name
        return asyncio.run(side_by_side(POSTS, carry, put_down, threads))


def test_results_come_in_order() -> None:
    """Whoever is done first, each result stands where its item stood."""

    def slow_first(number: int) -> int:
        time.sleep(0.05 if number == 0 else 0)
        return number * 2

    assert asyncio.run(in_threads(slow_first, range(10), 4)) == [2 * n for n in range(10)]
    assert asyncio.run(in_threads(slow_first, [], 4)) == []


def test_posts_that_wait_hold_no_thread() -> None:
    """Forty posts that each wait a second are done by two threads in little more than one."""
    threads = set()

    def carry(post: Post) -> Way[Post]:
        threads.add(threading.current_thread().name)
        for _ in range(5):
            yield 0.2
        return post

    began = time.monotonic()
    outcomes = carry_all(carry, 2, generator_concurrency={"sketch": 40})

    assert [outcome.post for outcome in outcomes] == POSTS
    assert len(threads) <= 2
    assert time.monotonic() - began < 8  # one after another they would wait forty seconds


def test_no_more_posts_are_begun_than_may_be_in_hand() -> None:
    """A post is begun when another is at its end."""
    there, most, lock = 0, 0, threading.Lock()

    def carry(post: Post) -> Way[Post]:
        nonlocal there, most
        with lock:
            there += 1
            most = max(most, there)
        yield 0.01
        with lock:
            there -= 1
        return post

    carry_all(carry, 3)
    assert most == 3


def test_one_error_stops_nobody_else() -> None:
    """Neither one of ours nor one that nobody thought of, before or after a wait."""

    def carry(post: Post) -> Way[Post]:
        if post.id == 2:
            raise PermanentError("refused")
        yield 0.0
        if post.id == 3:
            raise ZeroDivisionError
        return post

    outcomes = carry_all(carry, 2)
    errors = {o.post.id: str(o.error) for o in outcomes if o.error}
    assert errors == {
        2: "refused",
        3: "unexpected ZeroDivisionError: the log of the run tells more",
    }


def test_after_an_error_of_the_set_up_no_post_begins() -> None:
    """Those in hand go on to their end; the others are handed back unbegun."""
    begun = []

    def carry(post: Post) -> Way[Post]:
        begun.append(post.id)
        yield 0.01
        if post.id == 1:
            raise SetupError("no key")
        return post

    outcomes = carry_all(carry, 2)
    assert len(begun) < 10
    assert sum(isinstance(o.error, SetupError) for o in outcomes) == len(POSTS) - len(begun) + 1


def test_a_plain_function_will_do() -> None:
    """A way without any wait need not be written as one."""
    assert [o.post for o in carry_all(lambda post: post, 2)] == POSTS


def test_an_interrupt_ends_all_threads() -> None:
    """No thread waits for ways that nobody will go on with."""

    def carry(post: Post) -> Way[Post]:
        if post.id == 1:
            raise KeyboardInterrupt
        yield 600.0
        return post

    with pytest.raises(KeyboardInterrupt):
        carry_all(carry, 4)
    assert not [t for t in threading.enumerate() if t.name.startswith("post")]


@pytest.mark.usefixtures("own_signals")
def test_asked_to_stop_every_way_ends_where_it_stands() -> None:
    """Those that wait end at once, those at a step with the next; none begins."""
    begun: list[int] = []
    ended: list[int] = []

    def carry(post: Post) -> Way[Post]:
        begun.append(post.id)
        if len(begun) == 5:
            stop.ask()
        try:
            yield 600.0
        finally:
            ended.append(post.id)
        return post

    with heed_signals(600, 600, 1) as stop:
        outcomes = carry_all(carry, 2, generator_concurrency={"sketch": 5})

    assert sorted(begun) == sorted(ended) == [1, 2, 3, 4, 5]
    assert [outcome.post for outcome in outcomes] == POSTS
    assert all(isinstance(outcome.error, Interrupted) for outcome in outcomes)


def test_a_cancelled_run_puts_down_what_it_has() -> None:
    """Prefect cancels a run that lost its place: its posts do not wait for their leases."""
    put_down: list[int] = []

    def carry(post: Post) -> Way[Post]:
        yield 600.0
        return post

    def put(post: Post, error: PromptpressError) -> Post:
        put_down.append(post.id)
        return post

    async def cancelled() -> None:
        task = asyncio.create_task(side_by_side(POSTS, carry, put, 4))
        await asyncio.sleep(0.2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with use_services(Services(Settings(_env_file=None))):
        asyncio.run(cancelled())
    assert sorted(put_down) == [post.id for post in POSTS]
