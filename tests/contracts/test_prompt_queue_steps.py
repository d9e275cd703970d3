"""PromptQueue: what may be written, by whom, and what a person's hand does in between."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from promptpress import decisions, steps
from promptpress.errors import LeaseLost, TransientError
from promptpress.model import Post, PostState, PublicationState, Step
from tests.contracts.queue_scene import LEASE, PICTURE, QueueScene

LATER = TransientError("busy", "sketch")
S, P = PostState, PublicationState


def _refused(scene: QueueScene, step: Step) -> None:
    """Check that a step is refused, and that nothing at all is written."""
    before, events = scene.queue.get(step.post.id), scene.queue.history(step.post.id)
    with pytest.raises(LeaseLost):
        scene.queue.record(step)

    assert (before, events) == (
        scene.queue.get(step.post.id), scene.queue.history(step.post.id)
    )  # fmt: skip


def test_a_post_goes_its_whole_way(scene: QueueScene) -> None:
    """Every step of a life is written with its event, and the post comes back as it is then."""
    post = scene.sending(channels=("site", "telegram"))
    post = scene.queue.record(steps.sent(post, scene.stamp(), "site", "1", "/1", {"a": "é"}))
    assert S.PUBLISHING is post.state
    post = scene.queue.record(steps.begin_send(post, scene.stamp(), "telegram"))

    post = scene.queue.record(steps.sent(post, scene.stamp(), "telegram", "77", "t.me/77", {}))

    assert (post.state, post.owner, post.lease_until) == (S.PUBLISHED, "", None)
    assert [p.state for p in post.publications] == [P.SENT, P.SENT]
    assert (
        post.publications[1].external_id, post.publications[1].url, post.publications[1].attempts
    ) == ("77", "t.me/77", 1)  # fmt: skip
    assert post.media == (PICTURE,)
    assert post == scene.read(post.id)
    whole = ["order", "claim", "generate", "store", "ready", "send", "send", "send", "send"]
    assert whole == scene.actions(post.id)
    details = [entry.detail for entry in scene.queue.history(post.id)]
    assert details[6] == {"external_id": "1", "url": "/1", "a": "é"}


def test_fills_respect_what_a_person_typed(scene: QueueScene) -> None:
    """A field filled in by a hand between claim and write stays; a blank one is filled."""
    post = scene.claim_one()
    scene.edit(post.id, "caption", "by hand")
    fills = {"caption": "by machine", "alt_text": "by machine", "hashtags": ("a", "b"), "seed": 0}

    written = scene.queue.record(steps.begin_generation(post, scene.stamp(), "sketch", fills))

    assert (written.caption, written.alt_text) == ("by hand", "by machine")
    assert (written.hashtags, written.seed) == (("a", "b"), 0)


def test_a_write_after_the_lease_is_refused(scene: QueueScene) -> None:
    """A late writer is refused at the very end of its lease, even if nobody took the post."""
    post = scene.claim_one()
    scene.clock.advance(LEASE.total_seconds())

    _refused(scene, steps.begin_generation(post, scene.stamp(), "sketch", {}))


def test_a_write_after_a_takeover_is_refused(scene: QueueScene) -> None:
    """Who has lost a post to another can neither write to it nor give it back."""
    post = scene.claim_one("dead")
    scene.clock.advance(LEASE.total_seconds() + 1)
    scene.claim("next")

    _refused(scene, steps.begin_generation(post, scene.stamp(), "sketch", {}))
    _refused(scene, steps.hand_back(post, scene.stamp(), LATER, scene.clock()))


def test_a_write_to_a_deleted_row_is_refused_and_its_audit_stays(scene: QueueScene) -> None:
    """DELETE typed between claim and write takes the post away; what happened stays known."""
    post = scene.ready()
    assert scene.actions(post.id) == ["order", "claim", "generate", "store", "ready"]
    scene.delete(post.id)

    _refused(scene, steps.begin_send(post, scene.stamp(), "site"))
    assert scene.actions(post.id) == ["order", "claim", "generate", "store", "ready"]


def test_a_write_to_a_post_in_another_state_is_refused(scene: QueueScene) -> None:
    """UPDATE typed on the state between claim and write wins over the worker."""
    post = scene.claim_one()
    scene.edit(post.id, "state", "rejected")

    _refused(scene, steps.begin_generation(post, scene.stamp(), "sketch", {}))


def test_a_caption_typed_before_the_send_is_in_the_answer(scene: QueueScene) -> None:
    """The intent comes back with the words as they are now, and they are what is sent."""
    post = scene.ready()
    scene.edit(post.id, "caption", "at last")

    assert scene.queue.record(steps.begin_send(post, scene.stamp(), "site")).caption == "at last"


def test_an_intent_meets_a_hold(scene: QueueScene) -> None:
    """A post held by hand is worked on, but no send of it begins."""
    post = scene.claim_one()
    scene.edit(post.id, "held", True)
    post = scene.queue.record(steps.begin_generation(post, scene.stamp(), "sketch", {}))
    post = scene.queue.record(steps.keep_media(post, scene.stamp(), (PICTURE,)))
    post = scene.queue.record(steps.make_ready(post, scene.stamp(), ("site",)))

    _refused(scene, steps.begin_send(post, scene.stamp(), "site"))
    assert scene.queue.record(steps.let_go(post, scene.stamp())).owner == ""


def _sent(scene: QueueScene, post: Post) -> Step:
    return steps.sent(post, scene.stamp(), "site", "1", "/1", {})


def _not_sent(scene: QueueScene, post: Post) -> Step:
    return steps.not_sent(post, scene.stamp(), "site", LATER)


def _in_doubt(scene: QueueScene, post: Post) -> Step:
    return steps.in_doubt(post, scene.stamp(), "site", LATER)


@pytest.mark.parametrize(
    ("receipt", "state"),
    [(_sent, S.PUBLISHED), (_not_sent, S.PUBLISHING), (_in_doubt, S.IN_DOUBT)],
)
def test_a_late_receipt_is_accepted(
    scene: QueueScene, receipt: Callable[[QueueScene, Post], Step], state: PostState
) -> None:
    """What became of a send is a fact, though another has the post by now; it keeps its lease."""
    post = scene.sending("slow")
    scene.clock.advance(LEASE.total_seconds() + 1)
    (taken,) = scene.claim("next")

    written = scene.queue.record(receipt(scene, post))

    assert (state, "next") == (written.state, written.owner)
    assert taken.lease_until == written.lease_until


def test_certainty_ends_a_doubt(scene: QueueScene) -> None:
    """The sender's late word that it was sent counts after another wrote down its doubt."""
    post = scene.sending("slow")
    scene.clock.advance(LEASE.total_seconds() + 1)
    (taken,) = scene.claim("next")
    assert S.IN_DOUBT is scene.queue.record(_in_doubt(scene, taken)).state

    _refused(scene, _not_sent(scene, post))
    written = scene.queue.record(_sent(scene, post))

    assert (written.state, written.publication("site").state) == (S.PUBLISHED, P.SENT)


