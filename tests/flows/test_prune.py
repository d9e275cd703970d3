"""prune: what is old goes, what is needed stays, and a run that dies is gone on with."""

import os
import re
import subprocess
import sys
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from flows.daily_post import daily_post
from flows.prune import prune
from promptpress import decisions, steps
from promptpress.model import PostState
from promptpress.wiring import Services, use_services
from tests.databases import DATABASES, fresh_database
from tests.faults.killing import STRACE
from tests.flows.conftest import MakeServices, add, post_of, run

pytestmark = pytest.mark.flow


def _files(services: Services) -> set[str]:
    folder = services.settings.data_dir / "media"
    return {path.name for path in folder.rglob("*.*") if not path.name.startswith(".")}


def _age(services: Services, days: int = 100) -> None:
    """Let everything that happened have happened some days earlier."""
    queue = services.queue
    queue.close()  # type: ignore[attr-defined]  # those in a database are closed
    engine = create_engine(services.settings.queue)
    earlier = timedelta(days=days)
    with engine.begin() as connection:
        for table, column in (("audit_events", "at"), ("posts", "created_at")):
            found = connection.execute(text(f"SELECT DISTINCT {column} FROM {table}")).scalars()
            for was in list(found):
                moved = _earlier(was, earlier)
                change = text(f"UPDATE {table} SET {column} = :to WHERE {column} = :was")
                connection.execute(change, {"to": moved, "was": was})
    engine.dispose()


def _earlier(was: Any, by: timedelta) -> Any:
    if isinstance(was, str):
        return (datetime.fromisoformat(was) - by).isoformat(" ", "microseconds")
    return was - by


@pytest.mark.parametrize("kind", DATABASES)
def test_old_pictures_and_events_go_and_the_post_stays(
    kind: str, make_services: MakeServices, tmp_path: Path
) -> None:
    """By default it only tells; told so it removes, once, and the site keeps its own copies."""
    with fresh_database(kind, tmp_path) as url:
        services = make_services(queue_url=url, keep_media_days=30, keep_audit_days=30)
        add(services, "a fox", "a lake")
        assert run(daily_post, limit=10).message == "2 published"
        _age(services)
        add(services, "a tower")
        before = _files(services)

        told = run(prune)

        assert re.fullmatch(r"\d+ events, 2 pictures would go \([\d,]+ bytes\)", str(told.message))
        assert (_files(services), len(before)) == (before, 2)
        assert re.search(r"events, 2 pictures went", str(run(prune, dry_run=False).message))
        assert _files(services) == set()
        post = post_of(services, 1)
        assert (post.state, post.media) == (PostState.PUBLISHED, ())
        told_still = [(e.action, e.outcome) for e in services.queue.history(1)]
        assert told_still == [("prune", "begun"), ("prune", "done")]
        pages = services.settings.data_dir / "site"
        assert len([*pages.glob("media/**/*.jpg")]) >= 2
        assert run(prune, dry_run=False).name == "NothingToDo"
        services.queue.close()  # type: ignore[attr-defined]  # as above


def test_without_settings_nothing_goes(make_services: MakeServices) -> None:
    """Pictures and events are kept for ever unless somebody says how long."""
    services = make_services()
    add(services, "a fox")
    run(daily_post, limit=10)
    _age(services, 10_000)
    story = services.queue.history(1)

    assert run(prune, dry_run=False).name == "NothingToDo"
    assert len(_files(services)) == 1
    assert services.queue.history(1) == story


def test_what_slots_and_likeness_look_back_at_stays(make_services: MakeServices) -> None:
    """However few days are set: a slot's past and the looks of late pictures are asked for."""
    services = make_services(keep_audit_days=1, alike_days=0)
    add(services, "a fox")
    run(daily_post)
    _age(services, 3)
    assert run(prune, dry_run=False).name == "NothingToDo"  # the slots' past

    _age(services, 17)
    make_services(keep_audit_days=1, alike_days=30)
    assert run(prune, dry_run=False).name == "NothingToDo"  # the looks of a month

    make_services(keep_audit_days=1, alike_days=0)
    assert "events went" in str(run(prune, dry_run=False).message)


