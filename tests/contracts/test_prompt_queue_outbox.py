"""PromptQueue: events that wait for other audit logs."""

from promptpress.model import CLAIMABLE, Order
from promptpress.steps import begin_generation
from tests.contracts.queue_scene import QueueScene


def test_without_other_logs_nothing_waits(scene: QueueScene) -> None:
    """A queue that relays nothing has delivered everything as soon as it is written."""
    scene.claim_one()

    assert scene.queue.undelivered(10) == []


def test_events_wait_in_order_until_they_are_delivered(scene: QueueScene) -> None:
    """The oldest come first, and each leaves once it is marked."""
    queue = scene.another(relays=True)
    (post_id,) = queue.add([Order(prompt="a fox")], "run")
    (post,) = queue.claim(1, "me", CLAIMABLE)
    queue.record(begin_generation(post, scene.stamp(), "sketch", {}))

    waiting = queue.undelivered(10)
    assert [entry.action for entry in waiting] == ["order", "claim", "generate"]
    assert waiting == queue.history(post_id or 0)
    assert waiting[:2] == queue.undelivered(2)

    queue.mark_delivered([waiting[0].id, waiting[1].id])
    assert waiting[2:] == queue.undelivered(10)
    queue.mark_delivered([entry.id for entry in waiting] + ["unknown"])
    assert queue.undelivered(10) == []


def test_many_events_are_marked_at_once(scene: QueueScene) -> None:
    """A long outbox is emptied by one call; marking nothing is harmless."""
    queue = scene.another(relays=True)
    queue.add([Order(prompt=str(number)) for number in range(1_200)], "run")

    queue.mark_delivered([])
    queue.mark_delivered([entry.id for entry in queue.undelivered(2_000)])

    assert queue.undelivered(1) == []
