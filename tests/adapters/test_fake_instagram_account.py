"""The stand-in of Instagram, judged by Meta's own client: what it says of the account."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from facebook_business.adobjects.igmedia import IGMedia
from facebook_business.adobjects.iguser import IGUser
from facebook_business.exceptions import FacebookRequestError

from tests.fakes.instagram import ACCOUNT, Album, Instagram, throttled
from tests.fakes.instagram.samples import still
from tests.fakes.instagram.sdk import client, codes, make, publish
from tests.fakes.server import Fault, Journal


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


def test_the_cap_of_a_day_rolls(user: IGUser, instagram: Instagram, album: Album) -> None:
    """Over quota_total a publish is 9/2207042; 24 hours after the first there is room again."""
    instagram.desk.quota_total = 1
    publish(user, make(user, image_url=album.put(still())))
    instagram.wait(timedelta(hours=23))
    second = make(user, image_url=album.put(still()))

    (limit,) = user.get_content_publishing_limit(fields=["quota_usage", "config"])
    with pytest.raises(FacebookRequestError) as error:
        publish(user, second)
    instagram.wait(timedelta(hours=1))

    assert codes(error) == (400, 9, 2207042)
    assert limit["quota_usage"] == 1
    assert limit["config"] == {"quota_total": 1, "quota_duration": 86400}
    assert publish(user, second)


def test_containers_are_counted_too(user: IGUser, instagram: Instagram, album: Album) -> None:
    """400 containers in 24 hours at the most."""
    link = album.put(still())
    instagram.desk.max_containers = 2
    for _ in range(2):
        user.create_media(params={"image_url": link})

    with pytest.raises(FacebookRequestError) as error:
        user.create_media(params={"image_url": link})
    instagram.wait(timedelta(hours=24))

    assert codes(error) == (400, 9, 2207042)
    assert user.create_media(params={"image_url": link})["id"]


def test_the_list_is_read_page_by_page(user: IGUser, instagram: Instagram) -> None:
    """Meta's client follows the cursors: newest first, none twice, none left out."""
    for number in range(7):
        instagram.add_post(f"post {number}")

    listed = user.get_media(fields=["id", "caption", "timestamp"], params={"limit": 3})

    assert [f"post {number}" for number in reversed(range(7))] == [p["caption"] for p in listed]
    assert len(instagram.journal.entries(call="list")) == 3


def test_stories_are_listed_apart(user: IGUser, instagram: Instagram, album: Album) -> None:
    """A story is not among the media, shows no caption, and is gone after a day."""
    publish(user, make(user, image_url=album.put(still(9, 16)), media_type="STORIES", caption="x"))

    media, stories = list(user.get_media()), list(user.get_stories(fields=["media_product_type"]))
    instagram.wait(timedelta(hours=24))

    assert media == []
    assert [story["media_product_type"] for story in stories] == ["STORY"]
    assert instagram.posts[0].caption == ""
    assert list(user.get_stories()) == []


def test_usage_is_told_in_headers(user: IGUser, instagram: Instagram) -> None:
    """Usage stands on every answer; throttling names the minutes."""
    instagram.usage["X-App-Usage"] = {"call_count": 96, "total_time": 1, "total_cputime": 1}
    answer = user.get_api_assured().call("GET", (ACCOUNT,), {"fields": "username"})
    instagram.fail("account", Fault("before", answer=throttled(ACCOUNT, 12)))

    with pytest.raises(FacebookRequestError) as error:
        user.get_api_assured().call("GET", (ACCOUNT,), {"fields": "username"})

    assert '"call_count": 96' in answer.headers()["x-app-usage"]
    assert codes(error) == (400, 80002, 0)
    usage = error.value.http_headers()["x-business-use-case-usage"]
    assert '"estimated_time_to_regain_access": 12' in usage


def test_time_can_stand_still(album: Album) -> None:
    """The clock is the test's own."""
    moment = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
    with Instagram(Journal(), clock=lambda: moment, polls=0) as instagram:
        user = IGUser(ACCOUNT, api=client(instagram))
        id_ = publish(user, make(user, image_url=album.put(still())))
        shown = IGMedia(id_, api=user.get_api_assured()).api_get(fields=["timestamp"])

    assert shown["timestamp"] == "2026-11-21T09:00:00+0000"
