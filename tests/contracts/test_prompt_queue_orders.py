"""PromptQueue: orders by hand and by `add`, looking, and what a person types."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest

from promptpress import steps
from promptpress.article import Article, Section
from promptpress.errors import LeaseLost
from promptpress.manuscript import write_article
from promptpress.model import CLAIMABLE, Order, PostState
from promptpress.orders import COLUMNS
from tests.contracts.queue_scene import PICTURE, START, QueueScene

LIGHTHOUSE = "INSERT INTO posts (prompt) VALUES ('a lighthouse at dawn')"
ARTICLE = Article(
    title="Лисы 🦊",
    summary='They "sleep" \\ by day',
    sections=(
        Section(heading="Where", text="*In* dens.\n\n- one\n- two", picture="a den"),
        Section(heading="", text="x" * 9_000),
    ),
    tags=("foxes", "снег"),
    language="ru",
    cover="a fox",
    cover_alt="A fox",
)
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
    local_time="2026-12-01 08:30",
    zone="Europe/Berlin",
    media_links=("https://a.test/1.jpg", "https://a.test/2.jpg"),
    link="https://a.test/article",
    location="110506962309835",
    user_tags=("ada", "grace.h"),
    article=ARTICLE,
    priority=-5,
    key="fox-1",
)


def test_a_prompt_typed_by_hand_is_a_complete_order(scene: QueueScene) -> None:
    """A row with nothing but a prompt is claimed with every default in place."""
    scene.type_prompt("a lighthouse at dawn")

    (post,) = scene.claim()

    assert Order(prompt="a lighthouse at dawn") == Order(
        **{name: getattr(post, name) for name in Order.__dataclass_fields__}
    )
    assert (post.state, post.problems, post.attempts, post.repeats) == (PostState.QUEUED, (), 0, 0)
    assert post.created_at is not None


def test_every_optional_column_can_be_typed(scene: QueueScene) -> None:
    """A row typed with all columns is read as the order it means."""
    cells = {name: getattr(FULL, name) for name in COLUMNS}
    cells |= {"hashtags": "#fox snow", "channels": "site, telegram", "due_at": "2026-11-21 08:00"}
    cells |= {"article": write_article(ARTICLE)}
    cells |= {"media_links": " ".join(FULL.media_links), "user_tags": "@ada, grace.h"}
    scene.type_prompt(key="fox-1", **cells)

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


def test_an_article_is_kept_as_far_as_it_is_written(scene: QueueScene) -> None:
    """Outline, then text; a person's outline gets its text, and their whole article stays."""
    mine, theirs, begun = scene.add(*(Order(prompt=p) for p in ("foxes", "snow", "dens")))
    posts = {post.id: post for post in scene.claim()}
    outline = replace(ARTICLE, sections=tuple(replace(one, text="") for one in ARTICLE.sections))
    post = scene.queue.record(steps.begin_writing(posts[mine], scene.stamp("one"), "model"))
    post = scene.queue.record(steps.keep_outline(post, scene.stamp("one"), outline))
    assert (post.article, scene.read(mine).article) == (outline, outline)
    post = scene.queue.record(steps.keep_text(post, scene.stamp("one"), ARTICLE))
    assert (post.article, scene.read(mine).article) == (ARTICLE, ARTICLE)
    scene.edit(theirs, "article", write_article(ARTICLE))
    post = scene.queue.record(steps.begin_writing(posts[theirs], scene.stamp("one"), "model"))
    scene.queue.record(steps.keep_outline(post, scene.stamp("one"), outline))

    assert scene.read(theirs).article == ARTICLE
    scene.edit(begun, "article", write_article(outline))
    assert scene.read(begun).article == outline
    post = scene.queue.record(steps.begin_writing(posts[begun], scene.stamp("one"), "model"))
    post = scene.queue.record(steps.keep_text(post, scene.stamp("one"), ARTICLE))
    assert scene.read(begun).article == ARTICLE
    late = steps.keep_text(post, scene.stamp("one"), replace(ARTICLE, title="Another"))
    assert scene.queue.record(late).article == scene.read(begun).article == ARTICLE


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


@pytest.mark.parametrize("typed", ["2026-11-21 09:00", "2026-11-21 08:59:59.5", "2026-11-21"])
def test_a_due_time_typed_by_hand_is_utc(scene: QueueScene, typed: str) -> None:
    """A time without a zone is taken as UTC and comes due at that moment, not before."""
    scene.type_prompt("a fox", due_at=typed)
    expected = datetime.fromisoformat(typed).replace(tzinfo=UTC)

    scene.clock.now = expected - timedelta(seconds=1)
    assert scene.claim() == []
    scene.clock.now = expected
    assert [expected] == [post.due_at for post in scene.claim()]


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
        start.wait(60)
        return queue.add(list(reversed(orders)) if turned else orders, "run")

    with ThreadPoolExecutor(4) as pool:
        added = list(pool.map(add, [False, True, False, True]))

    assert scene.queue.count() == {PostState.QUEUED: 100}
    assert sum(post_id is not None for ids in added for post_id in ids) == 100
    assert scene.count_events() == 100


