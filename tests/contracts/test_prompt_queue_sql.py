"""PromptQueue in a database: what only somebody who types SQL can do, and long texts."""

import pytest
from sqlalchemy.exc import IntegrityError

from promptpress.errors import PermanentError
from promptpress.model import Order, PostState
from tests.contracts.sql_scene import SqlScene
from tests.databases import DATABASES

LIGHTHOUSE = "INSERT INTO posts (prompt) VALUES ('a lighthouse at dawn')"


@pytest.mark.parametrize(
    "column", ["width", "height", "num_images", "seed", "due_at", "order_key", "lease_until"]
)
@pytest.mark.parametrize("scene", DATABASES, indirect=True)
def test_null_in_a_nullable_column_is_a_blank(scene: SqlScene, column: str) -> None:
    """NULL typed where a column takes it means nothing was typed."""
    scene.sql(f"INSERT INTO posts (prompt, {column}) VALUES ('a fox', NULL)")

    assert [post.prompt for post in scene.claim() if not post.problems] == ["a fox"]


@pytest.mark.parametrize("scene", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("width", "abc"),
        ("num_images", "many"),
        ("seed", "1.5.2"),
        ("priority", "high"),
        ("attempts", "none"),
        ("repeats", "x"),
        ("created_at", "yesterday"),
    ],
)
def test_rubbish_becomes_a_problem_and_stops_nobody(
    scene: SqlScene, column: str, cell: str
) -> None:
    """A row with a cell that cannot be read is claimed with its problem, beside the good one."""
    scene.sql(f"INSERT INTO posts (prompt, {column}) VALUES ('bad', :cell)", cell=cell)
    scene.sql(LIGHTHOUSE)

    problems = {post.prompt: post.problems for post in scene.claim()}

    assert {"bad", "a lighthouse at dawn"} == set(problems)
    assert problems["a lighthouse at dawn"] == ()
    assert [column] == [problem.partition(":")[0] for problem in problems["bad"]]


@pytest.mark.parametrize("scene", DATABASES, indirect=True)
def test_an_unknown_state_stops_nobody(scene: SqlScene) -> None:
    """A row in a state that is none is shown as failed with its problem; the others go on."""
    scene.sql("INSERT INTO posts (prompt, state) VALUES ('bad', 'Queuing')")
    scene.sql(LIGHTHOUSE)

    assert [post.prompt for post in scene.claim()] == ["a lighthouse at dawn"]
    bad = next(post for post in scene.queue.find() if post.prompt == "bad")
    assert PostState.FAILED is bad.state
    assert "state: 'Queuing' is unknown" in bad.problems[0]
    assert scene.queue.count() == {PostState.QUEUED: 1}


@pytest.mark.parametrize("scene", DATABASES, indirect=True)
def test_rubbish_beside_a_post_stops_nobody(scene: SqlScene) -> None:
    """Typed-over references, details and states of publications do not stop a claim."""
    (post_id,) = scene.add()
    scene.sql("INSERT INTO media (post_id, refs) VALUES (:id, 'nothing')", id=post_id)
    scene.sql(
        "INSERT INTO publications (post_id, channel, state) VALUES (:id, 'site', 'Sent')",
        id=post_id,
    )
    scene.sql("UPDATE audit_events SET detail = '[]'")

    (post,) = scene.claim()

    assert [problem.partition(":")[0] for problem in post.problems] == ["media", "publications"]
    assert scene.queue.history(post_id)[0].detail == {}


@pytest.mark.parametrize("scene", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "typed", ["tomorrow", "21.11.2026", "2026-11-21T09:00Z", "2026-11-21 09:00+01:00"]
)
def test_a_due_time_that_cannot_sort_is_refused_when_typed(scene: SqlScene, typed: str) -> None:
    """SQLite's CHECK refuses what would never come due, at the moment it is typed."""
    with pytest.raises(IntegrityError, match="ck_posts_due_at"):
        scene.sql("INSERT INTO posts (prompt, due_at) VALUES ('a fox', :typed)", typed=typed)


@pytest.mark.parametrize("scene", DATABASES, indirect=True)
def test_long_text_with_emoji_survives(scene: SqlScene) -> None:
    """100,000 characters of four bytes each come back as they are."""
    prompt = "🦊🏽" * 50_000
    (post_id,) = scene.add(Order(prompt=prompt, caption=prompt, alt_text=prompt))
    post = scene.read(post_id)

    assert [prompt] * 3 == [post.prompt, post.caption, post.alt_text]


@pytest.mark.parametrize(
    "order",
    [
        pytest.param(Order(prompt="half a \ud83e"), id="half a character"),
        pytest.param(Order(prompt="a fox", seed=2**70), id="a number beyond 64 bits"),
    ],
)
@pytest.mark.parametrize("scene", DATABASES, indirect=True)
def test_what_no_database_holds_is_refused_in_our_words(scene: SqlScene, order: Order) -> None:
    """An order that cannot be stored is refused with all that came with it."""
    with pytest.raises(PermanentError, match="correct the post"):
        scene.queue.add([Order(prompt="good"), order], "run")

    assert scene.queue.count() == {}


@pytest.mark.parametrize("scene", DATABASES, indirect=True)
def test_ten_thousand_orders_are_added_at_once(scene: SqlScene) -> None:
    """A long import is one call, with its keys known afterwards."""
    orders = [Order(prompt=f"p{number}", key=f"k{number}") for number in range(10_000)]

    ids = scene.queue.add(orders, "run")

    assert len(set(ids)) == 10_000
    assert scene.queue.add(orders, "run") == [None] * 10_000


@pytest.mark.parametrize("scene", DATABASES, indirect=True)
def test_nothing_of_a_deleted_row_stays_but_its_audit(scene: SqlScene) -> None:
    """Pictures and publications go with the row of their post."""
    scene.delete(scene.ready().id)

    assert scene.sql("SELECT count(*) FROM media") == [(0,)]
    assert scene.sql("SELECT count(*) FROM publications") == [(0,)]
