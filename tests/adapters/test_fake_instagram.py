"""The stand-in of Instagram, judged by Meta's own client: from a container to a post."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from facebook_business.adobjects.igmedia import IGMedia
from facebook_business.adobjects.iguser import IGUser
from facebook_business.exceptions import FacebookRequestError

from tests.fakes.instagram import ACCOUNT, Album, Instagram, refusal
from tests.fakes.instagram.samples import still
from tests.fakes.instagram.sdk import client, codes, make, publish, state
from tests.fakes.server import Fault


@pytest.fixture(scope="module")
def album() -> Iterator[Album]:
    with Album() as running:
        yield running


@pytest.fixture
def instagram() -> Iterator[Instagram]:
    with Instagram() as running:
        yield running


@pytest.fixture
def user(instagram: Instagram) -> IGUser:
    return IGUser(ACCOUNT, api=client(instagram))


def test_a_photo_is_made_ready_published_and_shown(
    instagram: Instagram, user: IGUser, album: Album
) -> None:
    """Container, one question while it is processed, publish, permalink: as Meta's client reads."""
    link = album.put(still())
    tags = [{"username": "somebody", "x": 0.5, "y": 0.8}]
    made = user.create_media(
        params={
            "image_url": link,
            "caption": "A fox\n#art @somebody",
            "alt_text": "a fox in snow",
            "is_ai_generated": True,
            "location_id": "1234567",
            "user_tags": tags,
        }
    )["id"]

    states = [state(user, made) for _ in range(2)]
    id_ = publish(user, made)
    shown = IGMedia(id_, api=user.get_api_assured()).api_get(
        fields=["id", "permalink", "shortcode", "timestamp", "media_type", "media_product_type"]
    )

    (post,) = instagram.posts
    assert states == ["IN_PROGRESS", "FINISHED"]
    assert state(user, made) == "PUBLISHED"
    assert (post.id, post.kind, post.media, post.is_ai) == (id_, "photo", (link,), True)
    assert (post.alt_texts, post.location) == (("a fox in snow",), "1234567")
    assert post.user_tags == tuple(tags)
    assert shown["permalink"] == f"https://www.instagram.com/p/{post.shortcode}/"
    assert (shown["media_type"], shown["media_product_type"]) == ("IMAGE", "FEED")
    assert album.agents[0].startswith("facebookexternalhit")
    assert instagram.journal.accepted("publish") == ["A fox"]


def test_a_container_that_is_not_ready_is_not_published(user: IGUser, album: Album) -> None:
    """The answer is 9007/2207027, and the same container can be published later."""
    made = user.create_media(params={"image_url": album.put(still())})["id"]

    with pytest.raises(FacebookRequestError) as error:
        publish(user, made)

    assert codes(error) == (400, 9007, 2207027)
    assert [state(user, made), state(user, made)] == ["IN_PROGRESS", "FINISHED"]
    assert publish(user, made)


def test_a_second_publish_is_refused_and_counted(
    instagram: Instagram, user: IGUser, album: Album
) -> None:
    """One container gives one post, and the journal knows of each attempt at a second."""
    made = make(user, image_url=album.put(still()), caption="A fox")
    publish(user, made)

    with pytest.raises(FacebookRequestError) as error:
        publish(user, made)

    assert codes(error) == (400, 100, 0)
    assert len(instagram.posts) == 1
    assert [entry.post for entry in instagram.journal.entries(call="double")] == ["A fox"]


@pytest.mark.parametrize(
    "fault",
    [Fault("after"), Fault("after", answer=refusal(4, 2207051)), Fault("after", cut_at=5)],
    ids=["cut", "suspected spam", "half an answer"],
)
def test_a_lost_answer_leaves_it_published(
    instagram: Instagram, user: IGUser, album: Album, fault: Fault
) -> None:
    """The status knows what the caller does not."""
    made = make(user, image_url=album.put(still()))
    instagram.fail("publish", fault)

    with pytest.raises(Exception):  # noqa: B017, PT011  whatever the client makes of it
        publish(user, made)

    assert state(user, made) == "PUBLISHED"
    assert len(instagram.posts) == 1