def test_find_pages_by_id_and_state(scene: QueueScene) -> None:
    """Posts come by id, after the id given, of the states given."""
    ids = scene.add(*[Order(prompt=f"p{number}") for number in range(5)])
    scene.edit(ids[2], "state", "published")

    assert ids[:2] == [post.id for post in scene.queue.find(limit=2)]
    assert ids[2:] == [post.id for post in scene.queue.find(after=ids[1])]
    assert [ids[2]] == [post.id for post in scene.queue.find([PostState.PUBLISHED])]
    assert scene.queue.count() == {PostState.QUEUED: 4, PostState.PUBLISHED: 1}


def test_find_tells_posts_that_name_a_time_from_the_stock(scene: QueueScene) -> None:
    """A wall time or an instant, of the states given, a page at a time."""
    soon = scene.clock() + timedelta(hours=1)
    plan = [Order(prompt="a", local_time="2026-12-01 08:30"), Order(prompt="b", due_at=soon)]
    _, first, _, second = scene.add(Order(prompt="x"), plan[0], Order(prompt="y"), plan[1])
    found = [post.id for post in scene.queue.find([PostState.QUEUED], timed=True)]

    assert found == [first, second]
    assert [second] == [post.id for post in scene.queue.find(after=first, timed=True)]
    assert scene.queue.find([PostState.READY], timed=True) == []


def test_a_plan_is_found_behind_whatever_people_typed_before_it(scene: QueueScene) -> None:
    """A row typed below many others is found at once, not when all above it have been seen."""
    for number in range(6):
        scene.type_prompt(f"p{number}")
    scene.type_prompt("a fox", local_time="2026-12-01 08:30")

    (post,) = scene.queue.find([PostState.QUEUED], limit=3, timed=True)
    assert (post.prompt, post.local_time) == ("a fox", "2026-12-01 08:30")
    assert scene.queue.count() == {PostState.QUEUED: 7}


def test_pictures_that_were_kept_nowhere_are_forgotten(scene: QueueScene) -> None:
    """The post goes back to its prompt without them, and its new ones begin at the first place."""
    post = scene.claim(only=scene.add(Order(prompt="a fox", num_images=2)))[0]
    post = scene.queue.record(steps.begin_generation(post, scene.stamp(), "sketch", {}))
    post = scene.queue.record(steps.keep_media(post, scene.stamp(), (PICTURE,)))
    post = scene.queue.record(steps.begin_generation(post, scene.stamp(), "sketch", {}))
    post = scene.queue.record(steps.keep_job(post, scene.stamp(), "of the second"))

    post = scene.queue.record(steps.forget_media(post, scene.stamp()))
    assert (post.state, post.media) == (PostState.QUEUED, ())
    assert (post.generating_by, post.job, post.repeats) == ("", "", 0)
    assert scene.read(post.id) == post
    assert post.num_images == 2
    post = scene.queue.record(steps.begin_generation(post, scene.stamp(), "sketch", {}))
    both = (PICTURE, replace(PICTURE, position=1))
    post = scene.queue.record(steps.keep_media(post, scene.stamp(), both))

    assert (post.state, post.media) == (PostState.GENERATED, both)


def test_pictures_that_are_there_are_not_added_once_more(scene: QueueScene) -> None:
    """Told again by whoever got no answer to the first time, they are refused: none is doubled."""
    post = scene.claim(only=scene.add(Order(prompt="a fox", num_images=3)))[0]
    post = scene.queue.record(steps.begin_generation(post, scene.stamp(), "sketch", {}))
    scene.queue.record(steps.keep_media(post, scene.stamp(), (PICTURE,)))

    with pytest.raises(LeaseLost, match="has got pictures meanwhile"):
        scene.queue.record(steps.keep_media(post, scene.stamp(), (PICTURE,)))
    assert scene.read(post.id).media == (PICTURE,)


def test_an_empty_queue_has_nothing(scene: QueueScene) -> None:
    """Nothing is found, counted, claimed or told of a queue without rows, and nothing fails."""
    assert (
        scene.queue.find(), scene.queue.count(), scene.queue.get(1), scene.queue.history(1)
    ) == ([], {}, None, [])  # fmt: skip
    assert (scene.queue.add([], "run"), scene.claim()) == ([], [])
    assert not scene.queue.has_work(CLAIMABLE)
