"""PromptQueue: a lease that ended while the queue was away, and what had been paid for by then."""

from dataclasses import replace

import pytest

from promptpress import steps
from promptpress.errors import LeaseLost
from promptpress.model import Order, PostState
from tests.contracts.queue_scene import LEASE, PICTURE, QueueScene
from tests.unit.posts import ARTICLE

LATE = LEASE.total_seconds() + 1


def test_what_is_paid_for_is_written_after_the_lease(scene: QueueScene) -> None:
    """As long as nobody has taken the post, a job and its pictures are kept: nobody pays twice."""
    post = scene.claim_one()
    post = scene.queue.record(steps.begin_generation(post, scene.stamp("one"), "leonardo", {}))
    scene.clock.advance(LATE)

    post = scene.queue.record(steps.keep_job(post, scene.stamp("one"), "job-7"))
    post = scene.queue.record(steps.keep_media(post, scene.stamp("one"), (PICTURE,)))

    assert (post.state, post.media) == (PostState.GENERATED, (PICTURE,))
    assert [(one.id, one.media) for one in scene.claim("next")] == [(post.id, (PICTURE,))]


def test_the_words_of_an_article_are_written_after_the_lease(scene: QueueScene) -> None:
    """A model was paid for its outline and its text too, and takes minutes over them."""
    (post,) = scene.claim("one", only=scene.add(Order(prompt="a lamp", kind="article")))
    written = replace(ARTICLE, sections=tuple(replace(s, text="T") for s in ARTICLE.sections))
    post = scene.queue.record(steps.begin_writing(post, scene.stamp("one"), "model"))
    scene.clock.advance(LATE)

    post = scene.queue.record(steps.keep_outline(post, scene.stamp("one"), ARTICLE))
    assert scene.read(post.id).article == ARTICLE
    (post,) = scene.claim("two")
    post = scene.queue.record(steps.begin_writing(post, scene.stamp("two"), "model"))
    scene.clock.advance(LATE)
    post = scene.queue.record(steps.keep_text(post, scene.stamp("two"), written))
    assert scene.read(post.id).article == written


def test_the_words_of_an_article_are_refused_after_a_takeover(scene: QueueScene) -> None:
    """Whoever has the article by now writes it."""
    (post,) = scene.claim("late", only=scene.add(Order(prompt="a lamp", kind="article")))
    post = scene.queue.record(steps.begin_writing(post, scene.stamp("late"), "model"))
    scene.clock.advance(LATE)
    scene.claim("next")

    with pytest.raises(LeaseLost, match="not ours"):
        scene.queue.record(steps.keep_outline(post, scene.stamp("late"), ARTICLE))


def test_what_is_paid_for_does_not_keep_the_post(scene: QueueScene) -> None:
    """The lease stays over: others may claim, and the late one may begin nothing more."""
    post = scene.claim_one()
    post = scene.queue.record(steps.begin_generation(post, scene.stamp("one"), "leonardo", {}))
    scene.clock.advance(LATE)
    post = scene.queue.record(steps.keep_media(post, scene.stamp("one"), (PICTURE,)))

    with pytest.raises(LeaseLost, match="over"):
        scene.queue.record(steps.make_ready(post, scene.stamp("one"), ("site",)))


def test_what_is_paid_for_is_refused_after_a_takeover(scene: QueueScene) -> None:
    """Whoever has the post by now is not overwritten."""
    post = scene.claim_one("late")
    post = scene.queue.record(steps.begin_generation(post, scene.stamp("late"), "leonardo", {}))
    scene.clock.advance(LATE)
    scene.claim("next")

    with pytest.raises(LeaseLost, match="not ours"):
        scene.queue.record(steps.keep_job(post, scene.stamp("late"), "job-7"))
