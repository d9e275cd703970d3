"""The site on GitHub: kept between runners that forget everything, and published after each."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from tests.flows.runner import ROOT, run_step

WORKFLOWS = ROOT / ".github" / "workflows"
PAGES = WORKFLOWS / "pages.yml"
RUN = {"GITHUB_RUN_ID": "7", "GITHUB_REPOSITORY": "me/art"}


def steps_of(file: str) -> list[dict[str, Any]]:
    """Return the steps of a workflow's one job."""
    ((_, job),) = yaml.safe_load((WORKFLOWS / file).read_text("utf-8"))["jobs"].items()
    return cast("list[dict[str, Any]]", job["steps"])


def step_of(file: str, name: str) -> dict[str, Any]:
    (found,) = [step for step in steps_of(file) if step.get("name") == name]
    return found


class Runner:
    """A new machine beside GitHub, which is a folder of repositories here."""

    def __init__(self, folder: Path, github: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self.site = folder / "data" / "site"
        self._github = github

    def do(self, file: str, name: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        """Run a step of a workflow."""
        step = step_of(file, name)
        given = {key: str(value) for key, value in step["env"].items() if "${{" not in str(value)}
        github = {**RUN, "GITHUB_SERVER_URL": self._github.as_uri(), "GITHUB_TOKEN": "SECRET"}
        done = run_step(step["run"], {**github, **given, **environment}, self.folder, self.folder)
        assert "SECRET" not in done.stdout + done.stderr
        return done

    def bring_back(self) -> None:
        done = self.do("daily_post.yml", "Bring the site back")
        assert done.returncode == 0, done.stderr

    def keep(self) -> None:
        done = self.do("daily_post.yml", "Keep the site")
        assert done.returncode == 0, done.stderr

    def write(self, path: str, text: str = "words") -> None:
        (self.site / path).parent.mkdir(parents=True, exist_ok=True)
        (self.site / path).write_text(text)

    def shown(self, folder: str = "data/site") -> dict[str, str]:
        """Return what lies there, without what git keeps."""
        below = self.folder / folder
        files = {str(path.relative_to(below)): path for path in below.rglob("*") if path.is_file()}
        return {name: path.read_text() for name, path in files.items() if name[:5] != ".git/"}


@pytest.fixture
def github(tmp_path: Path) -> Path:
    """The repository me/art, without a branch."""
    bare = tmp_path / "github" / "me" / "art"
    subprocess.run(["git", "init", "--quiet", "--bare", str(bare)], check=True)
    return tmp_path / "github"


def commits(github: Path) -> int:
    command = ["git", "-C", str(github / "me" / "art"), "rev-list", "--count", "refs/heads/site"]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def test_a_site_survives_its_runners(tmp_path: Path, github: Path) -> None:
    """Each run goes on where the last one ended, its memory included; what is deleted stays so."""
    first = Runner(tmp_path / "first", github)
    first.bring_back()
    assert first.shown() == {}
    for path in ("index.html", ".site/posts/1.json", "media/kept/a.jpg"):
        first.write(path)
    first.keep()

    second = Runner(tmp_path / "second", github)
    second.bring_back()
    assert second.shown() == first.shown()
    second.write("index.html", "other words")
    second.write("posts/2.html")
    (second.site / "media" / "kept" / "a.jpg").unlink()
    second.keep()

    third = Runner(tmp_path / "third", github)
    third.bring_back()
    third.keep()
    assert third.shown() == second.shown()
    assert "media/kept/a.jpg" not in third.shown()
    assert commits(github) == 2


def test_a_first_run_without_posts_keeps_nothing(tmp_path: Path, github: Path) -> None:
    """No branch is made for an empty site."""
    runner = Runner(tmp_path / "runner", github)
    runner.bring_back()
    runner.keep()

    branches = ["git", "-C", str(github / "me" / "art"), "branch", "--list"]
    assert subprocess.run(branches, check=True, capture_output=True).stdout == b""


def test_a_site_that_cannot_be_had_stops_the_run(tmp_path: Path) -> None:
    """Nothing is published onto an empty site in its place; and nothing is kept then."""
    runner = Runner(tmp_path / "runner", tmp_path / "nowhere")

    assert runner.do("daily_post.yml", "Bring the site back").returncode != 0
    names = [step.get("name") for step in steps_of("daily_post.yml")]
    assert names.index("Bring the site back") < names.index("Publish what is due")
    assert names[-1] == "Keep the site"
    assert step_of("daily_post.yml", "Keep the site")["if"] == (
        "always() && steps.site.outcome == 'success'"
    )


def test_a_run_without_a_site_does_nothing_of_this(tmp_path: Path) -> None:
    """For Telegram alone no branch is fetched or written."""
    asked = step_of("daily_post.yml", "Bring the site back")

    assert asked["if"] == "contains(env.CHANNELS, 'site') || contains(env.STORES, 'site')"
    assert asked["id"] == "site"


def test_another_writer_is_not_overwritten(tmp_path: Path, github: Path) -> None:
    """Whoever pushed in between, by hand perhaps, keeps what they did, and the run fails."""
    first, second = Runner(tmp_path / "first", github), Runner(tmp_path / "second", github)
    for runner in (first, second):
        runner.bring_back()
        runner.write("index.html", str(runner.folder))
    first.keep()
    (tmp_path / "sleep").write_text("#!/bin/sh\n")
    (tmp_path / "sleep").chmod(0o755)
    quick = f"{tmp_path}:{os.environ['PATH']}"
    done = second.do("daily_post.yml", "Keep the site", PATH=quick)

    assert done.returncode == 1
    assert "::error::" in done.stdout
    assert commits(github) == 1


def test_pages_publishes_what_was_kept(tmp_path: Path, github: Path) -> None:
    """The folder that is uploaded is the site as the last run left it."""
    author = Runner(tmp_path / "author", github)
    author.bring_back()
    author.write("index.html")
    author.keep()

    runner = Runner(tmp_path / "runner", github)
    done = runner.do("pages.yml", "Fetch the site")

    assert done.returncode == 0, done.stderr
    assert runner.shown("site") == author.shown()
    assert (runner.folder / "output").read_text() == "found=yes\n"
    upload = next(step for step in steps_of("pages.yml") if "upload" in step.get("uses", ""))
    assert upload["with"] == {"path": "site"}  # without hidden files: that is its default


def test_pages_is_quiet_before_there_is_a_site(tmp_path: Path, github: Path) -> None:
    """No red cross for whoever has set the address first."""
    runner = Runner(tmp_path / "runner", github)
    done = runner.do("pages.yml", "Fetch the site")

    assert (done.returncode, (runner.folder / "output").exists()) == (0, False)
    later = steps_of("pages.yml")[1:]
    assert {step["if"] for step in later} == {"steps.site.outputs.found"}


@pytest.mark.parametrize(
    ("named", "warned"), [("https://me.github.io/art", False), ("https://other.example", True)]
)
def test_an_address_that_is_another_is_told(
    named: str, warned: bool, tmp_path: Path, github: Path
) -> None:
    """Links that other services fetch would lead nowhere."""
    runner = Runner(tmp_path / "runner", github)
    name = "Look whether its address is the one that it names"
    done = runner.do("pages.yml", name, SITE_URL=named, PAGE_URL="https://me.github.io/art/")

    assert done.returncode == 0
    assert ("::warning::" in done.stdout) is warned


def test_pages_may_do_little_and_not_for_long() -> None:
    """It reads the branch and deploys; one at a time; for a fork it does nothing."""
    workflow = yaml.safe_load(PAGES.read_text("utf-8"))
    ((_, job),) = workflow["jobs"].items()

    assert workflow[True]["workflow_run"] == {"workflows": ["daily-post"], "types": ["completed"]}
    assert workflow["permissions"] == {}
    assert job["permissions"] == {"contents": "read", "pages": "write", "id-token": "write"}
    assert workflow["concurrency"] == {"group": "pages", "cancel-in-progress": False}
    assert job["timeout-minutes"] <= 30
    assert job["if"] == "vars.SITE_URL != ''"


def test_its_actions_are_pinned() -> None:
    """Each action is named by a commit nobody can move, with its version beside it."""
    used = re.findall(r"uses: (.+)", PAGES.read_text("utf-8"))

    assert len(used) == 2
    assert all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40}  # v[\d.]+", one) for one in used)
