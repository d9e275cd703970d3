"""What comes before a send: made ready piece by piece, gone on from, made anew after an edit."""

from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine, text

from flows.daily_post import daily_post
from flows.publish_due import publish_due
from promptpress.model import PostState
from promptpress.wiring import Services
from tests.fakes.cloudinary import Cloudinary
from tests.fakes.instagram import Instagram
from tests.fakes.server import Answer, Fault, Journal
from tests.flows.conftest import MakeServices, add, post_of, run

pytestmark = pytest.mark.flow


@pytest.fixture
def instagram(journal: Journal) -> Iterator[Instagram]:
    """A stand-in for Instagram."""
    with Instagram(journal=journal) as running:
        yield running


@pytest.fixture
def cloudinary(journal: Journal) -> Iterator[Cloudinary]:
    """A stand-in for Cloudinary."""
    with Cloudinary(journal) as running:
        yield running


@pytest.fixture
def studio(make_services: MakeServices, instagram: Instagram, cloudinary: Cloudinary) -> Services:
    """Services that publish to Instagram."""
    return make_services(
        channels="instagram",
        stores="cloudinary",
        links_may_be_private=True,
        default_image_width=320,
        default_image_height=320,
        **instagram.environment(),
        **cloudinary.environment(),
    )


def edit(services: Services, post_id: int, caption: str) -> None:
    """Change a caption as a person does who looks into the table."""
    engine = create_engine(services.settings.queue)
    with engine.begin() as connection:
        change = "UPDATE posts SET caption = :caption WHERE id = :id"
        connection.execute(text(change), {"caption": caption, "id": post_id})
    engine.dispose()


def test_an_edit_between_container_and_publish_counts(
    studio: Services, instagram: Instagram, journal: Journal
) -> None:
    """The container with the old words is never published; one with the new ones is."""
    (post_id,) = add(studio, "a fox", caption="OLD WORDS")

    def meanwhile(call: str) -> None:
        if call == "status":
            edit(studio, post_id, "NEW WORDS")

    instagram.after = meanwhile
    for _ in range(3):
        run(publish_due if post_of(studio, post_id).media else daily_post)

    assert [post.caption for post in instagram.posts] == ["NEW WORDS"]
    assert post_of(studio, post_id).state is PostState.PUBLISHED
    assert len(journal.accepted("publish")) == 1


def test_a_container_that_is_made_is_used_by_a_later_run(
    studio: Services, instagram: Instagram, journal: Journal
) -> None:
    """Instagram was down when it was to be asked: nothing is built a second time."""
    (post_id,) = add(studio, "a fox", kind="carousel", num_images=2)
    instagram.fail("publish", Fault("before", Answer(400, b"<html>a proxy</html>")))
    run(daily_post)
    made = len(journal.accepted("create"))
    assert post_of(studio, post_id).publication("instagram").handle
    for _ in range(2):
        run(daily_post)

    assert post_of(studio, post_id).state is PostState.PUBLISHED
    assert len(journal.accepted("create")) == made == 3
    assert len(instagram.posts) == 1


def test_a_refused_container_does_not_stay(
    studio: Services, instagram: Instagram, journal: Journal
) -> None:
    """A post that was set aside begins anew when it is retried."""
    from promptpress import decisions

    (post_id,) = add(studio, "a fox")
    instagram.break_next(2207026)
    run(daily_post)
    post = post_of(studio, post_id)
    if post.state is PostState.FAILED:
        assert post.publication("instagram").handle == ""
        studio.queue.record(decisions.retry(post, studio.stamp()))
    for _ in range(3):
        run(daily_post)

    assert post_of(studio, post_id).state is PostState.PUBLISHED
    assert len(instagram.posts) == 1


def test_without_a_store_that_gives_addresses_a_person_is_told(
    make_services: MakeServices, instagram: Instagram
) -> None:
    """In a sentence that says what to add; nothing is sent, and the post is kept."""
    services = make_services(channels="instagram", stores="local", **instagram.environment())
    (post_id,) = add(services, "a fox")
    run(daily_post)

    post = post_of(services, post_id)
    assert post.state is PostState.FAILED
    assert "cloudinary, s3 or site" in post.reason + post.publication("instagram").reason
    assert instagram.posts == []