def test_no_more_posts_are_pruned_than_asked_for(make_services: MakeServices) -> None:
    """The pictures of two go, those of the third with the next run."""
    services = make_services(keep_media_days=30)
    add(services, "a fox", "a lake", "a tower")
    run(daily_post)
    _age(services)

    assert "2 pictures went" in str(run(prune, dry_run=False, limit=2).message)
    assert len(_files(services)) == 1
    assert "1 picture went" in str(run(prune, dry_run=False, limit=2).message)


def test_a_picture_that_another_post_has_stays(make_services: MakeServices) -> None:
    """The same bytes lie in a store once: they go with the last post that has them."""
    services = make_services(keep_media_days=30)
    first, second = add(services, "a fox", "a fox", seed=7)
    run(daily_post, limit=10)
    assert len(_files(services)) == 1
    _age(services)
    queue = services.queue
    queue.record(decisions.delete(post_of(services, second), services.stamp()))

    state = run(prune, dry_run=False)

    assert state.name == "PartlyDone"
    assert post_of(services, first).media == ()
    assert "another post has it too" in str(queue.history(first)[-1].detail)
    assert len(_files(services)) == 1
    _age(services)
    run(prune, dry_run=False)
    assert _files(services) == set()


def test_what_a_dead_run_took_from_a_post_goes_from_the_stores(
    make_services: MakeServices,
) -> None:
    """The run died after it had written down what it removes: the next one removes it."""
    services = make_services(keep_media_days=30)
    add(services, "a fox")
    run(daily_post, limit=10)
    step = steps.give_up_media(post_of(services, 1), services.stamp("prune"))
    services.queue.record(step)

    assert run(prune, dry_run=True).name == "NothingToDo"
    assert len(_files(services)) == 1
    assert "1 picture went" in str(run(prune, dry_run=False).message)

    assert _files(services) == set()


@pytest.mark.parametrize("number", [1, 3])
def test_killed_while_it_removes_it_goes_on(
    number: int, make_services: MakeServices, project: Path, prefect_server: str
) -> None:
    """Killed at the removal of a file, the next run leaves no file and no reference to one."""
    if not STRACE:
        missing = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        missing("strace is not installed")
    services = make_services(keep_media_days=30)
    add(services, *(f"a fox {n}" for n in range(4)))
    run(daily_post, limit=10)
    _age(services)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": tempfile.gettempdir(),
        "PREFECT_API_URL": prefect_server,
        "PREFECT_HOME": os.environ["PREFECT_HOME"],
        "DATA_DIR": str(services.settings.data_dir),
        "KEEP_MEDIA_DAYS": "30",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    # Of the files of the store alone: the database removes files of its own.
    media = sorted((services.settings.data_dir / "media").rglob("??*.*"))[number]
    wrapped = [str(STRACE), "-f", "-qq", "-o", os.devnull, "-P", str(media), "-e", "trace=unlink"]
    inject = ["-e", "inject=unlink:signal=SIGKILL:when=1"]
    command = [sys.executable, "-m", "flows.prune", "--dry-run=false"]
    done = subprocess.run(
        [*wrapped, *inject, *command], cwd=project, env=environment, capture_output=True,
        timeout=200, check=False,
    )  # fmt: skip
    assert done.returncode in (-9, 137), done.stderr.decode()[-1000:]
    assert 0 < len(_files(services)) <= 4

    with use_services(Services(services.settings)):
        run(prune, dry_run=False)

    assert _files(services) == set()
    assert all(post.media == () for post in services.queue.find())


def test_stores_that_remove_nothing_are_a_sentence(make_services: MakeServices) -> None:
    """Pictures that live nowhere cannot be removed: the setting is what has to go."""
    make_services(keep_media_days=30, stores="none")

    state = run(prune, dry_run=False)

    assert state.is_failed()
    assert "KEEP_MEDIA_DAYS" in str(state.message)
