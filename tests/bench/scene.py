"""Stand-ins, a Prefect server and a queue, each a process of its own, for a benchmark."""

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import IO

from promptpress.adapters.sql import SqlQueue
from promptpress.model import Order
from promptpress.settings import Settings
from promptpress.wiring import makers
from tests import programs

ROOT = Path(__file__).parents[2]
MODEL = str(Settings.model_fields["hf_model"].default)


@dataclass(frozen=True)
class Took:
    """What a process took."""

    whole: float
    """Seconds from its start to its end."""
    work: float
    """Seconds of the work it timed itself; 0 where it timed none."""
    peak: float
    """Peak memory in MiB; 0 where it told none."""


def _read_environment(lines: IO[str]) -> dict[str, str]:
    environment: dict[str, str] = {}
    for line in lines:
        if line.startswith("#"):
            break
        name, _, value = line.removeprefix("export ").strip().partition("=")
        environment[name] = value
    return environment


@contextmanager
def stand_ins(*options: str) -> Iterator[dict[str, str]]:
    """Run the stand-ins; give the environment to use them."""
    command = [sys.executable, "-m", "tests.fakes", "--quiet", *options]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        environment = _read_environment(process.stdout)
        url = environment["HUGGINGFACE_API_URL"]
        yield {**environment, "BOT_MODEL_URL": f"{url}/hf-inference/models/{MODEL}"}
    finally:
        process.terminate()
        process.wait()


@contextmanager
def prefect_server(folder: Path, more: Mapping[str, str] = MappingProxyType({})) -> Iterator[str]:
    """Run a Prefect server, with more variables than ours; give the address of its API."""
    environment = {**os.environ, **more}
    with programs.prefect_server(folder / "server", environment, ROOT, "--no-ui") as url:
        yield url


def queue(folder: Path) -> SqlQueue:
    """Return the queue of a data folder."""
    url = f"sqlite:///{folder}/data/promptpress.db"
    lease = timedelta(seconds=300)
    return SqlQueue(url, lease=lease, clock=makers.now, new_id=makers.new_id)


def fill(folder: Path, posts: int) -> None:
    """Queue posts, and rows for the plain bot."""
    folder.mkdir(parents=True, exist_ok=True)
    queue(folder).add([Order(prompt=f"prompt {number}") for number in range(posts)], "bench")
    with sqlite3.connect(folder / "bot.db") as connection:
        connection.execute("CREATE TABLE prompts (id INTEGER PRIMARY KEY, prompt TEXT)")
        connection.execute("CREATE TABLE done (prompt TEXT, status TEXT)")
        rows = [(f"prompt {number}",) for number in range(posts)]
        connection.executemany("INSERT INTO prompts (prompt) VALUES (?)", rows)


def time_process(arguments: list[str], folder: Path, environment: dict[str, str]) -> Took:
    """Run a Python module in a process of its own; return what it took."""
    inherited = {name: value for name, value in os.environ.items() if name != "PREFECT_API_URL"}
    full = {
        **inherited,
        "PREFECT_HOME": str(folder / "prefect"),
        "PREFECT_LOGGING_LEVEL": "ERROR",
        "DO_NOT_TRACK": "1",
        "DATA_DIR": str(folder / "data"),
        "BOT_DB": str(folder / "bot.db"),
        **environment,
    }
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        check=False,
        cwd=ROOT,
        env=full,
        capture_output=True,
        text=True,
    )
    whole = time.perf_counter() - begun
    if done.returncode:
        sys.exit(f"{arguments} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    told = [line.split() for line in done.stdout.splitlines() if line.startswith("took ")]
    work, peak = (float(told[-1][1]), float(told[-1][2])) if told else (0.0, 0.0)
    return Took(whole, work, peak)
