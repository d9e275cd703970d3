"""A Google Sheet as queue: steps that are written together with the next one of their post."""

import pytest

from promptpress import steps
from promptpress.errors import TransientError
from promptpress.model import CLAIMABLE, Post, PostState
from tests.adapters.sheeting import CHANNEL, PICTURE, Office, Worker, calls_of
from tests.fakes.server import Answer, Fault


def ready_posts(worker: Worker) -> list[Post]:
    """Take all posts as far as ready; that last step waits for the next one."""
    posts = worker.queue.claim(2, "run", CLAIMABLE)
    record, stamp = worker.queue.record, worker.stamp
    posts = [record(steps.begin_generation(p, stamp(p), "sketch", {})) for p in posts]
    posts = [record(steps.keep_media(p, stamp(p), (PICTURE,))) for p in posts]
    return [record(steps.make_ready(p, stamp(p), (CHANNEL,))) for p in posts]


def test_looking_at_one_post_writes_no_step_of_another(office: Office) -> None:
    """Whoever writes the next step of a post finds the step before it, whoever looks meanwhile."""
    worker = office.worker()
    first, second = ready_posts(worker)
    writes = calls_of(office).count("batchUpdate")

    looked = worker.queue.get(first.id)
    worker.queue.renew("run")

    assert looked is not None
    assert looked.state is PostState.READY
    sending = worker.queue.record(steps.begin_send(second, worker.stamp(second), CHANNEL))
    assert sending.state is PostState.PUBLISHING
    assert calls_of(office).count("batchUpdate") - writes == 2  # the leases, and the intent


def test_a_step_that_could_not_be_written_is_kept(office: Office) -> None:
    """Whoever wants to see all posts writes what waits; when that fails, it goes on waiting."""
    worker = office.worker()
    first, _ = ready_posts(worker)
    office.sheets.fail("batchUpdate", Fault("before", Answer(503)), times=4)

    with pytest.raises(TransientError):
        worker.queue.find()

    assert [post.state for post in worker.queue.find()] == [PostState.READY] * 2
    assert [event.action for event in worker.queue.history(first.id)][-1] == "ready"


def test_another_process_sees_a_step_once_it_is_written(office: Office) -> None:
    """Until then the post stands where the sheet says, and nothing was promised to anybody."""
    worker = office.worker()
    first, _ = ready_posts(worker)
    other = office.worker()

    before = other.queue.get(first.id)
    worker.queue.record(steps.begin_send(first, worker.stamp(first), CHANNEL))
    after = other.queue.get(first.id)

    assert before is not None
    assert after is not None
    assert (before.state, after.state) == (PostState.GENERATED, PostState.PUBLISHING)
