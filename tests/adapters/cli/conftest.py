"""A command line over services in an empty folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from promptpress import wiring
from promptpress.cli import main
from promptpress.settings import Settings
from tests.adapters.cli.bench import Cli, Hooked, Result


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Leave the test alone in an empty folder without any setting."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def services(tmp_path: Path, nothing_set: None) -> Iterator[Hooked]:
    made = Hooked(Settings(data_dir=tmp_path / "data"))
    with wiring.use_services(made):
        yield made


@pytest.fixture
def cli(services: Hooked, capsys: pytest.CaptureFixture[str]) -> Cli:
    def run(*arguments: str) -> Result:
        capsys.readouterr()
        code = main(arguments)
        return Result(code, *capsys.readouterr())

    return run
