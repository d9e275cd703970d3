"""A channel that rests: its own time, which no other channel of the post shares."""

from datetime import timedelta

from promptpress import decisions, steps
from promptpress.errors import TransientError
from promptpress.model import PublicationState
from tests.contracts.queue_scene import QueueScene

BUSY = TransientError("busy", "telegram")


def test_a_rest_is_kept_with_its_channel_alone(scene: QueueScene) -> None:
    """It is there for the next claim, with its reason; the post itself does not wait."""
    post = scene.sending(channels=("site", "telegram"))
    until = scene.clock() + timedelta(minutes=10)
    post = scene.queue.record(steps.rest(post, scene.stamp(), "telegram", BUSY, until))
    post = scene.queue.record(steps.sent(post, scene.stamp(), "site", "1", "/1", {}))
    scene.queue.record(steps.let_go(post, scene.stamp()))
    (again,) = scene.claim()

    assert again.publication("telegram").rests_until == until
    assert again.publication("telegram").reason == "telegram: busy"
    assert again.publication("telegram").state is PublicationState.PENDING
    assert again.publication("site").rests_until is None
    assert "rest" in [event.action for event in scene.queue.history(post.id)]


def test_the_next_try_ends_a_rest(scene: QueueScene) -> None:
    """An intent is written over it, and so is what a person decides."""
    post = scene.sending(channels=("telegram", "site"))
    until = scene.clock() + timedelta(minutes=10)
    post = scene.queue.record(steps.rest(post, scene.stamp(), "site", BUSY, until))
    post = scene.queue.record(steps.begin_send(post, scene.stamp(), "site"))
    assert post.publication("site").rests_until is None

    post = scene.queue.record(steps.not_sent(post, scene.stamp(), "site", BUSY))
    post = scene.queue.record(steps.rest(post, scene.stamp(), "site", BUSY, until))
    post = scene.queue.record(steps.refused(post, scene.stamp(), "telegram", BUSY))
    post = scene.queue.record(steps.set_aside(post, scene.stamp(), BUSY))
    post = scene.queue.record(decisions.retry(post, scene.stamp("person")))

    assert [p.rests_until for p in post.publications] == [None, None]


def test_a_send_that_cannot_be_asked_after_rests_as_it_is(scene: QueueScene) -> None:
    """No intent: a hold does not refuse it, and nothing that may have been sent is taken back."""
    post = scene.sending(channels=("telegram", "site"))
    scene.edit(post.id, "held", True)
    until = scene.clock() + timedelta(minutes=10)
    resting = scene.queue.record(steps.rest(post, scene.stamp(), "telegram", BUSY, until))

    assert resting.publication("telegram").state is PublicationState.SENDING
    assert resting.publication("telegram").rests_until == until
    assert scene.read(post.id).publication("telegram").state is PublicationState.SENDING
