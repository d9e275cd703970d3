"""Kill daily-post somewhere, run it again until it settles, and count what came of it."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import create_engine, text

from flows.daily_post import daily_post
from flows.recover import recover
from promptpress.model import Order, Post, PostState, PublicationState
from promptpress.settings import Settings
from promptpress.wiring import Services, use_services
from tests.fakes.huggingface import HuggingFace
from tests.fakes.server import Journal
from tests.fakes.telegram import Telegram
from tests.flows.conftest import run

PROMPTS = ("a fox in snow", "a lake at dusk", "a tower of books")
TRACED = "write,pwrite64,fsync,fdatasync,sendto,sendmsg,rename,unlink,connect"
"""System calls with an effect that somebody else could see: the points at which a kill matters."""
ENDS = (PostState.PUBLISHED, PostState.IN_DOUBT, PostState.FAILED)
ROUNDS = 6
"""Runs at the most until everything must be settled."""
STRACE = shutil.which("strace")


@dataclass(frozen=True)
class Scene:
    """Three posts in a queue, and stand-ins to take them to."""

    services: Services
    environment: dict[str, str]
    journal: Journal
    channel: Telegram
    project: Path
    """Where the program is started: the tree, without a developer's `.env`."""

    def posts(self) -> list[Post]:
        return self.services.queue.find()


@contextmanager
def scene(folder: Path, project: Path, prefect_url: str, queue_url: str = "") -> Iterator[Scene]:
    """Set a scene in a folder of its own."""
    journal = Journal()
    with HuggingFace(journal=journal) as generator, Telegram(journal=journal) as channel:
        ours = {
            **generator.environment(),
            **channel.environment(),
            "DATA_DIR": str(folder / "data"),
            "QUEUE_URL": queue_url or f"sqlite:///{folder}/data/promptpress.db",
            "GENERATORS": "huggingface",
            "CHANNELS": "telegram,site",
            "CONCURRENCY": "2",
            "DEFAULT_IMAGE_WIDTH": "128",
            "DEFAULT_IMAGE_HEIGHT": "128",
        }
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "PREFECT_API_URL": prefect_url,
            "PREFECT_HOME": str(folder / "prefect"),
            "PREFECT_LOGGING_LEVEL": "ERROR",
            "DO_NOT_TRACK": "1",
            **ours,
        }
        values = {name.lower(): value for name, value in ours.items()}
        services = Services(Settings(_env_file=None, **values))  # type: ignore[arg-type]  # pydantic reads them from text
        services.queue.add([Order(prompt=prompt) for prompt in PROMPTS], "test")
        yield Scene(services, environment, journal, channel, project)


def _command() -> list[str]:
    return [sys.executable, "-m", "flows.daily_post", "--limit", "3"]


def _run(command: list[str], one: Scene) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        command, check=False, cwd=one.project, env=one.environment, capture_output=True, timeout=240
    )


def count_calls(one: Scene, folder: Path) -> int:
    """Run daily-post whole; return how often a thread makes the same traced call, at the most.

    That is how strace counts when it injects: each call of each thread for itself.
    """
    assert STRACE
    trace = folder / "trace"
    wrapped = [STRACE, "-f", "--seccomp-bpf", "-qq", "-e", f"trace={TRACED}", "-o", str(trace)]
    done = _run([*wrapped, *_command()], one)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    calls = re.findall(r"^(\d+) +(\w+)\(", trace.read_text(errors="replace"), re.MULTILINE)
    return max(Counter(calls).values())


def kill_at_call(one: Scene, number: int) -> bool:
    """Kill daily-post when a thread makes a traced call the n-th time; return if it died."""
    assert STRACE
    inject = f"inject={TRACED}:signal=SIGKILL:when={number}"
    # Not with --seccomp-bpf: it is quicker, and injects nothing.
    wrapped = [STRACE, "-f", "-qq", "-e", f"trace={TRACED}", "-e", inject]
    command = [*wrapped, "-o", os.devnull, *_command()]
    return _run(command, one).returncode in (-signal.SIGKILL, 128 + signal.SIGKILL)


def kill_after(one: Scene, seconds: float) -> bool:
    """Run daily-post; kill it after some time; return whether it was still running."""
    end = time.monotonic() + seconds
    return kill_when(one, lambda: time.monotonic() > end)


