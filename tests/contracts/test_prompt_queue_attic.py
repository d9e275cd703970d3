"""PromptQueue: what may go of what is old, and what may not."""

from datetime import timedelta

import pytest

from promptpress import decisions, steps
from promptpress.errors import OutcomeUnknown
from promptpress.model import Order, Post
from tests.contracts.queue_scene import PICTURE, QueueScene
from tests.databases import DATABASES

DAY = 86_400.0
SECOND = timedelta(seconds=1)


def _published(scene: QueueScene, owner: str = "one") -> Post:
    post = scene.sending(owner)
    return scene.queue.record(steps.sent(post, scene.stamp(owner), "site", "7", "https://e/7", {}))


def test_only_what_ended_before_the_moment_has_pictures_to_give(scene: QueueScene) -> None:
    """A post that waits, is in doubt, or was touched since is left out."""
    old, touched = _published(scene, "one"), _published(scene, "two")
    scene.ready("three")
    doubt = steps.in_doubt(scene.sending("four"), scene.stamp("four"), "site", OutcomeUnknown())
    scene.queue.record(doubt)
    scene.clock.advance(10 * DAY)
    scene.queue.record(decisions.delete(touched, scene.stamp()))

    found = scene.queue.ended(scene.clock() - timedelta(days=5), 10)

    assert [old.id] == [post.id for post in found]
    assert found[0].media == (PICTURE,)
    later = scene.queue.ended(scene.clock() + SECOND, 10)
    assert [old.id, touched.id] == [post.id for post in later]


def test_they_come_a_page_at_a_time(scene: QueueScene) -> None:
    """By id, as many as asked for, those after the one named."""
    ids = [_published(scene, f"o{n}").id for n in range(3)]
    moment = scene.clock() + SECOND

    assert ids[:2] == [post.id for post in scene.queue.ended(moment, 2)]
    assert ids[2:] == [post.id for post in scene.queue.ended(moment, 2, ids[1])]


def test_what_has_given_up_its_pictures_is_done(scene: QueueScene) -> None:
    """It is told of no more, its event says where the bytes were, and nobody else has them."""
    post = _published(scene)
    assert {PICTURE.sha256} == scene.queue.still_kept([PICTURE.sha256, "b" * 64])

    scene.queue.record(steps.give_up_media(post, scene.stamp("prune")))

    assert scene.queue.ended(scene.clock() + timedelta(days=1), 10) == []
    assert set() == scene.queue.still_kept([PICTURE.sha256])
    begun = scene.queue.unfinished("prune", 10)
    assert [post.id] == [event.post_id for event in begun]
    assert begun[0].detail["media"][0]["refs"] == dict(PICTURE.refs)  # type: ignore[index]  # as it was written


def test_what_was_finished_is_not_begun_again(scene: QueueScene) -> None:
    """An event that was done after it was begun is no longer told of."""
    post = _published(scene)
    post = scene.queue.record(steps.give_up_media(post, scene.stamp("prune")))
    scene.queue.record(steps.gave_up_media(post, scene.stamp("prune"), 100, ()))

    assert scene.queue.unfinished("prune", 10) == []


def test_pictures_of_people_stay_theirs(scene: QueueScene) -> None:
    """What was taken in from a store was put there by somebody: it is never told of."""
    scene.add(Order(prompt="mine", generator="library"))
    post = scene.claim("one")[0]
    post = scene.queue.record(steps.begin_generation(post, scene.stamp("one"), "library", {}))
    post = scene.queue.record(steps.keep_media(post, scene.stamp("one"), (PICTURE,)))
    scene.queue.record(decisions.delete(post, scene.stamp()))

    assert scene.queue.ended(scene.clock() + timedelta(days=1), 10) == []


@pytest.mark.parametrize("scene", DATABASES, indirect=True)
def test_of_old_events_the_last_of_each_post_stays(scene: QueueScene) -> None:
    """Events of finished posts go but for how each ended; those that wait keep theirs."""
    done, waiting = _published(scene), scene.ready("two")
    story = len(scene.actions(waiting.id))
    scene.clock.advance(10 * DAY)

    old, last = scene.queue.old_events(scene.clock(), 10)
    scene.queue.drop_events([event.id for event in old])

    assert (["send"], story) == (scene.actions(done.id), len(scene.actions(waiting.id)))
    assert scene.queue.history(done.id)[0].outcome == "done"
    assert done.id == last
    assert scene.queue.old_events(scene.clock(), 10, last) == ([], 0)


@pytest.mark.parametrize("scene", DATABASES, indirect=True)
def test_events_that_others_have_not_got_stay(scene: QueueScene) -> None:
    """What is not delivered to another audit log is still needed."""
    queue = scene.another(relays=True)
    queue.add([Order(prompt="a fox")], "run")
    post = queue.claim(1, "one", ("queued",))[0]  # type: ignore[arg-type]  # as a state spells itself
    queue.record(decisions.delete(post, scene.stamp()))
    scene.clock.advance(10 * DAY)

    old, _ = queue.old_events(scene.clock(), 10)
    assert old == []

    queue.mark_delivered([event.id for event in queue.undelivered(10)])
    assert [event.action for event in queue.old_events(scene.clock(), 10)[0]] == ["order", "claim"]


@pytest.mark.parametrize("scene", DATABASES, indirect=True)
def test_no_number_up_to_the_one_named_is_given(scene: QueueScene) -> None:
    """The next post gets a higher one; a number that is past already changes nothing."""
    first = scene.add()[0]

    scene.queue.skip_numbers(first + 500)
    scene.queue.skip_numbers(first + 3)

    assert scene.add()[0] > first + 500
