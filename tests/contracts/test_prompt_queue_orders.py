"""PromptQueue: orders by hand and by `add`, looking, and what a person types."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy.exc import IntegrityError

from promptpress import steps
from promptpress.errors import PermanentError
from promptpress.model import CLAIMABLE, Order, PostState
from promptpress.orders import COLUMNS
from tests.contracts.queue_scene import PICTURE, START, QueueScene

LIGHTHOUSE = "INSERT INTO posts (prompt) VALUES ('a lighthouse at dawn')"
FULL = Order(
    prompt="a fox",
    caption="A fox",
    hashtags=("fox", "snow"),
    alt_text="A fox in snow",
    negative_prompt="dogs",
    style="ink",
    width=512,
    height=768,
    num_images=2,
    seed=2**62,
    generator="sketch",
    model="some/model",
    channels=("site", "telegram"),
    kind="photo",
    due_at=START - timedelta(hours=1),
    priority=-5,
    key="fox-1",
)


def test_a_prompt_typed_by_hand_is_a_complete_order(scene: QueueScene) -> None:
    """One INSERT with nothing but a prompt is claimed with every default in place."""
    scene.sql(LIGHTHOUSE)

    (post,) = scene.claim()

    assert Order(prompt="a lighthouse at dawn") == Order(
        **{name: getattr(post, name) for name in Order.__dataclass_fields__}
    )
    assert (post.state, post.problems, post.attempts, post.repeats) == (PostState.QUEUED, (), 0, 0)
    assert post.created_at is not None
    assert timedelta(hours=1) > abs(datetime.now(UTC) - post.created_at)


def test_every_optional_column_can_be_typed(scene: QueueScene) -> None:
    """A hand-written INSERT that names all columns is read as the order it means."""
    cells = {name: getattr(FULL, name) for name in COLUMNS}
    cells |= {"hashtags": "#fox snow", "channels": "site, telegram", "due_at": "2026-11-21 08:00"}
    names, marks = ", ".join(cells), ", ".join(f":{name}" for name in cells)
    scene.sql(f"INSERT INTO posts ({names}, order_key) VALUES ({marks}, 'fox-1')", **cells)

    (post,) = scene.claim()

    assert {name: getattr(FULL, name) for name in Order.__dataclass_fields__} == {
        name: getattr(post, name) for name in Order.__dataclass_fields__
    }


def test_an_order_comes_back_as_it_was_added(scene: QueueScene) -> None:
    """Every field of an order survives the database."""
    (post_id,) = scene.add(FULL)
    post = scene.read(post_id)

    assert {name: getattr(FULL, name) for name in Order.__dataclass_fields__} == {
        name: getattr(post, name) for name in Order.__dataclass_fields__
    }


@pytest.mark.parametrize(
    "column", ["width", "height", "num_images", "seed", "due_at", "order_key", "lease_until"]
)
def test_null_in_a_nullable_column_is_a_blank(scene: QueueScene, column: str) -> None:
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
    scene: QueueScene, column: str, cell: str
) -> None:
    """A row with a cell that cannot be read is claimed with its problem, beside the good one."""
    scene.sql(f"INSERT INTO posts (prompt, {column}) VALUES ('bad', :cell)", cell=cell)
    scene.sql(LIGHTHOUSE)

    problems = {post.prompt: post.problems for post in scene.claim()}

    assert {"bad", "a lighthouse at dawn"} == set(problems)
    assert problems["a lighthouse at dawn"] == ()
    assert [column] == [problem.partition(":")[0] for problem in problems["bad"]]


def test_an_unknown_state_stops_nobody(scene: QueueScene) -> None:
    """A row in a state that is none is shown as failed with its problem; the others go on."""
    scene.sql("INSERT INTO posts (prompt, state) VALUES ('bad', 'Queuing')")
    scene.sql(LIGHTHOUSE)

    assert [post.prompt for post in scene.claim()] == ["a lighthouse at dawn"]
    bad = next(post for post in scene.queue.find() if post.prompt == "bad")
    assert PostState.FAILED is bad.state
    assert "state: 'Queuing' is unknown" in bad.problems[0]
    assert scene.queue.count() == {PostState.QUEUED: 1}


def test_rubbish_beside_a_post_stops_nobody(scene: QueueScene) -> None:
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


def test_what_a_service_says_is_kept_as_far_as_a_database_can(scene: QueueScene) -> None:
    """NUL, half characters, huge seeds and long names in an answer never lose a receipt."""
    post = scene.claim_one()
    post = scene.queue.record(steps.begin_generation(post, scene.stamp(), "sketch", {}))
    picture = replace(PICTURE, seed=2**64 - 1, model="m" * 500)
    post = scene.queue.record(steps.keep_media(post, scene.stamp(), (picture,)))
    post = scene.queue.record(steps.make_ready(post, scene.stamp(), ("site",)))
    post = scene.queue.record(steps.begin_send(post, scene.stamp(), "site"))
    odd = ("7" * 300, "a\0b", {"note": "half \ud83e"})

    post = scene.queue.record(steps.sent(post, scene.stamp(), "site", *odd))

    assert (picture,) == post.media
    assert (post.publications[0].external_id, post.publications[0].url) == ("7" * 300, "ab")
    assert scene.queue.history(post.id)[-1].detail["note"] == "half ?"


def test_a_seed_of_zero_is_no_blank(scene: QueueScene) -> None:
    """What a person typed is never filled in, even where it is nothing to a machine."""
    (post_id,) = scene.add(Order(prompt="a fox", seed=0))
    (post,) = scene.claim(only=[post_id])

    step = steps.begin_generation(post, scene.stamp(), "sketch", {"seed": 7})
    assert scene.queue.record(step).seed == 0


@pytest.mark.parametrize("scene", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "typed", ["tomorrow", "21.11.2026", "2026-11-21T09:00Z", "2026-11-21 09:00+01:00"]
)
def test_a_due_time_that_cannot_sort_is_refused_when_typed(scene: QueueScene, typed: str) -> None:
    """SQLite's CHECK refuses what would never come due, at the moment it is typed."""
    with pytest.raises(IntegrityError, match="ck_posts_due_at"):
        scene.sql("INSERT INTO posts (prompt, due_at) VALUES ('a fox', :typed)", typed=typed)


