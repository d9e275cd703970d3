"""migrate: from which revision to which, and nothing where nothing is to be done."""

from pathlib import Path

import pytest

from promptpress import wiring
from promptpress.adapters.sql.migrate import REVISIONS
from promptpress.errors import SetupError
from promptpress.settings import Settings
from tests.adapters.cli.bench import Cli, Hooked

NEWEST = REVISIONS[-1]


def test_migrate_says_from_what_to_what(cli: Cli) -> None:
    """A new queue is looked at without a change, then made; after that all is up to date."""
    told = [cli("migrate", *options) for options in (("--check",), (), (), ("--check",))]

    assert [(one.code, one.lines, one.err) for one in told] == [
        (1, [f"queue: empty → {NEWEST} is to be done"], ""),
        (0, [f"queue: empty → {NEWEST}"], ""),
        (0, [f"queue: {NEWEST}, up to date"], ""),
        (0, [f"queue: {NEWEST}, up to date"], ""),
    ]


def test_migrate_brings_other_audit_logs_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each database of AUDIT_URL has a line of its own."""
    from promptpress.cli import main

    url = f"sqlite:///{tmp_path}/audit.db"
    with wiring.use_services(Hooked(Settings(data_dir=tmp_path / "data", audit_url=(url,)))):
        code = main(["migrate"])

    told = capsys.readouterr().out.splitlines()
    assert (code, told) == (0, [f"queue: empty → {NEWEST}", f"audit: empty → {NEWEST}"])


def test_a_queue_that_nobody_migrated_is_refused_where_that_is_a_person_s(tmp_path: Path) -> None:
    """With MIGRATIONS=by-hand the first use says what to run, and works once it was run."""
    services = Hooked(Settings(data_dir=tmp_path / "data", migrations="by-hand"))

    with pytest.raises(SetupError, match=r"has no tables yet.*python -m promptpress migrate"):
        services.queue.check()
    with wiring.use_services(services):
        from promptpress.cli import main

        assert main(["migrate"]) == 0
    services.queue.check()