def kill_when(one: Scene, holds: Callable[[], bool]) -> bool:
    """Run daily-post; kill it as soon as something holds; return whether it was still running."""
    process = subprocess.Popen(
        _command(), cwd=one.project, env=one.environment, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    while process.poll() is None:
        if holds():
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return True
        time.sleep(0.01)
    return False


def time_whole_run(one: Scene) -> float:
    """Run daily-post whole; return the seconds it takes."""
    begun = time.monotonic()
    _run(_command(), one)
    return time.monotonic() - begun


def _open_generations(posts: Iterable[Post]) -> int:
    return sum(bool(post.generating_by) and not post.job for post in posts)


def _open_sends(posts: Iterable[Post], channel: str) -> int:
    return sum(
        p.channel == channel and p.state is PublicationState.SENDING
        for post in posts
        for p in post.publications
    )


def where_killed(posts: list[Post]) -> str:
    """Say in which window the run died, from what it left in the queue."""
    if _open_sends(posts, "telegram"):
        return "inside a Telegram send"
    if _open_sends(posts, "site"):
        return "inside a write of the site"
    if _open_generations(posts):
        return "inside a generation"
    states = {post.state for post in posts}
    if states <= set(ENDS):
        return "after the last receipt"
    if states == {PostState.QUEUED}:
        return "before the first step"
    return "between two steps"


@dataclass(frozen=True)
class Verdict:
    """What a kill did in the end."""

    window: str
    lost: int
    second_sends: int
    second_generations: int
    allowed_generations: int
    """One per post whose generation the kill met."""
    in_doubt: int
    allowed_in_doubt: int
    """One per post whose Telegram send the kill met."""
    rounds: int
    died: bool
    """False when the run ended before the moment of the kill came."""

    def holds(self) -> bool:
        """Tell whether the promise was kept."""
        return (
            self.lost == 0
            and self.second_sends == 0
            and self.second_generations <= self.allowed_generations
            and self.in_doubt <= self.allowed_in_doubt
        )


def age_leases(queue_url: str) -> None:
    """Make every lease and rest a thing of the past, as the time would."""
    engine = create_engine(queue_url)
    with engine.begin() as connection:
        past = datetime(2000, 1, 1, tzinfo=UTC).strftime("%Y-%m-%d %H:%M:%S")
        aged = text("UPDATE posts SET lease_until = :past WHERE lease_until IS NOT NULL")
        connection.execute(aged, {"past": past})
        connection.execute(text("UPDATE publications SET rests_until = NULL"))
    engine.dispose()


def settle(one: Scene) -> int:
    """Run recover and daily-post until nothing is left to do; return how many rounds it took."""
    with use_services(one.services):
        for number in range(1, ROUNDS + 1):
            age_leases(one.services.settings.queue)
            run(recover)
            run(daily_post, limit=10)
            if all(post.state in ENDS for post in one.posts()):
                return number
    return ROUNDS


def _seconds(values: list[str]) -> int:
    return sum(count - 1 for count in Counter(values).values())


def judge(one: Scene, *, died: bool) -> Verdict:
    """Look at what the kill left, settle it, and count."""
    left = one.posts()
    rounds = settle(one)
    posts = one.posts()
    published = [post for post in posts if post.state is PostState.PUBLISHED]
    doubtful = [post for post in posts if post.state is PostState.IN_DOUBT]
    pages = one.services.settings.data_dir / "site" / "index.html"
    cards = pages.read_text(encoding="utf-8") if pages.exists() else ""
    missing = [post for post in posts if post.prompt not in cards]
    return Verdict(
        window=where_killed(left) if died else "not at all: the run ended before",
        lost=len(PROMPTS) - len(published) - len(doubtful) + len(missing),
        second_sends=_seconds(one.journal.accepted("send")),
        second_generations=_seconds(one.journal.accepted("generate")),
        allowed_generations=_open_generations(left),
        in_doubt=len(doubtful),
        allowed_in_doubt=_open_sends(left, "telegram"),
        rounds=rounds,
        died=died,
    )


def print_table(verdicts: list[Verdict]) -> str:
    """Return a Markdown table: a row per window, and a last one with the sums."""
    head = (
        "| killed | kills | posts lost | second sends | second generations (allowed) "
        "| in doubt (allowed) | rounds to settle, at most |\n"
        "| --- | --: | --: | --: | --: | --: | --: |"
    )
    rows = [head]
    windows = sorted({verdict.window for verdict in verdicts})
    for name in [*windows, "all"]:
        mine = [v for v in verdicts if name in (v.window, "all")]
        cells = (
            f"{len(mine)}",
            f"{sum(v.lost for v in mine)}",
            f"{sum(v.second_sends for v in mine)}",
            f"{sum(v.second_generations for v in mine)} "
            f"({sum(v.allowed_generations for v in mine)})",
            f"{sum(v.in_doubt for v in mine)} ({sum(v.allowed_in_doubt for v in mine)})",
            f"{max(v.rounds for v in mine)}",
        )
        rows.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(rows)