@pytest.mark.parametrize("typed", ["2026-11-21 09:00", "2026-11-21 08:59:59.5", "2026-11-21"])
def test_a_due_time_typed_by_hand_is_utc(scene: QueueScene, typed: str) -> None:
    """A time without a zone is taken as UTC and comes due at that moment, not before."""
    scene.sql("INSERT INTO posts (prompt, due_at) VALUES ('a fox', :typed)", typed=typed)
    expected = datetime.fromisoformat(typed).replace(tzinfo=UTC)

    scene.clock.now = expected - timedelta(seconds=1)
    assert scene.claim() == []
    scene.clock.now = expected
    assert [expected] == [post.due_at for post in scene.claim()]


def test_long_text_with_emoji_survives(scene: QueueScene) -> None:
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
def test_what_no_database_holds_is_refused_in_our_words(scene: QueueScene, order: Order) -> None:
    """An order that cannot be stored is refused with all that came with it."""
    with pytest.raises(PermanentError, match="correct the post"):
        scene.queue.add([Order(prompt="good"), order], "run")

    assert scene.queue.count() == {}


def test_add_writes_all_orders_in_their_sequence(scene: QueueScene) -> None:
    """The ids come back in the order of the orders, and each has its event."""
    ids = scene.add(*[Order(prompt=f"p{number}") for number in range(30)])

    assert [f"p{number}" for number in range(30)] == [scene.read(post_id).prompt for post_id in ids]
    assert [scene.actions(post_id) for post_id in ids] == [["order"]] * 30


def test_a_known_key_is_the_earlier_order(scene: QueueScene) -> None:
    """A key is queued once, within one call and over several; no key is always new."""
    orders = [Order(prompt="a", key="k"), Order(prompt="b", key="k"), Order(prompt="c")]

    first, again = scene.queue.add(orders, "run"), scene.queue.add(orders, "run")

    assert [post_id is None for post_id in first] == [False, True, False]
    assert [post_id is None for post_id in again] == [True, True, False]


def test_keys_that_differ_in_case_or_accent_differ(scene: QueueScene) -> None:
    """A key is compared as it is written, whatever the collation of the database."""
    orders = [Order(prompt=key, key=key) for key in ("key", "KEY", "këy", "🦊", "🐻")]

    assert None not in scene.queue.add(orders, "run")


def test_adders_racing_on_the_same_keys_make_one_row_each(scene: QueueScene) -> None:
    """Four adders of the same hundred keys at once leave a hundred posts."""
    orders = [Order(prompt=f"p{number}", key=f"k{number}") for number in range(100)]
    start = Barrier(4)

    def add(turned: bool) -> list[int | None]:
        queue = scene.another()
        start.wait(30)
        return queue.add(list(reversed(orders)) if turned else orders, "run")

    with ThreadPoolExecutor(4) as pool:
        added = list(pool.map(add, [False, True, False, True]))

    assert scene.queue.count() == {PostState.QUEUED: 100}
    assert sum(post_id is not None for ids in added for post_id in ids) == 100
    assert scene.sql("SELECT count(*) FROM audit_events") == [(100,)]


def test_ten_thousand_orders_are_added_at_once(scene: QueueScene) -> None:
    """A long import is one call, with its keys known afterwards."""
    orders = [Order(prompt=f"p{number}", key=f"k{number}") for number in range(10_000)]

    ids = scene.queue.add(orders, "run")

    assert len(set(ids)) == 10_000
    assert scene.queue.add(orders, "run") == [None] * 10_000


def test_find_pages_by_id_and_state(scene: QueueScene) -> None:
    """Posts come by id, after the id given, of the states given."""
    ids = scene.add(*[Order(prompt=f"p{number}") for number in range(5)])
    scene.sql("UPDATE posts SET state = 'published' WHERE id = :id", id=ids[2])

    assert ids[:2] == [post.id for post in scene.queue.find(limit=2)]
    assert ids[2:] == [post.id for post in scene.queue.find(after=ids[1])]
    assert [ids[2]] == [post.id for post in scene.queue.find([PostState.PUBLISHED])]
    assert scene.queue.count() == {PostState.QUEUED: 4, PostState.PUBLISHED: 1}


def test_an_empty_queue_has_nothing(scene: QueueScene) -> None:
    """Nothing is found, counted, claimed or told of a queue without rows, and nothing fails."""
    assert (
        scene.queue.find(), scene.queue.count(), scene.queue.get(1), scene.queue.history(1)
    ) == ([], {}, None, [])  # fmt: skip
    assert (scene.queue.add([], "run"), scene.claim()) == ([], [])
    assert not scene.queue.has_work(CLAIMABLE)
