"""The command line without a queue: usage, help, and a quick start."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from cyclopts import App

from promptpress.cli import main
from promptpress.cli.app import app

ROOT = Path(__file__).parents[2]
COMMANDS = (
    *(
        "add",
        "import",
        "schedule",
        "slots",
        "list",
        "show",
        "statistics",
        "review",
        "approve",
        "reject",
        "edit",
        "retry",
        "hold",
        "release",
        "delete",
        "resolve",
        "check",
        "backup",
        "restored",
        "migrate",
        "site",
    ),
)
SITE_COMMANDS = ("rebuild", "update", "remove")
SLOW_IMPORTS = {"prefect", "alembic", "sqlalchemy", "huggingface_hub", "requests", "PIL", "apprise"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("bogus", 'Unknown command "bogus"'),
        ("add", "PROMPT requires an argument"),
        ("add a fox", "Unused Tokens"),
        ("add fox --colour red", "colour"),
        ("import", "FILES requires an argument"),
        ("import --onec ideas.csv", "Unknown option: --onec"),
        ("hold", "IDS requires an argument"),
        ("hold one", 'unable to convert "one"'),
        ("retry", "name either ids or --all-failed"),
        ("retry 1 --all-failed", "name either ids or --all-failed"),
        ("approve", "name either ids or --all"),
        ("approve 1 --all", "name either ids or --all"),
        ("reject --reason no", "IDS requires an argument"),
        ("edit 1", "name what shall change"),
        ("release", "name either ids or --all-restored"),
        ("release 1 --all-restored", "name either ids or --all-restored"),
        ("backup", "FILE requires an argument"),
        ("restored", "--from"),
        ("list --state lost", 'Choose from: "queued"'),
        ("list --limit 0", "Must be >= 1"),
        ("resolve 1 --channel telegram", "--sent"),
        ("resolve 1 --channel telegram --sent --not-sent", "multiple times"),
        ("resolve 1 --channel telegram --not-sent --url https://t.me/1", "--url goes with --sent"),
        ("resolve 1 --channel telegram --sent --url javascript:x", "begins with https://"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(
    capsys: pytest.CaptureFixture[str], arguments: str, said: str
) -> None:
    """What was not understood is said on the standard error, and nothing is done."""
    assert main(arguments.split()) == 2

    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert err.startswith("promptpress: ")
    assert err.count("\n") == 1


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_help_lists_every_command_in_plain_text() -> None:
    """`--help` ends well, names all commands in their order, and has no colour codes in a pipe."""
    done = _run("-m", "promptpress", "--help")

    assert (done.returncode, done.stderr) == (0, "")
    assert tuple(re.findall(r"^│ ([a-z]+) ", done.stdout, re.MULTILINE)) == COMMANDS
    assert "\x1b" not in done.stdout


def test_help_imports_nothing_that_is_slow() -> None:
    """The start stays quick: no engine, database or service library is loaded for help."""
    code = (
        "import sys; from promptpress.cli import main; main(['--help']); "
        "print('LOADED', *sys.modules, file=sys.stderr)"
    )

    loaded = {name.split(".")[0] for name in _run("-c", code).stderr.split()}

    assert "LOADED" in loaded
    assert set() == loaded & SLOW_IMPORTS


def test_the_page_of_commands_names_every_command_and_option() -> None:
    """docs/commands.md has a section for each command, and each option in it."""
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    parts = re.split(r"^## ", page, flags=re.MULTILINE)
    sections = {part.split(maxsplit=1)[0].strip("`"): part for part in parts}
    for name in COMMANDS:
        wanted = {option for one in _commands(name) for option in _options(one)}

        assert set() == {word for word in wanted if word not in sections[name]}


def _commands(name: str) -> list[App]:
    """Return a command, or those that it is made of."""
    command = app[name]
    return [command] if command.default_command else [command[n] for n in SITE_COMMANDS]


def _options(command: App) -> set[str]:
    """Return the options of a command, and its name if it is a part of one."""
    arguments = command.assemble_argument_collection(default_parameter=app.default_parameter)
    options = {option for argument in arguments for option in argument.names}
    parts = {name for name in command.name if name in SITE_COMMANDS}
    return parts | {option for option in options if option.startswith("--")}
