"""PromptQueue: what happened since a moment, and every prompt there ever was."""

from datetime import timedelta

from promptpress import steps
from promptpress.model import Order
from tests.contracts.queue_scene import QueueScene

SINCE_EVER = timedelta(days=1)


def test_events_are_found_by_action_and_time(scene: QueueScene) -> None:
    """Of all posts, those of the actions named, since the moment named, oldest first."""
    first, second = scene.claim(only=scene.add(Order(prompt="a fox"), Order(prompt="a hare")))
    begun = scene.clock()
    scene.queue.record(steps.begin_generation(first, scene.stamp("one"), "sketch", {}))
    scene.clock.advance(60)
    scene.queue.record(steps.begin_generation(second, scene.stamp("one"), "sketch", {}))
    later = scene.clock()

    def posts(since: timedelta) -> list[int]:
        return [event.post_id for event in scene.queue.events(later - since, ("generate",))]

    assert posts(later - begun) == [first.id, second.id]
    assert posts(timedelta()) == [second.id]
    assert posts(timedelta(seconds=-1)) == []
    events = scene.queue.events(later - SINCE_EVER, ("order", "claim"))
    assert {event.action for event in events} == {"order", "claim"}
    assert scene.queue.events(later - SINCE_EVER, ()) == []


def test_events_of_a_post_that_is_gone_are_still_found(scene: QueueScene) -> None:
    """What was spent counts, whatever became of the row."""
    post = scene.ready()
    scene.queue.record(steps.let_go(post, scene.stamp("one")))
    scene.delete(post.id)

    events = scene.queue.events(scene.clock() - SINCE_EVER, ("generate", "store"))
    assert [(event.action, event.outcome) for event in events] == [
        ("generate", "begun"),
        ("store", "done"),
    ]


def test_every_prompt_is_known(scene: QueueScene) -> None:
    """Doubles, other scripts and prompts that look like formulas too."""
    prompts = ["a fox", "a fox", "狐", "=1+1"]
    scene.add(*(Order(prompt=prompt) for prompt in prompts))

    assert sorted(scene.queue.prompts()) == sorted(prompts)


def test_the_prompt_of_a_post_that_is_over_is_known(scene: QueueScene) -> None:
    """A prompt that went out is not thought of again, though its row may be gone."""
    post = scene.sending()
    scene.queue.record(steps.sent(post, scene.stamp("one"), "site", "1", "", {}))
    scene.add(Order(prompt="a hare"))

    assert set(scene.another().prompts()) == {post.prompt, "a hare"}


def test_an_empty_queue_knows_nothing(scene: QueueScene) -> None:
    """No prompts, no events."""
    assert list(scene.queue.prompts()) == []
    assert scene.queue.events(scene.clock() - SINCE_EVER, ("order", "generate")) == []
