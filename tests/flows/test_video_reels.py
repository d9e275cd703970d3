"""Reels of videos that a model makes: who is asked, who never is, and what it costs."""

from collections.abc import Iterator
from typing import Any

import pytest

from flows.daily_post import daily_post
from flows.generate_media import generate_media
from promptpress.model import PostState
from promptpress.settings import Settings
from promptpress.wiring import Services
from tests.fakes.huggingface import VIDEO_MODEL, HuggingFace
from tests.fakes.server import Answer, Fault, Journal
from tests.fakes.telegram import Telegram
from tests.flows.conftest import MakeServices, add, post_of, run

pytestmark = pytest.mark.flow
DOWN = Fault("before", Answer(503))


@pytest.fixture
def films(journal: Journal) -> Iterator[HuggingFace]:
    """The account at a provider that makes pictures and videos."""
    with HuggingFace(journal=journal, provider="fal-ai", size=256) as running:
        yield running


@pytest.fixture
def set_up(make_services: MakeServices, films: HuggingFace, channel: Telegram) -> MakeServices:
    """Makes services that have videos made, and pictures, for Telegram."""

    def make(**changes: Any) -> Services:
        keys = {**films.environment(), **channel.environment()}
        settings = {name.lower(): value for name, value in keys.items()} | {
            "generators": "huggingface_video,huggingface",
            "channels": "telegram",
            "hf_video_model": VIDEO_MODEL,
            "hf_video_provider": "fal-ai",
            "default_check_interval": 0.05,
            "reel_seconds": 2,
        }
        return make_services(**{**settings, **changes})

    return make


def made_by(services: Services, post_id: int) -> list[tuple[str, str]]:
    """Return who made what a post has, and its format."""
    return [(item.generator, item.format) for item in post_of(services, post_id).media]


def test_a_reel_is_the_video_that_the_model_made(
    set_up: MakeServices, channel: Telegram, journal: Journal
) -> None:
    """A photo of the same run is a picture; each is paid for once."""
    services = set_up()
    (reel,) = add(services, "a fox", kind="reel")
    (photo,) = add(services, "a lake")
    state = run(daily_post)

    assert state.message == "2 published"
    assert made_by(services, reel) == [("huggingface_video", "MP4")]
    assert made_by(services, photo) == [("huggingface", "PNG")]
    assert sorted(journal.accepted("generate")) == ["a fox", "a lake"]
    assert sorted(message.kind for message in channel.messages) == ["photo", "video"]


def test_one_video_is_paid_for_whatever_number_of_pictures_is_usual(
    set_up: MakeServices, journal: Journal
) -> None:
    """DEFAULT_NUM_IMAGES is for pictures: a second video would be shown to nobody."""
    services = set_up(default_num_images=3, max_images_per_day=1)
    named, other = (
        add(services, prompt, kind="reel", generator=generator)[0]
        for prompt, generator in (("a fox", "huggingface_video"), ("a lake", ""))
    )
    state = run(generate_media, concurrency=1)

    assert state.name == "BudgetReached"
    assert journal.accepted("generate") == ["a fox"]
    assert made_by(services, named) == [("huggingface_video", "MP4")]
    assert post_of(services, named).state is PostState.READY
    assert post_of(services, other).state is PostState.QUEUED


def test_a_reel_of_several_pictures_is_made_of_pictures(
    set_up: MakeServices, journal: Journal
) -> None:
    """Whoever orders more than one wants them shown one after another."""
    services = set_up()
    (reel,) = add(services, "a fox", kind="reel", num_images=2)
    run(generate_media)

    assert made_by(services, reel) == [("huggingface", "PNG")] * 2


def test_where_no_video_can_be_made_the_reel_is_made_of_a_picture(
    set_up: MakeServices, films: HuggingFace, channel: Telegram, journal: Journal
) -> None:
    """The next in line makes it; the video was not paid for."""
    services = set_up()
    (reel,) = add(services, "a fox", kind="reel")
    films.fail("generate", DOWN)
    run(daily_post)

    assert made_by(services, reel) == [("huggingface", "PNG")]
    assert [message.kind for message in channel.messages] == ["video"]
    assert journal.accepted("generate") == ["a fox"]


def test_a_photo_that_names_the_maker_of_videos_is_set_aside(
    set_up: MakeServices, journal: Journal
) -> None:
    """In a sentence that says what to order, before anything is paid for."""
    services = set_up()
    (photo,) = add(services, "a fox", generator="huggingface_video")
    (many,) = add(services, "a lake", kind="reel", num_images=2, generator="huggingface_video")
    run(daily_post)

    for post_id in (photo, many):
        post = post_of(services, post_id)
        assert post.state is PostState.FAILED
        assert "order a reel of one" in post.reason
    assert journal.accepted("generate") == []


def test_with_videos_alone_a_photo_stops_the_run(set_up: MakeServices, journal: Journal) -> None:
    """The message names the setting and what to name there; the prompt stays."""
    services = set_up(generators="huggingface_video")
    (photo,) = add(services, "a fox")
    state = run(daily_post)

    assert state.type.value == "FAILED"
    assert "name one in GENERATORS beside what makes videos" in str(state.message)
    assert journal.accepted("generate") == []
    post = post_of(services, photo)
    assert (post.state, post.attempts) == (PostState.QUEUED, 0)


def test_without_pictures_no_run_begins_though_videos_could_be_made(set_up: MakeServices) -> None:
    """An outage of the one maker of pictures does not use up the runs that each photo has."""
    nowhere = {"openai_api_key": "sk-x", "openai_base_url": "http://127.0.0.1:9/v1"}
    services = set_up(generators="huggingface_video,openai", **nowhere)
    (photo,) = add(services, "a fox")
    state = run(daily_post)

    assert state.type.value == "FAILED"
    assert "openai: offline" in str(state.message)
    assert post_of(services, photo).attempts == 0


def test_a_site_is_left_out_where_a_video_is_all_there_is(
    set_up: MakeServices, films: HuggingFace
) -> None:
    """As a channel without stories is of a story; a post that names it is told."""
    services = set_up(channels="telegram,site")
    (reel,) = add(services, "a fox", kind="reel")
    (named,) = add(services, "a lake", kind="reel", channels=("site",))
    run(daily_post)

    assert [p.channel for p in post_of(services, reel).publications] == ["telegram"]
    assert post_of(services, reel).state is PostState.PUBLISHED
    told = post_of(services, named)
    assert told.state is PostState.FAILED
    assert "order a photo, or other channels" in told.reason


def test_who_names_a_model_of_videos_gets_videos() -> None:
    """Where GENERATORS is empty, what makes videos is asked for them first."""
    keys = {"hf_token": "hf_x", "hf_video_model": VIDEO_MODEL}
    services = Services(Settings(_env_file=None, **keys))  # type: ignore[arg-type]  # by name

    assert services.settings.generators == ("huggingface_video", "huggingface")
