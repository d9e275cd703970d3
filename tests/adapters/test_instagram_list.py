"""Which post came of a container that Instagram has published: found by its caption, or not."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from promptpress.adapters.instagram._handles import parse_handle, write_handle
from promptpress.errors import TransientError
from promptpress.model import Post
from tests.adapters.instagramming import CAPTION, Studio, jpeg, studio
from tests.fakes.instagram import refusal
from tests.fakes.server import Answer, Fault

POST = Post(id=7, prompt=CAPTION)


@pytest.fixture
def house() -> Iterator[Studio]:
    with studio(polls=0) as running:
        yield running


def _container(house: Studio) -> str:
    return parse_handle(house.publication.handle).container


def _out(house: Studio, **fields: str) -> None:
    """Publish, and die before the answer is kept."""
    house.make_ready(house.publisher(), house.photo(**fields))
    house.begin()
    house.fake.desk.publish(_container(house))


def test_published_is_found_by_its_caption(house: Studio) -> None:
    """The post is found among others by its own caption, not because it is the latest."""
    house.fake.add_post("before")
    _out(house)
    house.fake.add_post("after")
    house.fake.add_post("after that")
    receipt = house.publisher().settle(POST, house.publication)

    assert receipt is not None
    assert receipt.external_id == house.fake.posts[1].id
    assert receipt.url == house.fake.posts[1].permalink
    assert receipt.detail["container"] == _container(house)


def test_tidied_captions_are_still_found(house: Studio) -> None:
    """Blanks and accents may come back in another form."""
    _out(house, caption="  Café\r\n\n at   dawn ")
    shown = house.fake.posts[0]
    house.fake.posts[0] = replace(shown, caption="Cafe\u0301\nat dawn ")
    receipt = house.publisher().settle(POST, house.publication)

    assert receipt is not None
    assert receipt.external_id == shown.id


def test_words_edited_since_do_not_hide_it(house: Studio) -> None:
    """It is found by what the container says, whatever the post says by now."""
    _out(house, caption="Old words")
    edited = Post(id=7, prompt=CAPTION, caption="New words")
    receipt = house.publisher().settle(edited, house.publication)

    assert receipt is not None
    assert receipt.external_id == house.fake.posts[0].id


def test_an_older_post_with_the_same_words_is_not_taken_for_it(house: Studio) -> None:
    """Only what came out in the life of the container can be it."""
    house.fake.add_post(CAPTION)
    house.clock.pass_by(2 * 86400)
    _out(house)
    receipt = house.publisher().settle(POST, house.publication)

    assert receipt is not None
    assert receipt.external_id == house.fake.posts[1].id


def test_two_of_the_same_words_are_not_told_apart(house: Studio) -> None:
    """Where it could be either, the container's id stands in, and no address is claimed."""
    house.fake.add_post(CAPTION)
    _out(house)
    receipt = house.publisher().settle(POST, house.publication)

    assert receipt is not None
    assert (receipt.external_id, receipt.url) == (_container(house), "")
    assert receipt.detail["media_id"] == "not known"


def test_a_post_far_down_the_list_is_found(house: Studio) -> None:
    """Later posts may fill more than a page; the pages are gone through by cursor."""
    _out(house)
    for number in range(60):
        house.fake.add_post(f"later {number}")
    receipt = house.publisher().settle(POST, house.publication)

    assert receipt is not None
    assert receipt.external_id == house.fake.posts[0].id
    assert len(house.calls("list")) == 3


def test_a_story_is_in_no_list(house: Studio) -> None:
    """A published story has the container's id as its receipt, and nothing is guessed."""
    rendition = house.photo(jpeg(size=(360, 640)), kind="story")
    house.make_ready(house.publisher(), rendition)
    house.fake.desk.publish(_container(house))
    receipt = house.publisher().settle(POST, house.begin())

    assert receipt is not None
    assert receipt.external_id == _container(house)
    assert house.calls("list") == []


@pytest.mark.parametrize(
    "fault",
    [
        Fault("after"),
        Fault("before", refusal(10)),
        Fault("before", Answer(502, b"<html></html>")),
        Fault("before", Answer.json({"data": [None, {"id": 5}, {"id": "x", "timestamp": "odd"}]})),
        Fault("before", Answer.json({"data": "odd", "paging": []})),
    ],
)
def test_a_list_that_fails_does_not_undo_a_post(fault: Fault, house: Studio) -> None:
    """It is published, and said so, even if the list cannot be read."""
    _out(house)
    house.fake.fail("list", fault, times=3)
    receipt = house.publisher().settle(POST, house.publication)

    assert receipt is not None
    assert receipt.external_id == _container(house)


def test_a_list_that_lags_is_read_again(house: Studio) -> None:
    """A post that was just published may not be in the list at once."""
    _out(house)
    house.fake.fail("list", Fault("before", Answer.json({"data": []})))
    receipt = house.publisher().settle(POST, house.publication)

    assert receipt is not None
    assert receipt.external_id == house.fake.posts[0].id


def test_the_handle_of_another_age_finds_nothing(house: Studio) -> None:
    """Whatever moment a handle names, the question ends in an answer."""
    _out(house)
    for at in (0, 99_999_999_999):
        handle = replace(parse_handle(house.publication.handle), at=at)
        publication = replace(house.publication, handle=write_handle(handle))
        receipt = house.publisher().settle(POST, publication)

        assert receipt is not None
        assert receipt.external_id == _container(house)


def test_older_posts_are_not_gone_through(house: Studio) -> None:
    """Pages end where the posts are older than the container."""
    for number in range(60):
        house.fake.add_post(f"earlier {number}")
    house.clock.pass_by(2 * 86400)
    _out(house)
    house.fake.posts.pop()
    house.publisher().settle(POST, house.publication)

    assert len(house.calls("list")) == 3  # it is looked for three times, on one page


def test_a_list_that_cannot_be_read_is_no_witness(house: Studio) -> None:
    """Where the container is gone as well, it is asked later, and nobody is troubled yet."""
    _out(house)
    house.fake.containers.clear()
    house.fake.fail("list", Fault("before", Answer(502, b"")))

    with pytest.raises(TransientError):
        house.publisher().settle(POST, house.publication)
