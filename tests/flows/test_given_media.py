"""Orders that bring their own pictures: told when these are gone, and free of any budget."""

from typing import Any

import pytest

from flows.daily_post import daily_post
from flows.generate_media import generate_media
from flows.publish_due import publish_due
from promptpress import decisions
from promptpress.model import PostState
from tests.fakes.huggingface import HuggingFace
from tests.fakes.instagram import Album
from tests.fakes.server import Answer, Journal
from tests.flows.conftest import MakeServices, add, post_of, run
from tests.unit.pictures import encode, noise

pytestmark = pytest.mark.flow
DUE = {"local_time": "2026-01-05 08:30", "zone": "Europe/Berlin"}


def test_pictures_that_are_gone_set_the_order_aside(make_services: MakeServices) -> None:
    """In a sentence with the address and what to do; put back, `retry` brings the post out."""
    services = make_services(channels="site")
    with Album() as album:
        link = album.put(encode(noise((400, 300)), "JPEG"))
        kept = album.answers.pop("/0")
        (post_id,) = add(services, "a fox", media_links=(link,), **DUE)
        run(publish_due)
        post = post_of(services, post_id)

        assert post.state is PostState.FAILED
        assert "/0 answered 404: correct the address, then retry the post" in post.reason
        album.answers["/0"] = kept
        services.queue.record(decisions.retry(post, services.stamp()))
        assert run(publish_due).message == "1 published"


@pytest.mark.parametrize("flow", [generate_media, daily_post, publish_due])
def test_people_s_own_pictures_go_on_when_the_budget_is_used_up(
    make_services: MakeServices, generator: HuggingFace, journal: Journal, flow: Any
) -> None:
    """They cost nothing; a prompt beside them waits for tomorrow, and nobody is told of it."""
    settings = {"generators": "huggingface", "channels": "site", **generator.environment()}
    add(make_services(**settings), "a probe")
    run(generate_media)
    services = make_services(**settings, max_images_per_day=1)  # a new process
    with Album() as album:
        link = album.put(encode(noise((400, 300)), "JPEG"))
        (waits,) = add(services, "a lake", **DUE)
        (given,) = add(services, "a fox", media_links=(link,), **DUE)
        state = run(flow)

    assert state.name == "Completed"
    done = PostState.READY if flow is generate_media else PostState.PUBLISHED
    assert post_of(services, given).state is done
    assert post_of(services, waits).state is PostState.QUEUED
    assert journal.accepted("generate") == ["a probe"]


def test_a_page_in_place_of_a_picture_is_told(make_services: MakeServices) -> None:
    """A share link of a cloud drive opens a page: the reason says what address is wanted."""
    services = make_services(channels="site")
    with Album() as album:
        link = album.put(b"", name="share")
        album.answers["/share"] = Answer(200, b"<!DOCTYPE html><html></html>")
        (post_id,) = add(services, "a fox", media_links=(link,), **DUE)
        run(publish_due)

    assert "give the address of the picture itself" in post_of(services, post_id).reason
