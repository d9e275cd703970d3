"""check: a line per service."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from promptpress import wiring
from promptpress.cli import main
from promptpress.errors import BadCredentials, PromptpressError, TransientError
from promptpress.ports import Service
from promptpress.settings import Settings
from tests.adapters.cli.bench import Cli, Hooked


@dataclass
class Answering:
    """A service that answers a check as told."""

    name: str
    error: PromptpressError | None = None

    def check(self) -> None:
        if self.error:
            raise self.error


class Checked(Hooked):
    """Services of which some do not work."""

    answers: tuple[Answering, ...] = ()

    def everything(self) -> list[Service]:
        return [*self.answers]


def test_check_says_works_refused_or_offline(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line per service in the order of the way; exit code 1 unless all work."""
    services = Checked(Settings(data_dir=tmp_path))
    services.answers = (
        Answering("queue"),
        Answering("huggingface", BadCredentials("the token is refused: renew HF_TOKEN")),
        Answering("telegram", TransientError("no answer: try again later")),
    )

    with wiring.use_services(services):
        code = main(["check"])

    assert (code, capsys.readouterr().out.splitlines()) == (
        1,
        [
            "queue: works",
            "huggingface: refused: the token is refused: renew HF_TOKEN",
            "telegram: offline: no answer: try again later",
        ],
    )


def test_check_of_the_embedded_set_up_works(cli: Cli) -> None:
    """Without any setting every service works."""
    result = cli("check")

    assert (result.code, result.err) == (0, "")
    assert {line.partition(": ")[2] for line in result.lines} == {"works"}
