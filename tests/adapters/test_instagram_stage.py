"""Making a post ready for Instagram: resumed where it stopped, and only the broken piece anew."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from promptpress.adapters.instagram._handles import parse_handle
from promptpress.errors import (
    BadPicture,
    InvalidPost,
    PermanentError,
    PromptpressError,
    SetupError,
    TransientError,
)
from promptpress.steps import MAX_REASON
from tests.adapters.instagramming import CANARY, Studio, jpeg, studio
from tests.fakes.server import Answer, Fault


@pytest.fixture
def house() -> Iterator[Studio]:
    with studio() as running:
        yield running


def test_a_killed_run_is_resumed(house: Studio) -> None:
    """Whoever goes on from a handle makes nothing a second time, at whichever step it stopped."""
    rendition = house.carousel(3)
    for _ in range(60):
        if house.stage(house.publisher(), rendition).is_ready:
            break

    assert house.calls("create") == ["create"] * 4


def test_a_piece_whose_handle_was_lost_is_a_piece_too_many(house: Studio) -> None:
    """Between an order and its handle a kill costs one container, and nothing shows."""
    rendition = house.carousel(2)
    house.stage(house.publisher(), rendition)
    house.publisher().stage(rendition, house.publication)  # its handle is never kept
    house.send(house.publisher(), rendition)

    assert len(house.calls("create")) == 4
    assert [post.media for post in house.fake.posts] == [rendition.links]


def test_a_lost_answer_to_an_order_is_harmless(house: Studio) -> None:
    """A container that nobody knows of is made once more."""
    house.fake.fail("create", Fault("after"))
    with pytest.raises(TransientError):
        house.stage(house.publisher(), house.photo())
    house.send(house.publisher(), house.photo())

    assert len(house.fake.posts) == 1


@pytest.mark.parametrize("kind", ["photo", "carousel"])
def test_an_expired_container_is_made_anew(kind: str, house: Studio) -> None:
    """After 24 hours a container is of no use; all that expired is made again, and no limit."""
    rendition = house.photo() if kind == "photo" else house.carousel(3)
    for _ in range(5):  # more often than pieces may fail
        house.make_ready(house.publisher(), rendition)
        house.fake.wait(timedelta(hours=25))
        house.clock.pass_by(25 * 3600)
    house.send(house.publisher(), rendition)

    assert len(house.fake.posts) == 1
    assert parse_handle(house.publication.handle).anew == 0


def test_expired_pictures_are_replaced_in_one_round(house: Studio) -> None:
    """Ten expired pictures cost one round of questions, not ten."""
    rendition = house.carousel(10)
    for _ in range(10):
        house.stage(house.publisher(), rendition)
    house.fake.wait(timedelta(hours=25))
    before = len(house.calls("status"))
    house.stage(house.publisher(), rendition)

    assert len(house.calls("status")) - before == 10
    assert parse_handle(house.publication.handle).children == ("",) * 10


@pytest.mark.parametrize(
    "subcode", [2207001, 2207003, 2207032, 2207052, 2207053, 2207077, 2207081, 2207082, 2209999]
)
def test_a_picture_that_failed_is_made_anew_alone(subcode: int, house: Studio) -> None:
    """One of several pictures could not be fetched: only that one is ordered again."""
    rendition = house.carousel(3)
    house.stage(house.publisher(), rendition)
    house.fake.break_next(subcode)
    house.send(house.publisher(), rendition)

    assert len(house.calls("create")) == 5
    assert house.fake.posts[0].media == rendition.links


@pytest.mark.parametrize(
    ("subcode", "kind"),
    [
        (2207004, BadPicture),
        (2207005, BadPicture),
        (2207009, BadPicture),
        (2207010, InvalidPost),
        (2207026, BadPicture),
        (2207023, InvalidPost),
        (2207050, SetupError),
    ],
)
def test_what_never_works_is_not_tried_again(
    subcode: int, kind: type[PromptpressError], house: Studio
) -> None:
    """A permanent mistake in the state of a container ends it, in words that say what to do."""
    house.fake.break_next(subcode)

    with pytest.raises(kind, match=rf"{subcode}.*: "):
        house.make_ready(house.publisher(), house.photo())
    assert len(house.calls("create")) == 1


def test_a_refusal_does_not_outlive_its_cause(house: Studio) -> None:
    """When a person retries the post later, the picture is tried once more."""
    house.fake.break_next(2207009)
    with pytest.raises(BadPicture):
        house.make_ready(house.publisher(), house.photo())
    house.clock.pass_by(3600)
    house.send(house.publisher(), house.photo())

    assert len(house.fake.posts) == 1


def test_what_fails_again_and_again_is_given_up(house: Studio) -> None:
    """Four failures in a row end it: each costs one of the 400 containers of a day."""
    for _ in range(4):
        house.fake.break_next(2207052)

    with pytest.raises(PermanentError, match="made 4 times in vain"):
        house.make_ready(house.publisher(), house.photo())
    assert len(house.calls("create")) == 4


def test_what_was_given_up_can_be_retried(house: Studio) -> None:
    """After a while the count begins again: a person may have seen to it."""
    for _ in range(4):
        house.fake.break_next(2207052)
    with pytest.raises(PermanentError):
        house.make_ready(house.publisher(), house.photo())
    house.clock.pass_by(900)
    house.send(house.publisher(), house.photo())

    assert len(house.fake.posts) == 1


def test_no_word_of_a_state_shows_the_token(house: Studio) -> None:
    """Whatever stands beside a state, an error shows no token."""
    house.stage(house.publisher(), house.photo())
    said = {"status_code": "ERROR", "status": f"2207009 {CANARY} " + "x" * 5000}
    house.fake.fail("status", Fault("before", Answer.json(said)))

    with pytest.raises(BadPicture) as caught:
        house.stage(house.publisher(), house.photo())
    assert CANARY not in repr(caught.value)
    assert len(str(caught.value)) <= MAX_REASON


def test_a_video_that_is_none_is_refused(house: Studio) -> None:
    """A video is looked at while it is processed, so its mistakes show in the state."""
    with pytest.raises(BadPicture, match="2207026"):
        house.make_ready(house.publisher(), house.clip(b"no video at all"))


def test_a_container_that_gets_stuck_is_made_anew(house: Studio) -> None:
    """After an hour of processing nothing will come of it."""
    house.stage(house.publisher(), house.photo())
    (stuck,) = house.fake.containers.values()
    stuck.polls = 10**6
    house.clock.pass_by(3601)
    house.fake.polls = 0
    house.send(house.publisher(), house.photo())

    assert len(house.fake.posts) == 1
    assert house.fake.posts[0].container != stuck.id


def test_questions_become_rarer(house: Studio) -> None:
    """What takes long is asked after less and less often, once a minute at the least."""
    house.fake.polls = 30
    house.make_ready(house.publisher(), house.photo())
    waits = [one.wait for one in house.stagings if not one.is_ready]

    assert waits[0] == 2.0
    assert waits == sorted(waits)
    assert waits[-1] == 60.0


def test_a_published_container_is_ready(house: Studio) -> None:
    """What Instagram calls published is not made again: publishing finds its receipt."""
    house.make_ready(house.publisher(), house.photo())
    house.fake.desk.publish(parse_handle(house.publication.handle).container)
    staging = house.stage(house.publisher(), house.photo())
    receipt = house.publisher().publish(house.photo(), house.begin())

    assert staging.is_ready
    assert receipt.external_id == house.fake.posts[0].id
    assert house.calls("publish") == []


@pytest.mark.parametrize("fields", [{"caption": "Other words"}, {"location": "42"}])
def test_edited_words_are_respected(fields: dict[str, Any], house: Studio) -> None:
    """Words that a person changes after the container was made go out; the pictures are kept."""
    house.make_ready(house.publisher(), house.carousel(2))
    house.send(house.publisher(), house.carousel(2, **fields))

    (post,) = house.fake.posts
    assert (post.caption, post.location) == (
        fields.get("caption", "a lighthouse at dawn"),
        fields.get("location", ""),
    )
    assert len(house.calls("create")) == 4


def test_edited_words_never_make_a_second_post(house: Studio) -> None:
    """Where the old words are out already, the new ones stay behind."""
    house.make_ready(house.publisher(), house.photo())
    house.fake.desk.publish(parse_handle(house.publication.handle).container)
    receipt = house.send(house.publisher(), house.photo(caption="Other words"))

    assert len(house.fake.posts) == 1
    assert receipt.external_id == house.fake.posts[0].id


def test_other_pictures_are_other_containers(house: Studio) -> None:
    """A picture that was replaced goes out in its new form."""
    house.make_ready(house.publisher(), house.photo(jpeg(1)))
    changed = house.photo(jpeg(2))
    house.send(house.publisher(), changed)

    assert house.fake.posts[0].media == changed.links


def test_the_same_pictures_under_other_bytes_are_the_same(house: Studio) -> None:
    """A rendition may be signed anew each time: what counts is the picture it was made of."""
    first = house.carousel(2)
    house.make_ready(house.publisher(), first)
    signed = tuple(replace(one, sha256="00" * 32) for one in first.pictures)
    house.send(house.publisher(), replace(first, pictures=signed))

    assert len(house.calls("create")) == 3


@pytest.mark.parametrize("handle", ["garbage", "container=../me", "container=1;container=2"])
def test_a_handle_of_somebody_else_is_not_built_upon(handle: str, house: Studio) -> None:
    """Where nobody knows what was made, nothing is made: a person has to look."""
    house.publication = replace(house.publication, handle=handle)

    for call in (house.publisher().stage, house.publisher().publish):
        with pytest.raises(InvalidPost, match="see whether it is on the account"):
            call(house.photo(), house.publication)
    assert house.calls() == []
