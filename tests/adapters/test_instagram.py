"""The Instagram publisher against its stand-in: what goes out, and what comes back."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from promptpress.errors import InvalidPost, SetupError, TransientError
from promptpress.model import Publication
from tests.adapters.instagramming import CAPTION, Studio, clip, jpeg, studio
from tests.fakes.server import Fault


@pytest.fixture
def house() -> Iterator[Studio]:
    with studio() as running:
        yield running


def test_a_photo_goes_out(house: Studio) -> None:
    """Caption, link, hashtags, alt text, place, people and the sign of AI arrive as one post."""
    rendition = house.photo(
        caption="Dawn & sea",
        link="https://x.invalid/a",
        hashtags=("sea", "dawn"),
        alt_text="A tower by the sea",
        location="106078429431815",
        user_tags=("ada", "@bob"),
    )
    receipt = house.send(house.publisher(), rendition)

    (post,) = house.fake.posts
    assert (post.kind, post.media) == ("photo", rendition.links)
    assert post.caption == "Dawn & sea\n\nhttps://x.invalid/a\n\n#sea #dawn"
    assert (post.alt_texts, post.location) == (("A tower by the sea",), "106078429431815")
    assert [tag["username"] for tag in post.user_tags] == ["ada", "bob"]
    assert all(0 < tag["x"] < 1 and 0 < tag["y"] < 1 for tag in post.user_tags)
    assert post.is_ai
    assert (receipt.external_id, receipt.url) == (post.id, post.permalink)
    assert receipt.detail == {"container": post.container}


def test_the_way_of_a_photo(house: Studio) -> None:
    """It is made, asked after until it is ready, the day's posts are counted, and it goes out."""
    house.send(house.publisher(), house.photo())

    assert house.calls() == ["create", "status", "status", "limit", "publish", "permalink"]
    assert [(one.wait, one.is_ready) for one in house.stagings] == [
        (2.0, False),
        (2.0, False),
        (0.0, True),
    ]


def test_a_carousel_goes_out_in_order(house: Studio) -> None:
    """Each picture is a container of its own, without caption or sign of AI; the whole has both."""
    rendition = house.carousel(4, alt_text="Dawn", user_tags=("ada",), location="42")
    house.send(house.publisher(), rendition)

    (post,) = house.fake.posts
    assert (post.kind, post.media) == ("carousel", rendition.links)
    assert (post.caption, post.is_ai, post.location) == (CAPTION, True, "42")
    assert post.alt_texts == ("Dawn",) * 4
    assert [tag["username"] for tag in post.user_tags] == ["ada"]
    assert house.calls("create") == ["create"] * 5


def test_every_step_does_one_thing(house: Studio) -> None:
    """A step orders at most one thing, so that its handle is kept before the next is ordered."""
    publisher, rendition = house.publisher(), house.carousel(10)
    made = 0
    while not (house.stagings and house.stagings[-1].is_ready):
        house.stage(publisher, rendition)
        now = len(house.calls("create"))
        assert now - made <= 1
        made = now

    assert made == 11
    assert len(house.publication.handle) < 400
    assert len(house.stagings) < 20


@pytest.mark.parametrize("count", [0, 1])
def test_a_carousel_needs_two_pictures(count: int, house: Studio) -> None:
    """Fewer than two are refused before anything is asked."""
    rendition = house.photo(*(jpeg(at) for at in range(count)), kind="carousel")
    if not count:
        rendition = replace(rendition, pictures=(), links=())

    with pytest.raises(InvalidPost, match="2 to 10 pictures"):
        house.publisher().stage(rendition, house.publication)
    assert house.calls() == []


def test_a_story_is_a_picture_without_words(house: Studio) -> None:
    """A story has neither caption nor alt text, and its receipt has its address."""
    rendition = house.photo(
        jpeg(size=(360, 640)), kind="story", alt_text="Dawn", user_tags=("ada",), location="42"
    )
    receipt = house.send(house.publisher(), rendition)

    (post,) = house.fake.posts
    assert (post.kind, post.caption, post.alt_texts) == ("story", "", ("",))
    assert (post.location, post.user_tags) == ("", ())
    assert receipt.detail["user_tags_left_out"] == 1
    assert receipt.url == post.permalink


@pytest.mark.parametrize("kind", ["reel", "story"])
def test_a_video_goes_out_by_its_link(kind: str, house: Studio) -> None:
    """A reel or story takes its video from where anybody can fetch it, and has time for it."""
    rendition = house.clip(clip(), kind)
    house.send(house.publisher(), rendition)

    (post,) = house.fake.posts
    assert (post.kind, post.media) == (kind, (rendition.video_link,))
    assert post.is_video
    assert [one.wait for one in house.stagings] == [20.0, 20.0, 0.0]


def test_a_video_without_a_link_is_sent_as_bytes(house: Studio) -> None:
    """Where there is an address for uploads the bytes go there, under the token's own header."""
    rendition = house.clip(clip(), linked=False)
    house.send(house.publisher(upload_url=house.fake.url), rendition)

    assert [post.kind for post in house.fake.posts] == ["reel"]
    assert house.calls()[:3] == ["create", "status", "upload"]
    ((_, request),) = [one for one in house.fake.requests if one[0] == "upload"]
    assert request.headers["authorization"].startswith("OAuth IGAA")
    assert request.path == f"/ig-api-upload/v25.0/{house.fake.posts[0].container}"


