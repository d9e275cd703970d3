"""The daily run on GitHub: its promises, and the very commands of its file.

What keeps and publishes its site is in test_workflow_site.py.
"""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.fakes.google import SHEET, File, Google
from tests.fakes.huggingface import HuggingFace
from tests.fakes.server import Journal
from tests.fakes.sheets import Book, Sheets
from tests.fakes.telegram import Telegram
from tests.flows.runner import ROOT, run_step
from tests.programs import provide_database

pytestmark = pytest.mark.flow

FILE = ROOT / ".github" / "workflows" / "daily_post.yml"
EXPRESSION = re.compile(r"\$\{\{ *(.+?) *\}\}")
TITLE = "Image Prompts"


@pytest.fixture
def workflow() -> dict[Any, Any]:
    """The file, read as YAML; `on` is True there, as YAML 1.1 has it."""
    found: dict[Any, Any] = yaml.safe_load(FILE.read_text("utf-8"))
    return found


@pytest.fixture
def job(workflow: dict[Any, Any]) -> dict[str, Any]:
    """Its one job."""
    ((_, found),) = workflow["jobs"].items()
    return dict(found)


@pytest.fixture
def google(journal: Journal) -> Iterator[Google]:
    """A service account."""
    with Google(journal) as running:
        yield running


@pytest.fixture
def sheets(journal: Journal, google: Google) -> Iterator[Sheets]:
    """Sheets."""
    with Sheets(journal, authorize=google.accepts, quotas=True) as running:
        yield running


def _evaluate(expression: str, given: dict[str, str]) -> str:
    """Return what GitHub makes of an expression: names, texts, && and || between them."""
    for alternative in expression.split("||"):
        values = [_value(part.strip(), given) for part in alternative.split("&&")]
        if all(values):
            return values[-1]
    return ""


def _value(word: str, given: dict[str, str]) -> str:
    return word.strip("'") if word.startswith("'") else given.get(word, "")


def _environment(job: dict[str, Any], given: dict[str, str]) -> dict[str, str]:
    def fill(text: str) -> str:
        return EXPRESSION.sub(lambda match: _evaluate(match[1], given), text)

    return {name: fill(str(value)) for name, value in job["env"].items()}


def test_it_runs_once_a_day_alone_and_ends(workflow: dict[Any, Any], job: dict[str, Any]) -> None:
    """One run at a time, none cut off, none for hours; it may write the branch of its site.

    What it installs and runs meanwhile does not see the token for that.
    """
    assert re.fullmatch(r"[1-9]\d? \d+ \* \* \*", workflow[True]["schedule"][0]["cron"])
    assert "workflow_dispatch" in workflow[True]
    assert workflow["concurrency"] == {"group": "daily-post", "cancel-in-progress": False}
    assert (workflow["permissions"], job["permissions"]) == ({}, {"contents": "write"})
    assert job["timeout-minutes"] <= 60
    checkout = next(step for step in job["steps"] if "checkout" in step.get("uses", ""))
    assert checkout["with"]["persist-credentials"] is False
    assert "github.token" not in str(job["env"])
    given = [step["name"] for step in job["steps"] if "github.token" in str(step.get("env"))]
    assert given == ["Bring the site back", "Keep the site"]


def test_it_asks_for_three_secrets(job: dict[str, Any]) -> None:
    """No other secret is named anywhere in the file."""
    named = set(re.findall(r"secrets\.(\w+)", FILE.read_text("utf-8")))

    assert named == {"GOOGLE_SERVICE_ACCOUNT", "TELEGRAM_TOKEN", "HF_TOKEN"}


def test_a_copy_without_a_sheet_does_nothing(job: dict[str, Any]) -> None:
    """A fork that nobody has set up is quiet."""
    assert job["if"] == "vars.QUEUE_URL != ''"


def test_it_uses_what_ci_uses(job: dict[str, Any]) -> None:
    """Its actions are those of ci.yml, pinned to the same commits, and the lock is cached."""
    uses = [step["uses"] for step in job["steps"] if "uses" in step]
    ci = (FILE.parent / "ci.yml").read_text("utf-8")

    assert all(re.search(r"@[0-9a-f]{40}$", action) and action in ci for action in uses)
    python = next(step for step in job["steps"] if "setup-python" in step.get("uses", ""))
    assert python["with"]["cache-dependency-path"] == "constraints.txt"


def _command(job: dict[str, Any], name: str) -> str:
    (found,) = [step["run"] for step in job["steps"] if step.get("name") == name]
    return str(found)


def _run(
    command: str, environment: dict[str, str], folder: Path, project: Path
) -> "subprocess.CompletedProcess[str]":
    """Run a step as a runner does, with Promptpress and what it writes in a folder."""
    provide_database(folder / "prefect")
    own = {"PREFECT_HOME": str(folder / "prefect"), "DATA_DIR": str(folder / "data")}
    return run_step(command, {**own, **environment}, folder, project)


def _setting_of(google: Google, keys: dict[str, str]) -> dict[str, str]:
    """Return the secrets and variables of a repository."""
    return {
        "vars.QUEUE_URL": f"gsheets://{TITLE}",
        "vars.TELEGRAM_CHAT_ID": keys["TELEGRAM_CHAT_ID"],
        "secrets.GOOGLE_SERVICE_ACCOUNT": google.key_file(),
        "secrets.TELEGRAM_TOKEN": keys["TELEGRAM_TOKEN"],
        "secrets.HF_TOKEN": keys["HF_TOKEN"],
    }


