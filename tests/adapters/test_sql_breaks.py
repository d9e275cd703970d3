"""promptpress.adapters.sql: connections that break off, at the worst moment above all."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.engine import make_url

from promptpress import steps
from promptpress.model import Order, PostState
from tests.contracts.sql_scene import SqlScene
from tests.databases import DATABASES, fresh_database, run_as_administrator

SERVERS = DATABASES[1:]


@pytest.fixture(params=DATABASES)
def scene(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlScene]:
    """A queue in a database of its own."""
    with fresh_database(request.param, tmp_path) as url:
        made = SqlScene(request.param, url)
        made.queue.check()
        yield made
        made.close()


def _break_at_commit(scene: SqlScene, kill: Callable[[int], None], *, after: bool) -> list[int]:
    """Break the next commit of the scene's queue, before or after the database has done it."""
    engine = scene.queue._database._engine
    assert engine is not None
    broken: list[int] = []

    @event.listens_for(engine, "commit")
    def commit(connection: object) -> None:
        if broken:
            return
        raw = connection.connection  # type: ignore[attr-defined]  # SQLAlchemy's events are untyped
        number = "pg_backend_pid" if scene.kind == "postgresql" else "connection_id"
        broken.append(connection.exec_driver_sql(f"SELECT {number}()").scalar())  # type: ignore[attr-defined]  # as above
        if after:
            raw.commit()
        kill(broken[0])

    return broken


def _kill(kind: str) -> Callable[[int], None]:
    def kill(number: int) -> None:
        statement = {"postgresql": f"SELECT pg_terminate_backend({number})"}
        run_as_administrator(kind, statement.get(kind, f"KILL {number}"))

    return kill


@pytest.mark.parametrize("after", [False, True], ids=["before the commit", "after the commit"])
@pytest.mark.parametrize("scene", SERVERS, indirect=True)
def test_a_connection_lost_at_the_commit_writes_a_step_once(scene: SqlScene, after: bool) -> None:
    """Whether or not the database had it, the step is written once in the end."""
    post = scene.claim_one()
    broken = _break_at_commit(scene, _kill(scene.kind), after=after)

    written = scene.queue.record(steps.begin_generation(post, scene.stamp(), "sketch", {}))

    assert len(broken) == 1
    assert PostState.GENERATING is written.state is scene.read(post.id).state
    assert scene.actions(post.id) == ["order", "claim", "generate"]


@pytest.mark.parametrize("after", [False, True], ids=["before the commit", "after the commit"])
@pytest.mark.parametrize("scene", SERVERS, indirect=True)
def test_a_connection_lost_at_the_commit_adds_and_claims_once(scene: SqlScene, after: bool) -> None:
    """Orders without a key are not doubled, and a claim that nobody knows of is not left behind."""
    scene.queue.has_work([PostState.QUEUED])
    _break_at_commit(scene, _kill(scene.kind), after=after)
    ids = scene.queue.add([Order(prompt="a"), Order(prompt="b")], "run")
    assert ids == [post.id for post in scene.queue.find()]

    scene.queue.close()
    scene.queue.has_work([PostState.QUEUED])
    _break_at_commit(scene, _kill(scene.kind), after=after)
    assert ids == [post.id for post in scene.claim()]
    assert [scene.actions(post_id or 0) for post_id in ids] == [["order", "claim"]] * 2


@pytest.mark.parametrize("scene", SERVERS, indirect=True)
def test_idle_connections_that_were_cut_are_replaced(scene: SqlScene) -> None:
    """A server that was restarted between two calls is not noticed."""
    post = scene.claim_one()
    name = make_url(scene.url).database
    scene.engine.dispose()
    if scene.kind == "postgresql":
        cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        run_as_administrator(scene.kind, f"{cut} WHERE datname = '{name}'")
    else:
        others = "SELECT id FROM information_schema.processlist WHERE id <> connection_id()"
        for row in scene.sql(f"{others} AND db = '{name}'"):
            _kill(scene.kind)(row[0])

    assert scene.queue.renew(post.owner) == 1