def test_a_receipt_of_an_earlier_attempt_is_refused(scene: QueueScene) -> None:
    """After a new attempt began, the word about an old one changes nothing."""
    post = scene.sending("slow")
    again = scene.queue.record(_not_sent(scene, post))
    scene.queue.record(steps.begin_send(again, scene.stamp(), "site"))

    _refused(scene, _sent(scene, post))


@pytest.mark.parametrize("was_sent", [True, False])
def test_a_person_who_resolved_is_not_put_in_doubt_again(scene: QueueScene, was_sent: bool) -> None:
    """What a person found out stands against a sender that does not know better."""
    post = scene.sending()
    doubt = scene.queue.record(_in_doubt(scene, post))
    scene.queue.record(decisions.resolve(doubt, scene.stamp(), "site", was_sent=was_sent))

    _refused(scene, _in_doubt(scene, post))
    _refused(scene, _not_sent(scene, post))


def test_certainty_comes_before_a_second_send(scene: QueueScene) -> None:
    """A receipt that arrives after a person said unsent, but before it went out again, counts."""
    post = scene.sending()
    doubt = scene.queue.record(_in_doubt(scene, post))
    scene.queue.record(decisions.resolve(doubt, scene.stamp(), "site", was_sent=False))

    written = scene.queue.record(_sent(scene, post))

    assert (written.state, written.publication("site").state) == (S.PUBLISHED, P.SENT)
    assert scene.claim("next") == []


def test_a_resolve_that_comes_after_the_receipt_is_refused(scene: QueueScene) -> None:
    """A person's answer to a doubt that is over writes nothing: else it would be sent twice."""
    post = scene.sending(channels=("site", "telegram"))
    post = scene.queue.record(steps.not_sent(post, scene.stamp(), "site", LATER))
    first = scene.queue.record(steps.begin_send(post, scene.stamp(), "site"))
    post = scene.queue.record(_in_doubt(scene, first))
    second = scene.queue.record(steps.begin_send(post, scene.stamp(), "telegram"))
    doubtful = scene.queue.record(steps.in_doubt(second, scene.stamp(), "telegram", LATER))
    scene.queue.record(_sent(scene, first))
    assert S.IN_DOUBT is scene.read(post.id).state

    for channel in ("site", "telegram"):
        _refused(scene, decisions.resolve(doubtful, scene.stamp(), channel, was_sent=False))


