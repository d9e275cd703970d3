"""A run that sends to Instagram is killed, or loses an answer, at each of its calls."""

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import pytest

from promptpress.adapters.instagram import InstagramPublisher
from promptpress.errors import OutcomeUnknown, PromptpressError, TransientError
from promptpress.model import PublicationState
from promptpress.ports import Rendition
from tests.adapters.instagramming import Studio, jpeg, studio

S = PublicationState


class _Trap:
    """Cuts the connection at one call of a run."""

    def __init__(self) -> None:
        self.at = -1
        self.calls = 0
        self.sprung = False

    def __call__(self, call: str) -> None:
        self.calls += 1
        if self.calls - 1 == self.at:
            self.sprung = True
            raise ConnectionError

    def set(self, at: int) -> None:
        self.at, self.calls, self.sprung = at, 0, False


def _run(house: Studio, trap: _Trap, rendition: Rendition, *, killed: bool) -> None:
    """Work as the tasks do, from what is durable alone, until the post is sent.

    Where the run is killed nothing of the step in hand is kept.
    """
    for _ in range(60):
        if house.publication.state is S.SENT:
            return
        before, was_sprung = house.publication, trap.sprung
        _step(house, house.publisher(), rendition)
        if killed and trap.sprung and not was_sprung:
            sending = house.publication.attempts > before.attempts
            house.publication = replace(
                before,
                state=S.SENDING if sending else before.state,
                attempts=before.attempts + sending,
            )
    raise AssertionError(house.publication)


def _step(house: Studio, publisher: InstagramPublisher, rendition: Rendition) -> None:
    if house.publication.state is S.SENDING:
        _settle(house, publisher, rendition)
        return
    try:
        staging = house.stage(publisher, rendition)
    except TransientError:
        return
    house.clock.pass_by(staging.wait)
    if staging.is_ready:
        _publish(house, publisher, rendition)


def _publish(house: Studio, publisher: InstagramPublisher, rendition: Rendition) -> None:
    publication = house.begin()
    try:
        receipt = publisher.publish(rendition, publication)
    except OutcomeUnknown:
        return  # it is settled
    except PromptpressError:
        house.publication = replace(publication, state=S.PENDING)
    else:
        house.publication = replace(publication, state=S.SENT, external_id=receipt.external_id)


def _settle(house: Studio, publisher: InstagramPublisher, rendition: Rendition) -> None:
    try:
        receipt = publisher.settle(rendition.post, house.publication)
    except TransientError:
        return
    state = S.SENT if receipt else S.PENDING
    id_ = receipt.external_id if receipt else ""
    house.publication = replace(house.publication, state=state, external_id=id_)


def _photo(house: Studio, number: int) -> Rendition:
    return house.photo(jpeg(number), id=number, caption=f"NUMBER {number}")


def _carousel(house: Studio, number: int) -> Rendition:
    return house.carousel(2, id=number, caption=f"NUMBER {number}")


@pytest.mark.parametrize("killed", [True, False], ids=["killed", "answer lost"])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("make", [_photo, _carousel])
def test_one_post_wherever_it_breaks(
    make: Callable[[Studio, int], Rendition], when: Literal["before", "after"], killed: bool
) -> None:
    """Broken off at any call, before or after its effect, each post comes out once, with its id."""
    with studio(polls=0) as house:
        trap, ids, at = _Trap(), [], 0
        setattr(house.fake, when, trap)
        while trap.calls >= at:  # until a run has fewer calls
            trap.set(at)
            house.publication = replace(house.publication, state=S.PENDING, attempts=0, handle="")
            _run(house, trap, make(house, at), killed=killed)
            ids.append(house.publication.external_id)
            at += 1

        assert at > 5
        assert [post.caption for post in house.fake.posts] == [f"NUMBER {n}" for n in range(at)]
        assert ids == [post.id for post in house.fake.posts]
        assert house.fake.journal.entries(call="double") == []