def test_a_lost_request_leaves_it_ready(instagram: Instagram, user: IGUser, album: Album) -> None:
    """Before its effect a fault changes nothing."""
    made = make(user, image_url=album.put(still()))
    instagram.fail("publish", Fault("before", answer=refusal(2)))

    with pytest.raises(FacebookRequestError):
        publish(user, made)

    assert state(user, made) == "FINISHED"
    assert instagram.posts == []


def test_a_carousel_shows_its_children_in_their_order(
    instagram: Instagram, user: IGUser, album: Album
) -> None:
    """Children carry links and alt texts; caption and disclosure are the carousel's."""
    links = [album.put(still(100, 100 + 5 * number)) for number in range(3)]
    children = [
        make(user, image_url=link, is_carousel_item=True, alt_text=f"fox {number}")
        for number, link in enumerate(links)
    ]
    made = make(
        user, media_type="CAROUSEL", children=children, caption="Foxes", is_ai_generated=True
    )

    publish(user, made)

    (post,) = instagram.posts
    assert (post.kind, post.caption, post.is_ai) == ("carousel", "Foxes", True)
    assert post.media == tuple(links)
    assert post.alt_texts == ("fox 0", "fox 1", "fox 2")
    assert instagram.posts[0].shown()["media_type"] == "CAROUSEL_ALBUM"


def test_a_carousel_waits_for_its_children(user: IGUser, album: Album) -> None:
    """Children that are still processed are refused with 9007/2207027."""
    ready = make(user, image_url=album.put(still()), is_carousel_item=True)
    busy = user.create_media(params={"image_url": album.put(still()), "is_carousel_item": True})

    with pytest.raises(FacebookRequestError) as error:
        user.create_media(params={"media_type": "CAROUSEL", "children": [ready, busy["id"]]})

    assert codes(error) == (400, 9007, 2207027)


@pytest.mark.parametrize("count", [1, 11])
def test_a_carousel_has_two_to_ten_children(user: IGUser, album: Album, count: int) -> None:
    """Any other count is 100/2207028."""
    child = make(user, image_url=album.put(still()), is_carousel_item=True)

    with pytest.raises(FacebookRequestError) as error:
        user.create_media(params={"media_type": "CAROUSEL", "children": [child] * count})

    assert codes(error) == (400, 100, 2207028)


def test_children_alone_and_photos_in_a_carousel_are_refused(user: IGUser, album: Album) -> None:
    """A child is not published alone, and what is no child does not go into a carousel."""
    child = make(user, image_url=album.put(still()), is_carousel_item=True)
    photo = make(user, image_url=album.put(still()))

    with pytest.raises(FacebookRequestError):
        publish(user, child)
    with pytest.raises(FacebookRequestError):
        user.create_media(params={"media_type": "CAROUSEL", "children": [child, photo]})


def test_a_container_expires_after_a_day(instagram: Instagram, user: IGUser, album: Album) -> None:
    """Unpublished for 24 hours it is EXPIRED, and cannot be published."""
    made = make(user, image_url=album.put(still()))
    instagram.wait(timedelta(hours=24))

    with pytest.raises(FacebookRequestError) as error:
        publish(user, made)

    assert state(user, made) == "EXPIRED"
    assert codes(error) == (400, -2, 2207020)


def test_processing_can_fail(instagram: Instagram, user: IGUser, album: Album) -> None:
    """ERROR comes with a text that carries the subcode."""
    instagram.break_next(2207053)
    made = make(user, image_url=album.put(still()))

    answer = user.get_api_assured().call("GET", (made,), {"fields": "status_code,status"}).json()

    assert answer == {
        "id": made,
        "status_code": "ERROR",
        "status": "Error: Media upload has failed with error code 2207053",
    }


def test_a_container_may_be_hidden_at_first(
    instagram: Instagram, user: IGUser, album: Album
) -> None:
    """Seen in the field: the first question for a new container is answered 100/33."""
    instagram.desk.hides = 1
    made = user.create_media(params={"image_url": album.put(still())})["id"]

    with pytest.raises(FacebookRequestError) as error:
        state(user, made)

    assert codes(error) == (400, 100, 33)
    assert state(user, made) == "IN_PROGRESS"
