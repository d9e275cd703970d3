"""Containers of Instagram's that are not to be seen: for a moment, or for good."""

from collections.abc import Iterator

import pytest

from promptpress.adapters.instagram._handles import parse_handle
from promptpress.errors import TransientError
from tests.adapters.instagramming import Studio, studio
from tests.fakes.server import Fault


@pytest.fixture
def house() -> Iterator[Studio]:
    with studio() as running:
        yield running


@pytest.mark.parametrize("hides", [1, 2, 4])
def test_a_container_that_is_not_to_be_seen_yet(hides: int, house: Studio) -> None:
    """One that was just made may be answered with 100/33: it is asked for again."""
    house.fake.desk.hides = hides
    house.send(house.publisher(), house.photo())

    assert len(house.calls("create")) == 1
    assert len(house.fake.posts) == 1


def test_a_container_that_is_gone_is_made_anew(house: Studio) -> None:
    """One that stays away for five questions is taken for gone."""
    house.stage(house.publisher(), house.photo())
    house.fake.containers.clear()
    house.send(house.publisher(), house.photo())

    assert len(house.calls("create")) == 2
    assert len(house.fake.posts) == 1


@pytest.mark.parametrize("caption", ["", "Other words"])
def test_a_container_that_is_gone_may_be_out(caption: str, house: Studio) -> None:
    """After an attempt to publish it the account's list is asked before another one is made."""
    house.make_ready(house.publisher(), house.photo())
    house.fake.desk.publish(parse_handle(house.publication.handle).container)
    house.begin()
    house.fake.containers.clear()
    receipt = house.send(house.publisher(), house.photo(caption=caption))

    assert [post.id for post in house.fake.posts] == [receipt.external_id]
    assert len(house.calls("create")) == 1


def test_without_the_second_witness_nothing_is_made(house: Studio) -> None:
    """Where the list cannot be read it stays open whether the post is out."""
    house.make_ready(house.publisher(), house.photo())
    house.begin()
    house.fake.containers.clear()
    house.fake.fail("list", Fault("before"), times=20)

    with pytest.raises(TransientError):
        house.make_ready(house.publisher(), house.photo())
    assert len(house.calls("create")) == 1