def _stand_ins(google: Google, sheets: Sheets, keys: dict[str, str]) -> dict[str, str]:
    places = ("_URL", "ENDPOINT", "PROVIDER")
    found = {name: value for name, value in keys.items() if name.endswith(places)}
    return {**found, "SHEETS_API_URL": sheets.url, "GOOGLE_DRIVE_API_URL": google.url}


def _repository(folder: Path) -> dict[str, str]:
    """Make a GitHub with one repository; return what a runner is told of it."""
    subprocess.run(["git", "init", "--quiet", "--bare", str(folder / "me" / "art")], check=True)
    author = {f"GIT_{who}_{what}": "a@b.c" for who in ("AUTHOR", "COMMITTER")
              for what in ("NAME", "EMAIL")}  # fmt: skip
    known = {"GITHUB_SERVER_URL": folder.as_uri(), "GITHUB_REPOSITORY": "me/art"}
    return {**known, **author, "GITHUB_RUN_ID": "7"}


def _pages(folder: Path) -> dict[str, bytes]:
    pages = (folder / "site").rglob("*.html")
    return {str(page.relative_to(folder)): page.read_bytes() for page in pages}


def _day(
    job: dict[str, Any], environment: dict[str, str], folder: Path, project: Path
) -> "subprocess.CompletedProcess[str]":
    """Run what the job does once all is installed; return how its run of the flow ended."""
    assert _run(_command(job, "Bring the site back"), environment, folder, project).returncode == 0
    done = _run(_command(job, "Publish what is due"), environment, folder, project)
    assert _run(_command(job, "Keep the site"), environment, folder, project).returncode == 0
    return done


def test_it_installs_what_the_lock_says(job: dict[str, Any]) -> None:
    """The step is not run by these tests, where everything is installed from the same lock."""
    assert _command(job, "Install what the lock says").endswith("-r requirements.txt")
    assert "-c constraints.txt" in (ROOT / "requirements.txt").read_text("utf-8")


def test_its_commands_publish_and_tell(
    job: dict[str, Any],
    tmp_path: Path,
    project: Path,
    google: Google,
    sheets: Sheets,
    generator: HuggingFace,
    channel: Telegram,
    journal: Journal,
) -> None:
    """With its three secrets it works the sheet off, and its summary shows where to look.

    The site goes along: the second run, on another machine, has what the first published.
    """
    rows = [["Prompt"], ["a fox | <b>bold</b> `code`"], ["a lake"]]
    done = [["Prompt", "Status", "Information", "Time"]]
    book = sheets.add(Book("w" * 44, TITLE, {"Process": rows, "Done": done}))
    google.add(File(book.id, TITLE, SHEET))
    keys = {**generator.environment(), **channel.environment()}
    given = {**_setting_of(google, keys), "vars.CHANNELS": "telegram,site"}
    environment = {**_environment(job, given), **_stand_ins(google, sheets, keys)}
    environment |= _repository(tmp_path / "github")
    other = {**environment, "DATA_DIR": str(tmp_path / "other")}

    first = _day(job, environment, tmp_path, project)
    summary = (tmp_path / "summary.md").read_text("utf-8")
    audit = book.rows("Audit")
    second = _day(job, other, tmp_path, project)

    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert len(journal.accepted("send")) == 2
    assert book.rows("Process")[1:] == []
    assert "| state | prompt | link |" in summary
    assert "<https://t.me/promptpress_stand_in/" in summary
    assert r"a fox \| &lt;b&gt;bold&lt;/b&gt; \`code\`" in summary
    assert book.rows("Audit") == audit
    assert not list(tmp_path.glob("data/media/**/*.*"))
    assert len(list(tmp_path.glob("data/site/posts/*.html"))) == 2
    assert _pages(tmp_path / "other") == _pages(tmp_path / "data")
    told = first.stdout + first.stderr + summary
    secrets = [keys["TELEGRAM_TOKEN"], keys["HF_TOKEN"], google.accounts.refresh_token]
    assert [secret for secret in secrets if secret in told] == []
    assert "PRIVATE KEY" not in told


def test_a_run_that_fails_fails_the_job(
    job: dict[str, Any], tmp_path: Path, project: Path, google: Google, sheets: Sheets
) -> None:
    """A sheet that is not shared is told on the summary page, with the address to share it with."""
    given = {
        "vars.QUEUE_URL": "gsheets://Nothing",
        "vars.TELEGRAM_CHAT_ID": "@nobody",
        "secrets.GOOGLE_SERVICE_ACCOUNT": google.key_file(),
        "secrets.TELEGRAM_TOKEN": "1:x",
        "secrets.HF_TOKEN": "hf_x",
    }
    urls = {"SHEETS_API_URL": sheets.url, "GOOGLE_DRIVE_API_URL": google.url}

    done = _run(
        _command(job, "Publish what is due"),
        {**_environment(job, given), **urls},
        tmp_path,
        project,
    )

    assert done.returncode == 1
    assert "promptpress@stand-in" in (tmp_path / "summary.md").read_text("utf-8")
