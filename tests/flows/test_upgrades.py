"""Two versions meet at one queue: the newer migrates it before and in the middle of runs."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from promptpress.adapters.sql.migrate import REVISIONS
from promptpress.model import AuditEvent, PostState
from tests.databases import DATABASES, fresh_database
from tests.faults.killing import PROMPTS, Scene, age_leases, scene

pytestmark = pytest.mark.flow

NEXT = "9999"
MIGRATION = f'''"""What a version to come adds."""

import sqlalchemy as sa
from alembic import op

revision = "{NEXT}"
down_revision = "{REVISIONS[-1]}"


def upgrade() -> None:
    """Add a column, a table and an index, as our migrations do."""
    op.add_column("posts", sa.Column("mood", sa.String(20), server_default="", nullable=False))
    op.create_table("moods", sa.Column("name", sa.String(20), primary_key=True))
    op.create_index("ix_posts_mood", "posts", ["mood"])
'''


@pytest.fixture(scope="session")
def newer(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree of a version to come, which has one migration more."""
    folder = tmp_path_factory.mktemp("newer")
    for path in project.iterdir():
        if path.name != "promptpress":
            (folder / path.name).symlink_to(path.resolve())
    shutil.copytree(project / "promptpress", folder / "promptpress")
    sql = folder / "promptpress" / "adapters" / "sql"
    (sql / "migrations" / "versions" / f"{NEXT}_mood.py").write_text(MIGRATION)
    with (sql / "migrate.py").open("a") as file:
        file.write(f'\nREVISIONS = (*REVISIONS, "{NEXT}")\n')
    return folder


@pytest.fixture
def kind() -> str:
    """The kind of database, unless a test asks for all."""
    return "sqlite"


@pytest.fixture
def shared(kind: str, tmp_path: Path, project: Path, prefect_server: str) -> Iterator[Scene]:
    """Three posts in a queue that two versions share."""
    with (
        fresh_database(kind, tmp_path) as url,
        scene(tmp_path, project, prefect_server, url) as made,
    ):
        try:
            yield made
        finally:
            made.services.queue.close()  # type: ignore[attr-defined]  # it is a database


def _call(
    tree: Path, one: Scene, *arguments: str, **more: str
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        check=False,
        cwd=tree,
        env={**one.environment, **more},
        capture_output=True,
        text=True,
        timeout=240,
    )


def _daily(tree: Path, one: Scene, **more: str) -> "subprocess.CompletedProcess[str]":
    return _call(tree, one, "flows.daily_post", "--limit", "3", **more)


def _migrate(tree: Path, one: Scene, *options: str) -> "subprocess.CompletedProcess[str]":
    return _call(tree, one, "promptpress", "migrate", *options)


def _events(one: Scene) -> list[AuditEvent]:
    return [event for post in one.posts() for event in one.services.queue.history(post.id)]


def _migrate_at_once(url: str) -> None:
    """Do what the migration does: faster than a process starts, while a service is kept waiting."""
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in (
            "ALTER TABLE posts ADD COLUMN mood VARCHAR(20) DEFAULT '' NOT NULL",
            "CREATE TABLE moods (name VARCHAR(20) PRIMARY KEY)",
            "CREATE INDEX ix_posts_mood ON posts (mood)",
            f"UPDATE alembic_version SET version_num = '{NEXT}'",
        ):
            connection.execute(text(statement))
    engine.dispose()


def _are_out_once(one: Scene) -> bool:
    published = {post.state for post in one.posts()} == {PostState.PUBLISHED}
    sent, made = one.journal.accepted("send"), one.journal.accepted("generate")
    return published and len(sent) == len(made) == len(PROMPTS)


def test_an_old_worker_refuses_a_newer_queue_and_touches_no_post(
    shared: Scene, project: Path, newer: Path
) -> None:
    """Its run fails with a sentence; every post stays as it was, and the newer worker does it."""
    told = _migrate(newer, shared).stdout
    posts, events = shared.posts(), _events(shared)

    old = _daily(project, shared)

    assert told == f"queue: {REVISIONS[-1]} → {NEXT}\n"
    assert old.returncode == 1
    assert "daily-post: Failed: queue: the database is at revision 9999" in old.stdout
    assert "update this one" in old.stdout
    assert "Traceback" not in old.stdout + old.stderr
    assert (posts, events) == (shared.posts(), _events(shared))
    assert shared.journal.entries() == []
    new = _daily(newer, shared)
    assert new.returncode == 0, new.stdout + new.stderr
    assert _are_out_once(shared)


@pytest.mark.parametrize("kind", DATABASES)
def test_a_migration_in_the_middle_of_an_old_run_harms_nothing(
    shared: Scene, project: Path, newer: Path
) -> None:
    """The old run ends what it has in hand, once each, and the newer version reads it all."""

    def in_the_middle(call: str) -> None:
        if call == "send":
            shared.channel.before = lambda call: None
            _migrate_at_once(shared.environment["QUEUE_URL"])

    shared.channel.before = in_the_middle
    old = _daily(project, shared)

    assert old.returncode == 0, old.stdout + old.stderr
    assert f"revision {NEXT}" in _migrate(project, shared).stderr
    assert _are_out_once(shared)
    listed = _call(newer, shared, "promptpress", "list", "--state", "published")
    assert listed.stdout.endswith(f"{len(PROMPTS)} published\n")


def test_workers_that_may_not_migrate_wait_for_a_person(
    shared: Scene, project: Path, newer: Path
) -> None:
    """With MIGRATIONS=by-hand the newer version says what to do, and old ones work on till then."""
    by_hand = {"MIGRATIONS": "by-hand"}

    refused = _daily(newer, shared, **by_hand)
    checked = _migrate(newer, shared, "--check")
    old = _daily(project, shared, **by_hand)

    assert refused.returncode == 1
    assert "run `python -m promptpress migrate`" in refused.stdout
    assert (checked.returncode, checked.stdout) == (
        1,
        f"queue: {REVISIONS[-1]} → {NEXT} is to be done\n",
    )
    assert old.returncode == 0, old.stdout + old.stderr
    assert _are_out_once(shared)
    assert _migrate(newer, shared).returncode == 0
    assert (_migrate(newer, shared, "--check").stdout) == f"queue: {NEXT}, up to date\n"


def test_a_change_that_old_code_cannot_live_with_sends_nothing_twice(
    shared: Scene, project: Path
) -> None:
    """Where a column goes away under a run, the send in hand is in doubt, and none is lost."""
    engine = create_engine(shared.environment["QUEUE_URL"])

    def rename(old: str, new: str) -> None:
        with engine.begin() as connection:
            connection.execute(text(f"ALTER TABLE posts RENAME COLUMN {old} TO {new}"))

    def after_the_send(call: str) -> None:
        if call == "send":
            shared.channel.after = lambda call: None
            rename("reason", "why")

    shared.channel.after = after_the_send
    broken = _daily(project, shared, CONCURRENCY="1")
    rename("why", "reason")
    engine.dispose()
    age_leases(shared.environment["QUEUE_URL"])
    _daily(project, shared, CONCURRENCY="1")

    assert broken.returncode == 1
    states = sorted(post.state for post in shared.posts())
    assert states == [PostState.IN_DOUBT, PostState.PUBLISHED, PostState.PUBLISHED]
    assert len(shared.journal.accepted("send")) == len(PROMPTS)
