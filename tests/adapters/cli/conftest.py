"""A command line over services in an empty folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from promptpress import wiring
from promptpress.cli import main
from promptpress.settings import Settings
from tests.adapters.cli.bench import Cli, Hooked, Result


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Hooked]:
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
