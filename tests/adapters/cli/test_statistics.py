"""statistics: what the channels count of the latest posts, and what they do not tell."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from promptpress import steps, wiring
from promptpress.settings import Settings
from tests.adapters.cli.bench import Cli, Hooked, send
from tests.fakes.instagram import ACCOUNT, Container, Instagram, refusal, throttled
from tests.fakes.server import Fault

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
FIGURES = {"likes": 1031, "comments": 2, "views": 12, "reach": 9, "saved": 1, "shares": 0}


@pytest.fixture
def instagram() -> Iterator[Instagram]:
    with Instagram() as running:
        running.allow_insights()
        yield running


@pytest.fixture
def services(tmp_path: Path, instagram: Instagram) -> Iterator[Hooked]:
    """Services with an account on Instagram; each look at the clock is a minute later."""
    told = {name.lower(): value for name, value in instagram.environment().items()}
    settings = Settings.model_validate({"data_dir": tmp_path / "data", **told})
    moments = (NOW + timedelta(minutes=at) for at in range(1000))
    made = Hooked(settings, now=lambda: next(moments))
    with wiring.use_services(made):
        yield made


def publish(services: Hooked, cli: Cli, instagram: Instagram, channel: str = "instagram") -> int:
    """Let a post be out on a channel; return its id."""
    post_id = int(cli("add", "a fox").out)
    container = Container("17889", "photo", "image", NOW, 0, caption="a fox")
    shown = instagram.desk.show(container)
    instagram.counts.of[shown.id] = FIGURES
    post = send(services, post_id, channel)
    where = f"https://example.org/{post_id}"
    services.queue.record(steps.sent(post, services.stamp(), channel, shown.id, where, {}))
    return post_id


def test_figures_of_the_latest_posts(services: Hooked, cli: Cli, instagram: Instagram) -> None:
    """Latest first, as many as asked for; channels that do not count are left out."""
    for channel in ("instagram", "instagram", "instagram", "site"):
        publish(services, cli, instagram, channel)

    result = cli("statistics", "--limit", "2")

    counted = "1,031 likes, 2 comments, 12 views, 9 reach, 1 saved, 0 shares"
    assert (result.code, result.err) == (0, "")
    assert [line.split() for line in result.lines] == [
        ["id", "channel", "counted", "address"],
        ["3", "instagram", *counted.split(), "https://example.org/3"],
        ["2", "instagram", *counted.split(), "https://example.org/2"],
    ]


def test_a_post_that_is_gone_stops_no_other(
    services: Hooked, cli: Cli, instagram: Instagram
) -> None:
    """It is a line with the reason, and nothing of the post is changed."""
    publish(services, cli, instagram)
    gone = publish(services, cli, instagram)
    instagram.fail("count", Fault("before", refusal(100, 33)))
    before = services.queue.get(gone)

    result = cli("statistics")

    assert result.code == 0
    assert "not told: Instagram tells nothing of it" in result.lines[1]
    assert "1,031 likes" in result.lines[2]
    assert services.queue.get(gone) == before


def test_a_channel_that_cannot_be_asked_is_one_line(
    services: Hooked, cli: Cli, instagram: Instagram
) -> None:
    """It is not asked again for the other posts; nothing was told, so the exit code is 1."""
    for _ in range(3):
        publish(services, cli, instagram)
    instagram.fail("count", Fault("before", throttled(ACCOUNT, 5)))

    result = cli("statistics")

    assert (result.code, len(result.lines), len(instagram.requests)) == (1, 2, 1)
    assert "not told: There have been too many calls" in result.lines[1]
    assert instagram.token not in result.out + result.err


def test_nothing_published_is_told(services: Hooked, cli: Cli) -> None:
    """An empty queue is no failure."""
    result = cli("statistics")

    assert (result.code, result.out) == (0, "nothing is published yet on a channel that counts\n")


def test_without_a_channel_that_counts_that_is_told(tmp_path: Path, cli: Cli) -> None:
    """The site alone counts nothing."""
    with wiring.use_services(wiring.Services(Settings(data_dir=tmp_path / "data"))):
        result = cli("statistics")

    assert result.code == 0
    assert result.out.startswith("no channel counts what becomes of its posts")