def test_an_upload_goes_to_our_address_only(house: Studio) -> None:
    """Whatever address an answer names, the token and the video do not go there."""
    from tests.fakes.server import Answer

    lure = {"id": "17889000000000099", "uri": "http://127.0.0.1:9/steal"}
    house.fake.fail("create", Fault("before", Answer.json(lure)))
    publisher = house.publisher(upload_url=house.fake.url)
    house.stage(publisher, house.clip(clip(), linked=False))
    house.fake.fail("status", Fault("before", Answer.json({"status_code": "IN_PROGRESS"})))
    house.stage(publisher, house.clip(clip(), linked=False))

    assert house.calls() == ["create", "status", "upload"]


@pytest.mark.parametrize("kind", ["photo", "reel"])
def test_without_a_link_the_set_up_is_at_fault(kind: str, house: Studio) -> None:
    """Instagram fetches pictures itself: without a public link a store has to be named."""
    rendition = house.photo() if kind == "photo" else house.clip(clip(), linked=False)

    with pytest.raises(SetupError, match="STORES"):
        house.publisher().stage(replace(rendition, links=()), house.publication)
    assert house.calls() == []


def test_a_reel_needs_a_video(house: Studio) -> None:
    """A reel of pictures alone is refused."""
    with pytest.raises(InvalidPost, match="a reel is a video"):
        house.publisher().stage(house.photo(kind="reel"), house.publication)


def test_a_photo_takes_the_first_picture(house: Studio) -> None:
    """What does not go out is told in the receipt."""
    rendition = house.photo(jpeg(1), jpeg(2), jpeg(3))
    receipt = house.send(house.publisher(), rendition)

    assert house.fake.posts[0].media == rendition.links[:1]
    assert receipt.detail["pictures_left_out"] == 2


@pytest.mark.parametrize(
    ("source", "changes", "is_ai"),
    [
        ("trainedAlgorithmicMedia", {}, True),
        ("compositeWithTrainedAlgorithmicMedia", {}, True),
        ("trainedAlgorithmicMedia", {"discloses_ai": False}, False),
        ("algorithmicMedia", {}, False),
        ("digitalCapture", {}, False),
        ("", {}, False),
    ],
)
def test_ai_is_disclosed(source: str, changes: dict[str, Any], is_ai: bool, house: Studio) -> None:
    """What a trained model made is marked as AI, and only that; the set-up may leave it out."""
    house.send(house.publisher(**changes), house.photo(source=source))

    assert house.fake.posts[0].is_ai is is_ai


def test_a_link_with_odd_characters_is_escaped(house: Studio) -> None:
    """Instagram takes addresses in US-ASCII only."""
    rendition = house.photo()
    link = house.album.put(jpeg(), name="d%C3%A4mmerung%20x")
    odd = link.replace("%C3%A4", "ä").replace("%20", " ")
    house.send(house.publisher(), replace(rendition, links=(odd,)))

    assert house.fake.posts[0].media == (link,)


def test_the_account_is_asked_for_where_it_is_not_set(house: Studio) -> None:
    """A token of the login with Instagram tells its account: user_id, not the app's own id."""
    house.send(house.publisher(account_id=""), house.photo())

    assert len(house.fake.posts) == 1
    assert house.calls("account") == ["account"]


def test_a_token_of_facebook_needs_the_account() -> None:
    """A token of the login with Facebook is a person's: the account has to be set."""
    with studio(login="facebook") as house:
        with pytest.raises(SetupError, match="INSTAGRAM_ACCOUNT_ID"):
            house.publisher(account_id="").stage(house.photo(), house.publication)
        house.send(house.publisher(), house.photo())

        assert len(house.fake.posts) == 1


def test_the_version_stands_in_every_address(house: Studio) -> None:
    """Without a version an app would get whatever is its default."""
    house.send(house.publisher(version="v26.0"), house.photo())

    assert {request.path.split("/")[1] for _, request in house.fake.requests} == {"v26.0"}


def test_a_renewed_token_is_used_at_once(house: Studio) -> None:
    """The token is asked for with every call: it changes while we run."""
    tokens = [house.fake.token]
    publisher = house.publisher(token=lambda: tokens[-1])
    house.stage(publisher, house.photo())
    tokens.append(house.fake.tokens.give("instagram").value)
    house.fake.tokens.known[tokens[0]].subcode = 463
    house.send(publisher, house.photo())

    assert len(house.fake.posts) == 1


def test_publishing_what_is_not_ready_is_put_off(house: Studio) -> None:
    """Without a container nothing is sent."""
    with pytest.raises(TransientError, match="nothing is made ready"):
        house.publisher().publish(house.photo(), Publication(channel="instagram", attempts=1))
    assert house.calls() == []


def test_the_permalink_is_no_part_of_the_promise(house: Studio) -> None:
    """A post that is out stays out, whatever becomes of the question for its address."""
    house.fake.fail("permalink", Fault("after"))
    receipt = house.send(house.publisher(), house.photo())

    assert (receipt.external_id, receipt.url) == (house.fake.posts[0].id, "")


def test_a_token_that_fails_after_the_send_changes_nothing(house: Studio) -> None:
    """Whatever breaks between the send and the receipt, the receipt is given."""
    house.make_ready(house.publisher(), house.photo())

    def token() -> str:
        if house.fake.posts:
            raise OSError
        return house.fake.token

    receipt = house.publisher(token=token).publish(house.photo(), house.begin())

    assert (receipt.external_id, receipt.url) == (house.fake.posts[0].id, "")
