"""Posts of every kind, from prompts and from people's own media, to the channels that take them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flows.publish_due import publish_due
from promptpress.markdown import read_markdown
from promptpress.model import PostState, PublicationState
from promptpress.wiring import Services
from tests.fakes.cloudinary import Cloudinary
from tests.fakes.instagram import Album, Instagram
from tests.fakes.server import Fault, Journal
from tests.fakes.telegram import Telegram
from tests.flows.conftest import MakeServices, add, post_of, run
from tests.unit.pictures import encode, noise

pytestmark = pytest.mark.flow
DUE = {"local_time": "2026-01-05 08:30", "zone": "Europe/Berlin"}


@pytest.fixture
def instagram(journal: Journal) -> Iterator[Instagram]:
    """A stand-in for Instagram."""
    with Instagram(journal=journal) as running:
        yield running


@pytest.fixture
def cloudinary(journal: Journal) -> Iterator[Cloudinary]:
    """A stand-in for Cloudinary, whose links can be fetched."""
    with Cloudinary(journal) as running:
        yield running


@pytest.fixture
def studio(
    make_services: MakeServices, instagram: Instagram, cloudinary: Cloudinary, channel: Telegram
) -> Services:
    """Services with pictures at Cloudinary, published to Instagram and Telegram."""
    return make_services(
        channels="instagram,telegram",
        stores="cloudinary",
        links_may_be_private=True,
        default_image_width=320,
        default_image_height=320,
        reel_seconds=2,
        **instagram.environment(),
        **cloudinary.environment(),
        **channel.environment(),
    )


def outcomes(services: Services, post_id: int) -> dict[str, str]:
    """Return how a post stands at each channel, with the reason where it did not go out."""
    found = post_of(services, post_id).publications
    return {p.channel: p.reason or str(p.state) for p in found}


@pytest.mark.parametrize("kind", ["photo", "carousel", "story", "reel", "article"])
def test_a_post_without_media_goes_out(
    kind: str, studio: Services, instagram: Instagram, channel: Telegram, journal: Journal
) -> None:
    """Prompt, kind and time are enough, for Instagram in all its forms and for Telegram."""
    article, _ = read_markdown(
        "# Reynard\nHis life.\n![x](prompt: y)\n## Den\nDug.\n![a](prompt: b)"
    )
    text = {"article": article} if kind == "article" else {"caption": "Reynard"}
    (post_id,) = add(studio, "a fox", kind=kind, **text, **DUE)
    run(publish_due)

    told = outcomes(studio, post_id)
    assert told["instagram"] == "sent", told
    (shown,) = instagram.posts
    assert shown.kind == ("photo" if kind == "article" else kind)
    assert kind == "story" or shown.caption.startswith("Reynard")
    assert len(journal.accepted("publish")) == 1
    if kind == "story":
        assert list(told) == ["instagram"]  # the channel that has stories
    else:
        assert told["telegram"] == "sent", told
        assert len(channel.messages) == (3 if kind == "carousel" else 1)


def test_people_s_own_pictures_are_used_in_place_of_generated_ones(
    studio: Services, instagram: Instagram
) -> None:
    """In their order; nothing is paid for, and no AI is claimed."""
    with Album() as album:
        links = tuple(album.put(encode(noise((400 + n, 400)), "JPEG")) for n in range(2))
        (post_id,) = add(studio, "a fox", kind="carousel", media_links=links, **DUE)
        run(publish_due)

    post = post_of(studio, post_id)
    assert outcomes(studio, post_id) == {"instagram": "sent", "telegram": "sent"}
    assert [item.generator for item in post.media] == ["given", "given"]
    assert not instagram.posts[0].is_ai


def test_a_person_s_own_video_is_a_reel(
    studio: Services, instagram: Instagram, channel: Telegram, tmp_path: Path
) -> None:
    """To Instagram as a reel, to Telegram as a video."""
    from tests.fakes.instagram.samples import clip

    with Album() as album:
        link = album.put(clip(), "video/mp4")
        (post_id,) = add(studio, "a fox", kind="reel", media_links=(link,), **DUE)
        run(publish_due)

    assert outcomes(studio, post_id) == {"instagram": "sent", "telegram": "sent"}
    assert [post.kind for post in instagram.posts] == ["reel"]


@pytest.mark.parametrize("call", ["create", "status", "publish"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_answer_of_instagram_never_makes_a_second_post(
    call: str, when: Any, make_services: MakeServices, journal: Journal
) -> None:
    """Whatever call it is of: the container is asked, and each post is shown once."""
    with Instagram(journal=journal) as instagram, Cloudinary(journal) as cloudinary:
        services = make_services(
            channels="instagram",
            stores="cloudinary",
            links_may_be_private=True,
            default_image_width=320,
            default_image_height=320,
            lease_seconds=1,
            instagram_settle_seconds=1,
            **instagram.environment(),
            **cloudinary.environment(),
        )
        (post_id,) = add(services, "a fox", **DUE)
        instagram.fail(call, Fault(when))
        for _ in range(4):
            run(publish_due)
            if post_of(services, post_id).state is PostState.PUBLISHED:
                break

        assert len(instagram.posts) == 1
        assert journal.accepted("double") == []
        state = post_of(services, post_id).publication("instagram").state
        assert state in (PublicationState.SENT, PublicationState.IN_DOUBT)
