"""python -m deployments.preflight: what is not as it must be has a line, and what to do."""

from collections import namedtuple
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from deployments.preflight.line import Grade, clock_line
from deployments.preflight.machine import look_at_disk, look_at_packages
from deployments.preflight.services import look_at_services
from promptpress.adapters.sql import SqlQueue
from promptpress.adapters.sql.standing import look
from promptpress.settings import Settings
from promptpress.wiring import Services
from tests.architecture.tree import ROOT
from tests.databases import DATABASES, fresh_database


def _settings(folder: Path, **more: Any) -> Settings:
    return Settings(_env_file=None, data_dir=folder / "data", **more)


def test_this_installation_is_in_its_ranges() -> None:
    """What the tests run on is what requirements.txt asks for."""
    assert [one.grade for one in look_at_packages(ROOT / "requirements.txt")] == [Grade.GOOD]


def test_packages_that_prefect_does_not_start_with_are_named(tmp_path: Path) -> None:
    """A version out of its range and a missing package have a line each, with the command."""
    file = tmp_path / "requirements.txt"
    file.write_text("-c constraints.txt\n# why\nfastapi<0.1  # trap\nno-such-package>=1 # x\n")
    lines = [str(one) for one in look_at_packages(file)]

    assert len(lines) == 2
    assert all(line.startswith("FAIL  packages: ") for line in lines)
    assert "fastapi is " in lines[0]
    assert "and <0.1 is needed: pip install -r" in lines[0]
    assert "no-such-package is not installed" in lines[1]


@pytest.mark.parametrize(
    ("free", "grade"), [(10**8, Grade.BAD), (10**9, Grade.WARNING), (10**10, Grade.GOOD)]
)
def test_a_disk_that_fills_up_is_told_in_time(
    free: int, grade: Grade, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Little room is a warning, almost none is in the way; the folder need not be there yet."""
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage(10**11, 0, free))

    assert look_at_disk(tmp_path / "not" / "there").grade is grade


@pytest.mark.parametrize(
    ("ahead", "grade", "words"),
    [
        (0.4, Grade.GOOD, "as here"),
        (-4.9, Grade.GOOD, "5 s apart"),
        (8.0, Grade.WARNING, "8 s ahead of"),
        (-3600.0, Grade.WARNING, "3600 s behind"),
    ],
)
def test_clocks_that_are_apart_are_told_with_how_much(
    ahead: float, grade: Grade, words: str
) -> None:
    """Five seconds are nothing; more is told, with the side."""
    line = clock_line("clock", ahead)

    assert (line.grade, words in line.said) == (grade, True)


@pytest.mark.parametrize("kind", DATABASES)
def test_a_database_is_looked_at_and_not_touched(kind: str, tmp_path: Path) -> None:
    """An empty one stays empty; a used one tells its revision; its clock is compared with ours."""
    with fresh_database(kind, tmp_path) as url:
        empty = look(url, lambda: datetime.now(UTC))
        assert (empty.revision, look(url, lambda: datetime.now(UTC)).revision) == ("", "")

        queue = SqlQueue(
            url, lease=timedelta(minutes=5), clock=lambda: datetime.now(UTC), new_id=lambda: "x"
        )
        queue.check()
        queue.close()
        used = look(url, lambda: datetime.now(UTC) - timedelta(minutes=5))

    assert used.revision == used.needed
    assert not used.is_newer
    if kind == "sqlite":
        assert used.ahead == 0
    else:
        assert 290 < used.ahead < 310


@pytest.mark.parametrize(
    ("revision", "words"),
    [("0001", "python -m promptpress migrate"), ("9999", "update this one")],
)
def test_a_queue_of_another_version_is_named_and_left_alone(
    revision: str, words: str, tmp_path: Path
) -> None:
    """An older one is for a person to migrate, a newer one for this installation to follow."""
    from sqlalchemy import create_engine, text

    settings = _settings(tmp_path)
    Services(settings).queue.check()
    engine = create_engine(settings.queue)
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE alembic_version SET version_num = '{revision}'"))
    lines = [str(line) for line in look_at_services(settings)]
    with engine.connect() as connection:
        after = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    engine.dispose()

    (told,) = [line for line in lines if "queue:" in line]
    assert told.startswith(f"FAIL  queue: at revision {revision}")
    assert words in told
    assert after == revision


def test_all_that_is_missing_has_a_line(tmp_path: Path) -> None:
    """A worker without secrets hears of each of them."""
    lines = list(look_at_services(_settings(tmp_path, channels="telegram")))

    assert [line.grade for line in lines] == [Grade.BAD, Grade.BAD]
    assert lines[0].said.startswith("TELEGRAM_TOKEN is missing")
    assert lines[1].said.startswith("TELEGRAM_CHAT_ID is missing")
