"""Tokens in a file: durable, whole, alone, and for nobody else's eyes."""

import json
import os
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from promptpress.adapters.tokens import FileTokens
from promptpress.errors import SetupError
from promptpress.ports import Token
from tests.adapters.sending import TOKEN as CANARY
from tests.adapters.sending import leaks

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 21, 9, 0, 0, 123456, tzinfo=UTC)
ONE = Token("one", NOW + timedelta(days=60), NOW)
TWO = Token("two", None, NOW.astimezone(timezone(timedelta(hours=5, minutes=45))))
SECRET = Token(CANARY, None, NOW)


def _refusal(tokens: FileTokens, token: Token | None = None) -> SetupError:
    """Return the error of a get, or of a put; no frame of it is one of a test's."""
    try:
        if token is None:
            tokens.get("one")
        else:
            tokens.put("one", token)
    except SetupError as error:
        return error
    raise AssertionError("nothing was refused")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "tokens.json"


def test_a_token_comes_back_as_it_was(path: Path) -> None:
    """Value, end and beginning, to the microsecond and in any zone; each under its name."""
    FileTokens(path).put("one", ONE)
    FileTokens(path).put("two", TWO)

    assert FileTokens(path).get("one") == ONE
    assert FileTokens(path).get("two") == TWO
    assert FileTokens(path).get("three") is None


def test_without_a_file_there_is_no_token(path: Path) -> None:
    """Reading makes neither file nor folder."""
    assert FileTokens(path).get("one") is None
    assert not path.parent.exists()


def test_the_last_put_counts(path: Path) -> None:
    """A token takes the place of the one before."""
    tokens = FileTokens(path)
    tokens.put("one", ONE)
    tokens.put("one", TWO)

    assert tokens.get("one") == TWO


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_nobody_else_can_read_it(path: Path, umask: int) -> None:
    """The file has mode 600 whatever the umask, also after it was replaced; so have the locks."""
    before = os.umask(umask)
    try:
        FileTokens(path).put("one", ONE)
        FileTokens(path).put("one", TWO)
        with FileTokens(path).lock("one"):
            modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    finally:
        os.umask(before)

    names = {"tokens.json", ".tokens.json.lock", ".tokens.json.one.lock"}
    assert modes == dict.fromkeys(names, 0o600)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610, 0o644])
def test_a_file_that_others_can_use_is_refused(path: Path, mode: int) -> None:
    """The error says what to run; nothing is read, written or mended in silence."""
    tokens = FileTokens(path)
    tokens.put("one", SECRET)
    path.chmod(mode)
    before = path.read_bytes()

    for error in (_refusal(tokens), _refusal(tokens, SECRET)):
        assert f"chmod 600 {path}" in str(error)
        assert leaks(error, "") == []
    assert path.read_bytes() == before
    path.chmod(0o600)
    assert tokens.get("one") == SECRET


WHOLE = {"value": CANARY, "expires_at": None, "issued_at": NOW.isoformat()}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b'{"one": {"value": "' + CANARY.encode(),
        b"[" * 100_000,
        json.dumps([CANARY]).encode(),
        json.dumps({"one": CANARY}).encode(),
        json.dumps({"one": [CANARY]}).encode(),
        json.dumps({"one": {"value": CANARY}}).encode(),
        json.dumps({"one": {**WHOLE, "value": 7}}).encode(),
        json.dumps({"one": {**WHOLE, "issued_at": "yesterday"}}).encode(),
        json.dumps({"one": {**WHOLE, "issued_at": "2026-11-21T09:00:00"}}).encode(),
        json.dumps({"one": {**WHOLE, "expires_at": 7}}).encode(),
    ],
)
def test_a_file_that_is_not_ours_is_named(path: Path, content: bytes) -> None:
    """It is left alone, and no error quotes it."""
    path.parent.mkdir()
    path.write_bytes(content)
    path.chmod(0o600)

    error = _refusal(FileTokens(path))

    assert "move it away" in str(error)
    assert leaks(error, "") == []
    assert path.read_bytes() == content


def test_the_system_s_refusal_is_told(path: Path) -> None:
    """A folder where the file should be is a mistake in the set-up."""
    path.mkdir(parents=True)
    path.chmod(0o700)

    error = _refusal(FileTokens(path), SECRET)

    assert "DATA_DIR" in str(error)
    assert leaks(error, "") == []


def test_a_full_disk_changes_nothing(path: Path) -> None:
    """What cannot be written whole does not take the old one's place; no traceback shows it."""
    FileTokens(path).put("one", ONE)
    script = f"""
import resource, signal, sys
from datetime import datetime, UTC
from pathlib import Path
from promptpress.adapters.tokens import FileTokens
from promptpress.ports import Token
from promptpress.errors import SetupError
from tests.adapters.sending import TOKEN, leaks
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
def put(token):
    try:
        FileTokens(Path({str(path)!r})).put("one", token)
    except SetupError as error:
        assert leaks(error, "") == []
        sys.exit(7)
put(Token(TOKEN * 9, None, datetime.now(UTC)))
"""

    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False).returncode == 7
    assert FileTokens(path).get("one") == ONE
    FileTokens(path).put("one", TWO)
    assert FileTokens(path).get("one") == TWO


def test_a_link_to_the_file_stays_one(path: Path, tmp_path: Path) -> None:
    """What it names is replaced."""
    link = tmp_path / "link.json"
    FileTokens(path).put("one", ONE)
    link.symlink_to(path)

    FileTokens(link).put("one", TWO)

    assert link.is_symlink()
    assert FileTokens(path).get("one") == TWO


def test_a_token_hides_its_value() -> None:
    """Neither repr nor str shows it."""
    assert CANARY not in f"{SECRET!r} {SECRET}"
