"""Pictures kept on the site: channels that fetch them wait until it is published. And copies."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from flows.daily_post import daily_post
from flows.generate_media import generate_media
from flows.publish_due import publish_due
from promptpress.errors import NotYet
from promptpress.imaging import inspect, make_copies
from promptpress.model import CLAIMABLE, Media, PostState, PublicationState
from promptpress.ports import Picture
from promptpress.wiring import Services
from tasks.load import put_down
from tasks.policy import MAX_ATTEMPTS, MAX_WAIT
from tasks.stage import build_rendition
from tasks.transform import render_pictures
from tests.fakes.instagram import Album, Instagram
from tests.fakes.server import Answer, Fault, Journal
from tests.fakes.telegram import Telegram
from tests.flows.conftest import MakeServices, add, end_rest, post_of, run
from tests.unit.pictures import AI, encode, noise
from tests.unit.posts import post_in

pytestmark = pytest.mark.flow


@pytest.fixture
def instagram(journal: Journal) -> Iterator[Instagram]:
    """A stand-in for Instagram."""
    with Instagram(journal=journal) as running:
        yield running


@pytest.fixture
def web(journal: Journal) -> Iterator[Album]:
    """Where the site is published; nothing lies there yet."""
    with Album(journal) as running:
        yield running


@pytest.fixture
def studio(
    make_services: MakeServices, instagram: Instagram, channel: Telegram, web: Album
) -> Services:
    """Services that publish to Instagram and Telegram, with pictures kept on the site alone."""
    return make_services(
        channels="instagram,telegram",
        stores="site",
        site_url=web.url,
        links_may_be_private=True,
        default_image_width=320,
        default_image_height=320,
        **instagram.environment(),
        **channel.environment(),
    )


def deploy(services: Services, web: Album) -> None:
    """Publish the site's folder as it is now."""
    folder = services.settings.data_dir / "site"
    for file in folder.glob("media/kept/*"):
        kind = "image/jpeg" if file.suffix == ".jpg" else "image/png"
        web.put(file.read_bytes(), kind, str(file.relative_to(folder)))


def test_a_post_waits_for_the_site_however_long(
    studio: Services, instagram: Instagram, channel: Telegram, journal: Journal, web: Album
) -> None:
    """Telegram has it at once; Instagram gets it in the first run after the site is published.

    No number of runs sets it aside, none tries twice in vain, and nothing is made a second time.
    """
    (post_id,) = add(studio, "a fox")
    run(daily_post)
    first = post_of(studio, post_id)
    looks = journal.entries("album")
    assert first.publication("telegram").state is PublicationState.SENT
    assert first.publication("instagram").state is PublicationState.PENDING
    assert (first.state, first.attempts) == (PostState.READY, 0)
    assert "/media/kept/" in first.reason
    assert "publish what the store site keeps" in first.reason
    assert len(looks) == 1

    end_rest(studio, MAX_ATTEMPTS - 1)
    run(daily_post)
    assert post_of(studio, post_id).state is PostState.READY

    deploy(studio, web)
    end_rest(studio)
    run(daily_post)
    assert post_of(studio, post_id).state is PostState.PUBLISHED
    assert len(instagram.posts) == len(channel.messages) == 1


def test_a_send_that_cannot_be_asked_after_keeps_no_other_channel_from_its_hour(
    make_services: MakeServices, instagram: Instagram, channel: Telegram, web: Album
) -> None:
    """Instagram's answer was lost and it is down; Telegram's hour comes while that rests."""
    opens = (datetime.now(UTC) + timedelta(minutes=2)).replace(second=0, microsecond=0)
    later = {"kind": "telegram", "slots": [opens.strftime("%H:%M")]}
    services = make_services(
        channels="instagram,telegram",
        channel={"telegram": later},
        stores="site",
        site_url=web.url,
        links_may_be_private=True,
        instagram_settle_seconds=0,
        **instagram.environment(),
        **channel.environment(),
    )
    (post_id,) = add(services, "a fox")
    run(generate_media)
    run(publish_due)  # places the picture, which is not to be seen yet
    deploy(services, web)
    end_rest(services)
    instagram.fail("publish", Fault("after"))

    def go_down(call: str) -> None:
        if call == "publish":
            instagram.fail("*", Fault("before", Answer(503)), times=1000)

    instagram.after = go_down
    run(publish_due)
    post = post_of(services, post_id)
    assert post.publication("instagram").state is PublicationState.SENDING
    assert post.publication("instagram").rests_until is not None

    services.now = lambda: opens + timedelta(seconds=10)
    assert post.owner == ""
    run(publish_due, channels=["telegram"])
    assert post_of(services, post_id).publication("telegram").state is PublicationState.SENT
    assert len(instagram.posts) == len(channel.messages) == 1


def test_it_rests_longer_than_a_run_waits(studio: Services) -> None:
    """Looking again in the same run would be in vain, and each look costs the other posts time."""
    (post_id,) = add(studio, "a fox")
    (post,) = studio.queue.claim(1, "me", CLAIMABLE, [post_id])
    before = studio.now()
    put_down(post, NotYet("it shows nothing yet", "links", 300))

    rests = post_of(studio, post_id).lease_until
    assert rests is not None
    assert rests - before > timedelta(seconds=MAX_WAIT)


def _drawn(width: int, height: int) -> tuple[Picture, Media]:
    picture = inspect(encode(noise((width, height)), "JPEG", quality=30))
    media = Media(
        sha256=picture.sha256, format="JPEG", width=width, height=height,
        size=len(picture.content), refs={"local": "aa/a.jpg"}, source=AI,
    )  # fmt: skip
    return picture, media


def test_copies_are_made_where_a_channel_shows_them(
    make_services: MakeServices, channel: Telegram
) -> None:
    """The site gets some of each picture, in its order; Telegram none."""
    services = make_services(channels="telegram,site", **channel.environment())
    widths = services.publishers["site"].rules_for("carousel").widths
    wide, high = _drawn(700, 500), _drawn(500, 700)
    pictures = (wide[0], high[0])
    post = post_in(PostState.READY, kind="carousel", media=(wide[1], high[1]))

    shown = build_rendition(post, "site", render_pictures(post, "site", pictures))
    sent = build_rendition(post, "telegram", render_pictures(post, "telegram", pictures))

    assert widths
    assert shown.copies == tuple(make_copies(one, widths) for one in shown.pictures)
    assert [one.pictures[-1].width for one in shown.copies] == [700, 500]
    assert (len(sent.pictures), sent.copies) == (2, ())