def test_a_late_receipt_that_ends_the_last_doubt_sets_the_rest_going(scene: QueueScene) -> None:
    """A post with one channel resolved as unsent goes on once the other is known to be sent."""
    post = scene.sending(channels=("site", "telegram"))
    post = scene.queue.record(_in_doubt(scene, post))
    second = scene.queue.record(steps.begin_send(post, scene.stamp(), "telegram"))
    doubtful = scene.queue.record(steps.in_doubt(second, scene.stamp(), "telegram", LATER))
    scene.queue.record(decisions.resolve(doubtful, scene.stamp(), "site", was_sent=False))

    written = scene.queue.record(steps.sent(second, scene.stamp(), "telegram", "1", "", {}))

    assert S.READY is written.state
    assert [post.id] == [p.id for p in scene.claim("next")]


def test_receipts_settle_the_post_by_what_the_others_are_now(scene: QueueScene) -> None:
    """Two senders of one post, each with a stale view, leave the state of both outcomes."""
    one = scene.sending(channels=("site", "telegram"))
    both = scene.queue.record(steps.begin_send(one, scene.stamp(), "telegram"))
    scene.queue.record(steps.refused(both, scene.stamp(), "telegram", LATER))

    written = scene.queue.record(_sent(scene, one))

    assert (
        written.state, [p.state for p in written.publications]
    ) == (S.FAILED, [P.SENT, P.FAILED])  # fmt: skip


def test_a_receipt_for_a_deleted_post_is_kept(scene: QueueScene) -> None:
    """A post withdrawn while in doubt stays withdrawn, and is still known to be out."""
    post = scene.sending()
    doubt = scene.queue.record(_in_doubt(scene, post))
    scene.queue.record(decisions.delete(doubt, scene.stamp()))

    written = scene.queue.record(_sent(scene, post))

    assert (written.state, written.publication("site").state) == (S.DELETED, P.SENT)


def test_the_same_event_twice_is_one_entry(scene: QueueScene) -> None:
    """A step written again, because its answer was lost, is found to be there already."""
    post = scene.claim_one()
    step = steps.begin_generation(post, scene.stamp(), "sketch", {})
    first = scene.queue.record(step)
    stay = steps.keep_media(replace(first, num_images=3), scene.stamp(), (PICTURE,))
    second = scene.queue.record(stay)

    assert second == scene.queue.record(stay) == scene.queue.record(step)
    assert scene.actions(post.id) == ["order", "claim", "generate", "store"]
    assert scene.read(post.id).media == (PICTURE,)


def test_a_person_needs_no_lease(scene: QueueScene) -> None:
    """A hold is written under a worker's lease, and its owner stays."""
    post = scene.claim_one()

    held = scene.queue.record(decisions.hold(post, scene.stamp("person"), held=True))

    assert (True, "one", post.lease_until) == (held.held, held.owner, held.lease_until)


def test_a_person_takes_a_post_from_its_worker(scene: QueueScene) -> None:
    """Delete ends the lease, and the worker is refused."""
    post = scene.claim_one()
    deleted = scene.queue.record(decisions.delete(post, scene.stamp("person")))

    assert (deleted.state, deleted.owner) == (S.DELETED, "")
    _refused(scene, steps.begin_generation(post, scene.stamp(), "sketch", {}))


def test_a_person_who_saw_another_state_is_refused(scene: QueueScene) -> None:
    """A decision about a post that has moved on meanwhile writes nothing."""
    post = scene.claim_one()
    scene.queue.record(steps.begin_generation(post, scene.stamp(), "sketch", {}))

    _refused(scene, decisions.delete(post, scene.stamp("person")))


def test_a_post_handed_back_tells_why(scene: QueueScene) -> None:
    """Reason, count and waiting time of a release are there for the next claim."""
    post = scene.claim_one()
    soon = scene.clock() + timedelta(seconds=60)
    back = scene.queue.record(steps.hand_back(post, scene.stamp(), LATER, soon))

    assert (1, "sketch: busy", soon) == (back.attempts, back.reason, back.lease_until)
    assert scene.claim() == []
