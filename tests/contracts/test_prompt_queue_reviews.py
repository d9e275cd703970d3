"""PromptQueue: posts that wait for a person's yes, and what the person decides."""

from dataclasses import replace

import pytest

from promptpress import decisions, steps
from promptpress.errors import LeaseLost
from promptpress.model import CLAIMABLE, Post, PostState, Publication, Step
from tests.contracts.queue_scene import PICTURE, QueueScene

S = PostState


def waiting(scene: QueueScene) -> Post:
    """Queue an order and take it as far as review."""
    post = scene.claim_one()
    record = scene.queue.record
    fills = {"caption": "by machine"}
    post = record(steps.begin_generation(post, scene.stamp("one"), "sketch", fills))
    post = record(steps.keep_media(post, scene.stamp("one"), (PICTURE,)))
    return record(steps.await_review(post, scene.stamp("one")))


def sure(step: Step | None) -> Step:
    """Return a step that is there."""
    assert step is not None
    return step


def test_nobody_claims_what_waits_for_a_yes(scene: QueueScene) -> None:
    """It is free, found by its state, and no work, however long it waits."""
    post = waiting(scene)
    scene.clock.advance(1_000_000)

    assert (post.owner, post.lease_until, scene.read(post.id)) == ("", None, post)
    assert scene.claim("next") == []
    assert not scene.queue.has_work(CLAIMABLE)
    assert [one.id for one in scene.queue.find((S.REVIEW,))] == [post.id]


def test_a_yes_lets_it_be_claimed_and_sent(scene: QueueScene) -> None:
    """The next claim takes it with its pictures; its channels are opened then."""
    post = waiting(scene)
    scene.queue.record(sure(decisions.approve(post, scene.stamp("person"))))
    (taken,) = scene.claim("next")
    assert (taken.state, taken.media, taken.publications) == (S.READY, (PICTURE,), ())

    opened = scene.queue.record(steps.make_ready(taken, scene.stamp("next"), ("site",)))
    assert opened.publications == (Publication(channel="site"),)
    begun = scene.queue.record(steps.begin_send(opened, scene.stamp("next"), "site"))
    assert begun.state is S.PUBLISHING
    whole = ["order", "claim", "generate", "store", "review", "approve", "claim", "ready", "send"]
    assert whole == scene.actions(post.id)
    assert [e.run for e in scene.queue.history(post.id) if e.action == "approve"] == ["person"]


def test_a_no_keeps_the_pictures_and_a_retry_asks_again(scene: QueueScene) -> None:
    """What was rejected is not claimed; brought back, it waits for a yes once more."""
    post = waiting(scene)
    no = scene.queue.record(sure(decisions.reject(post, scene.stamp("person"), "too dark")))
    assert (no.state, no.reason, no.media) == (S.REJECTED, "too dark", (PICTURE,))
    assert scene.claim("next") == []

    back = scene.queue.record(decisions.retry(no, scene.stamp("person")))
    assert (back.state, back.reason) == (S.REVIEW, "")
    assert scene.claim("next") == []


@pytest.mark.parametrize("first", ["yes", "no"])
def test_of_two_people_one_wins_and_the_other_is_told(scene: QueueScene, first: str) -> None:
    """Both have seen the same post; the second decision writes nothing."""
    post = waiting(scene)
    decided = {
        "yes": sure(decisions.approve(post, scene.stamp("ann"))),
        "no": sure(decisions.reject(post, scene.stamp("bob"))),
    }
    other = "no" if first == "yes" else "yes"
    won = scene.queue.record(decided[first])

    with pytest.raises(LeaseLost, match="no longer review"):
        scene.another().record(decided[other])
    assert scene.read(post.id) == won
    assert scene.actions(post.id)[-1] == ("approve" if first == "yes" else "reject")


def test_an_edit_keeps_it_waiting_with_the_new_words(scene: QueueScene) -> None:
    """Words and times are written; pictures and state stay."""
    post = waiting(scene)
    changes = {"caption": "Snow", "hashtags": ("fox", "snow"), "channels": ("site",)}
    edited = scene.queue.record(decisions.edit(post, scene.stamp("person"), changes))

    assert (edited.state, edited.media) == (S.REVIEW, (PICTURE,))
    assert (edited.caption, edited.hashtags) == ("Snow", ("fox", "snow"))
    assert edited.channels == ("site",)
    assert scene.read(post.id) == edited


def test_other_pictures_are_made_from_the_beginning(scene: QueueScene) -> None:
    """The old ones are gone from the post, and the words that were written for them too."""
    post = waiting(scene)
    written = decisions.find_written(scene.queue.history(post.id))
    assert written == {"caption"}
    step = decisions.edit(post, scene.stamp("person"), {}, again=True, written=written)
    scene.queue.record(step)

    (taken,) = scene.claim("next")
    assert (taken.state, taken.media, taken.caption) == (S.QUEUED, (), "")
    begun = scene.queue.record(steps.begin_generation(taken, scene.stamp("next"), "sketch", {}))
    other = replace(PICTURE, sha256="b" * 64)
    made = scene.queue.record(steps.keep_media(begun, scene.stamp("next"), (other,)))
    assert (made.state, made.media) == (S.GENERATED, (other,))


def test_a_held_post_with_a_yes_stays_where_it_is(scene: QueueScene) -> None:
    """A yes ends no hold."""
    post = waiting(scene)
    held = scene.queue.record(decisions.hold(post, scene.stamp("person"), held=True))
    approved = scene.queue.record(sure(decisions.approve(held, scene.stamp("person"))))

    assert (approved.state, approved.held) == (S.READY, True)
    assert scene.claim("next") == []
