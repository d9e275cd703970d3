"""The command line as a process of its own: durable, and honest about failures."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.adapters.cli.bench import Result

ROOT = Path(__file__).parents[3]


def process(*arguments: str, **environment: str) -> Result:
    """Run the command line in the current folder, with these settings."""
    done = subprocess.run(
        [sys.executable, "-m", "promptpress", *arguments],
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        capture_output=True,
        timeout=60,
        check=False,
    )
    return Result(done.returncode, done.stdout.decode(), done.stderr.decode())


def test_a_process_adds_and_the_next_one_lists() -> None:
    """What one process queued the next one finds, in a database that made itself."""
    added = process("add", "a fox 🦊")

    assert (added.code, added.out, added.err) == (0, "1\n", "")
    assert "a fox 🦊" in process("list").out
    assert Path("data/promptpress.db").exists()


def test_a_poor_terminal_shows_what_it_can() -> None:
    """A character that the output cannot hold is written out instead of ending the command."""
    process("add", "a fox 🦊")

    result = process("list", PYTHONIOENCODING="ascii")

    assert (result.code, result.err) == (0, "")
    assert "a fox \\U0001f98a" in result.out


def test_a_database_that_is_down_is_a_clear_error() -> None:
    """One line, exit code 1, and neither the password nor a traceback."""
    url = "postgresql+psycopg://poster:s3cr3t-canary@127.0.0.1:1/posts"

    result = process("add", "a fox", QUEUE_URL=url)

    assert (result.code, result.out) == (1, "")
    assert result.err.startswith("promptpress: ")
    assert result.err.count("\n") == 1
    assert "s3cr3t-canary" not in result.err


def test_missing_and_unknown_settings_are_told_at_once() -> None:
    """A secret at its example value is missing; unknown names list the valid ones."""
    result = process(
        "list", GENERATORS="huggingface,dalle", CHANNELS="telegram,myspace", HF_TOKEN="change-me"
    )

    assert (result.code, result.out, result.err.count("\n")) == (1, "", 1)
    for part in (
        "HF_TOKEN is missing",
        "TELEGRAM_TOKEN is missing",
        "TELEGRAM_CHAT_ID is missing",
        "'dalle'; valid: huggingface",
        "'myspace'; valid: instagram, site, telegram",
    ):
        assert part in result.err


def test_the_example_settings_unchanged_are_like_none() -> None:
    """A copy of .env.example that nobody filled in sets up what works without it."""
    without = process("check")
    shutil.copy(ROOT / ".env.example", ".env")

    assert process("check") == without
    assert without.code == 0


def test_a_folder_that_cannot_be_made_is_a_clear_error() -> None:
    """Data that cannot be written is one line and exit code 1."""
    Path("file").write_text("in the way", encoding="utf-8")

    result = process("add", "a fox", DATA_DIR="file/data")

    assert (result.code, result.out) == (1, "")
    assert result.err.startswith("promptpress: ")
    assert result.err.count("\n") == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
def test_a_full_disk_under_the_output_is_a_clear_error() -> None:
    """What cannot be written is told, with exit code 1."""
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            [sys.executable, "-m", "promptpress", "list"],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )

    assert done.returncode == 1
    assert b"promptpress: " in done.stderr
    assert done.stderr.count(b"\n") == 1


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    """`list | head` ends quietly."""
    Path("many.txt").write_text("fox\n" * 3_000, encoding="utf-8")
    process("import", "many.txt")
    with subprocess.Popen(
        [sys.executable, "-m", "promptpress", "list", "--json", "--limit", "3000"],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.readline()
        running.stdout.close()

        assert running.stderr.read() == b""
