"""The queue falls out with the very service whose failure it has to hear about."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from flows.daily_post import daily_post
from promptpress import decisions
from promptpress.model import PostState
from promptpress.wiring import Services
from tests.databases import fresh_database
from tests.fakes.chat import Chat
from tests.fakes.huggingface import HuggingFace
from tests.fakes.server import Answer, Fault, Journal
from tests.flows.conftest import MakeServices, add, post_of, run

pytestmark = pytest.mark.flow
DOWN = Fault("before", Answer(503))
REFUSED = Fault("before", Answer.json({"error": "the prompt is not allowed: NSFW content"}, 400))
FALLS_OUT = (
    "CREATE SEQUENCE falls",
    """
    CREATE FUNCTION fall_out() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF nextval('falls') <= 2 THEN RAISE 'server closed the connection'; END IF;
      RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER falls BEFORE INSERT ON audit_events FOR EACH ROW
    WHEN (NEW.outcome = 'failed') EXECUTE FUNCTION fall_out()
    """,
)
"""For PostgreSQL: whoever writes down that something failed hears twice that the server is gone.

The queue tries once more by itself, so that its caller hears of it once."""


@pytest.fixture
def chat(journal: Journal) -> Iterator[Chat]:
    """A language model."""
    with Chat(journal=journal) as running:
        yield running


@pytest.fixture
def falling(
    tmp_path: Path, make_services: MakeServices, generator: HuggingFace, chat: Chat
) -> Iterator[Services]:
    """Services whose queue falls out, when it is told of a failure."""
    with fresh_database("postgresql", tmp_path) as url:
        services = make_services(
            queue_url=url, generators="huggingface", channels="site",
            **generator.environment(), **chat.environment(),
        )  # fmt: skip
        assert services.queue.count() == {}  # and its tables are there
        engine = create_engine(url)
        with engine.begin() as connection:
            for statement in FALLS_OUT:
                connection.execute(text(statement))
        engine.dispose()
        yield services
        services.queue.close()  # type: ignore[attr-defined]  # those in a database are closed


@pytest.mark.database
@pytest.mark.parametrize(
    ("kind", "call", "action"),
    [("photo", "generate", "generate"), ("article", "outline", "outline")],
)
def test_what_surely_did_not_begin_is_no_repeat(
    kind: str, call: str, action: str, falling: Services, generator: HuggingFace, chat: Chat
) -> None:
    """Service and queue are away together: the next try is a first one, no repeat."""
    (post_id,) = add(falling, "the moon", kind=kind, num_images=1)
    {"generate": generator, "outline": chat}[call].fail(call, DOWN)

    assert run(daily_post).message == "1 published"

    told = [e.outcome for e in falling.queue.history(post_id) if e.action == action]
    assert told[:3] == ["begun", "failed", "begun"]
    assert "repeated" not in told


def test_what_failed_first_is_told(
    make_services: MakeServices, generator: HuggingFace, caplog: pytest.LogCaptureFixture
) -> None:
    """A person deletes the post while its prompt is refused: it is the refusal that is told."""
    services = make_services(generators="huggingface", channels="site", **generator.environment())
    (post_id,) = add(services, "a fox")
    generator.fail("generate", REFUSED)

    def delete(call: str) -> None:
        if call == "generate":
            services.queue.record(decisions.delete(post_of(services, post_id), services.stamp()))

    generator.before = delete
    run(daily_post)

    assert post_of(services, post_id).state is PostState.DELETED
    assert f"post {post_id}: huggingface: " in caplog.text
    assert "not allowed" in caplog.text
