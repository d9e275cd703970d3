"""What a dead run leaves behind is settled; leases live as long as the work; services are asked."""

from datetime import UTC, datetime, timedelta

import pytest

from flows.check_connections import check_connections
from flows.daily_post import daily_post
from flows.recover import recover
from promptpress import imaging, steps
from promptpress.adapters.sql import SqlQueue
from promptpress.model import CLAIMABLE, Media, Post, PostState, PublicationState
from promptpress.ports import ImageRequest
from promptpress.wiring import Services
from tests.fakes.huggingface import HuggingFace
from tests.fakes.server import Journal
from tests.fakes.telegram import Telegram
from tests.flows.conftest import MakeServices, add, post_of, run

pytestmark = pytest.mark.flow


def _queue_of_yesterday(services: Services) -> SqlQueue:
    """Return the queue as a run had it whose leases are over by now."""
    return SqlQueue(
        services.settings.queue,
        lease=timedelta(seconds=300),
        clock=lambda: datetime.now(UTC) - timedelta(hours=1),
        new_id=services.new_id,
    )


def _die_while_sending(services: Services, channel: str) -> Post:
    """Leave a post as a run does that was killed inside a send."""
    queue = _queue_of_yesterday(services)
    (post,) = queue.claim(1, "dead run", CLAIMABLE)
    post = queue.record(steps.begin_generation(post, services.stamp(), "sketch", {}))
    post = queue.record(steps.keep_media(post, services.stamp(), (_stored(services),)))
    post = queue.record(steps.make_ready(post, services.stamp(), ("telegram", "site")))
    post = queue.record(steps.begin_send(post, services.stamp(), channel))
    queue.close()
    return post


def _stored(services: Services) -> Media:
    request = ImageRequest(prompt="a fox", width=128, height=128)
    made = services.generators["sketch"].submit(request).pictures[0]
    picture = imaging.inspect(made.content)
    ref = services.stores["local"].put(picture.content, picture.sha256, ".jpg")
    return Media(
        sha256=picture.sha256,
        format=picture.format,
        width=picture.width,
        height=picture.height,
        size=len(picture.content),
        refs={"local": ref},
        source=made.source,
    )


def test_a_send_that_nobody_can_ask_about_is_put_to_a_person(
    online: Services, journal: Journal
) -> None:
    """A run that died inside a Telegram send leaves a question; the other channel goes on."""
    (post_id,) = add(online, "a fox in snow")
    _die_while_sending(online, "telegram")

    run(recover)
    assert post_of(online, post_id).publication("telegram").state == PublicationState.IN_DOUBT

    run(daily_post)
    post = post_of(online, post_id)
    assert post.state == PostState.IN_DOUBT
    assert post.publication("site").state == PublicationState.SENT
    assert journal.accepted("send") == []


def test_a_send_that_is_harmless_to_repeat_is_repeated(online: Services, journal: Journal) -> None:
    """A run that died while it wrote the site is finished by the next one."""
    (post_id,) = add(online, "a fox in snow")
    _die_while_sending(online, "site")

    run(recover)
    assert post_of(online, post_id).publication("site").state == PublicationState.PENDING

    assert run(daily_post).name == "Completed"
    assert post_of(online, post_id).state == PostState.PUBLISHED
    assert journal.accepted("send") == ["a fox in snow"]


def test_a_channel_that_cannot_be_asked_does_not_keep_the_others_waiting(
    make_services: MakeServices, channel: Telegram
) -> None:
    """One post's channel needs a person, and says so; the next post's question is put."""
    chosen = make_services(channels="site,telegram", concurrency=1, **channel.environment())
    first, second = add(chosen, "a fox in snow", "a lake")
    _die_while_sending(chosen, "site")
    _die_while_sending(chosen, "telegram")
    (chosen.settings.data_dir / "site").write_text("no folder")

    state = run(recover)

    assert state.name == "Failed"
    assert "site" in str(state.message)
    assert post_of(chosen, first).publication("site").state == PublicationState.SENDING
    assert "folder" in post_of(chosen, first).reason
    assert post_of(chosen, second).publication("telegram").state == PublicationState.IN_DOUBT


def test_nothing_left_is_a_clean_run(make_services: MakeServices) -> None:
    """Recover with nothing to do ends Completed."""
    make_services()

    assert run(recover).name == "NothingToDo"


def test_a_lease_lives_as_long_as_the_work(
    make_services: MakeServices, generator: HuggingFace, channel: Telegram
) -> None:
    """A picture that takes longer than the lease is still this run's: the lease is renewed."""
    chosen = make_services(
        lease_seconds=2,
        generators="huggingface",
        channels="telegram",
        **generator.environment(),
        **channel.environment(),
    )
    generator.latency = 5.0
    (post_id,) = add(chosen, "a fox in snow")

    assert run(daily_post).name == "Completed"
    assert post_of(chosen, post_id).state == PostState.PUBLISHED


def test_connections_are_told_apart(
    make_services: MakeServices, generator: HuggingFace, channel: Telegram
) -> None:
    """Each service is said to work, to refuse (with what to fix) or to be offline."""
    environment = {**generator.environment(), **channel.environment()}
    make_services(generators="huggingface", channels="telegram,site", **environment)
    assert run(check_connections).name == "Completed"

    make_services(
        generators="huggingface",
        channels="telegram,site",
        **{**environment, "HF_TOKEN": "hf_wrong", "TELEGRAM_API_URL": "http://127.0.0.1:9"},
    )
    state = run(check_connections)

    assert state.type.value == "FAILED"
    assert "huggingface" in str(state.message)
    assert "telegram" in str(state.message)
    assert "site" not in str(state.message)
