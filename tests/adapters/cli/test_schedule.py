"""schedule, slots: posts with their own times go in, and what comes next is shown."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from promptpress import wiring
from promptpress.errors import MissingSetting
from promptpress.settings import Settings
from tests.adapters.cli.bench import Cli, Hooked, get

SITE = {"kind": "site", "slots": ["mon-fri 08:30", "18:00-19:00"], "zone": "Europe/Berlin"}


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Hooked]:
    """Services with a named channel that has hours."""
    settings = Settings.model_validate({"data_dir": tmp_path / "data", "channel": {"art": SITE}})
    made = Hooked(settings, now=lambda: datetime(2026, 11, 20, 12, tzinfo=UTC))
    with wiring.use_services(made):
        yield made


def test_schedule_takes_kind_caption_channels_time_and_media(services: Hooked, cli: Cli) -> None:
    """Short headings are known; a row without a zone has that of the command."""
    Path("posts.csv").write_text(
        "prompt,kind,caption,channels,time,zone,media\n"
        "a fox,carousel,Reynard,art,2026-12-01 08:30,,\n"
        "an owl,photo,,,2026-12-02T09:00,Asia/Tokyo,https://a.test/1.jpg\n",
        encoding="utf-8",
    )

    result = cli("schedule", "posts.csv", "--zone", "Europe/Berlin")

    assert (result.code, result.out) == (0, "posts.csv: 2 queued\n")
    fox, owl = get(services, 1), get(services, 2)
    assert (fox.kind, fox.local_time, fox.zone) == ("carousel", "2026-12-01 08:30", "Europe/Berlin")
    assert (owl.local_time, owl.zone) == ("2026-12-02 09:00", "Asia/Tokyo")
    assert owl.media_links == ("https://a.test/1.jpg",)


def test_schedule_refuses_a_row_without_a_time(services: Hooked, cli: Cli) -> None:
    """The row is named; the others are queued."""
    Path("posts.csv").write_text("prompt,time\na fox,\nan owl,2026-12-02 09:00\n", "utf-8")

    result = cli("schedule", "posts.csv")

    assert (result.code, result.out) == (1, "posts.csv: 1 queued, 1 bad\n")
    assert "line 2: it has no time: write one such as 2026-12-01 08:30" in result.err


def test_schedule_refuses_a_zone_that_is_none(services: Hooked, cli: Cli) -> None:
    """Nothing is queued."""
    Path("posts.csv").write_text("prompt,time\nan owl,2026-12-02 09:00\n", "utf-8")

    result = cli("schedule", "posts.csv", "--zone", "Europe/Berlun")

    assert result.code == 1
    assert "Europe/Berlin" in result.err
    assert services.queue.count() == {}


def test_slots_shows_what_comes_next_by_channel(services: Hooked, cli: Cli) -> None:
    """On the channel's own clock and in UTC; a channel without slots is always open."""
    result = cli("slots", "art", "site", "--count", "3")

    lines = [line.split() for line in result.lines]
    assert result.code == 0
    assert [line[:3] for line in lines[1:4]] == [
        ["art", "Fri", "2026-11-20"],
        ["art", "Sat", "2026-11-21"],
        ["art", "Sun", "2026-11-22"],
    ]
    assert lines[1][4] == "+0100"
    assert lines[4] == ["site", "always", "open"]


def test_slots_names_a_channel_that_is_none(services: Hooked, cli: Cli) -> None:
    """The others are shown."""
    result = cli("slots", "myspace", "art")

    assert result.code == 1
    assert "myspace" in result.err
    assert "art" in result.out


@pytest.mark.parametrize(
    "field",
    [{"slots": ["25:00"]}, {"zone": "Mars/Base"}, {"missed": "never"}, {"caption": "{nothing}"}],
)
def test_hours_that_cannot_be_kept_are_told_at_the_start(
    tmp_path: Path, field: dict[str, object]
) -> None:
    """The error names the channel."""
    channel = {"art": {"kind": "site", **field}}
    settings = Settings.model_validate({"data_dir": tmp_path, "channel": channel})

    with pytest.raises(MissingSetting, match=r"channel art: "):
        wiring.Services(settings)


def test_what_a_channel_cannot_show_is_told_when_it_is_queued(tmp_path: Path, cli: Cli) -> None:
    """Not when its hour has come."""
    settings = Settings(data_dir=tmp_path / "data", telegram_token="1:a", telegram_chat_id="@a")
    with wiring.use_services(Hooked(settings)):
        story = cli("add", "a fox", "--kind", "story", "--channels", "telegram")
        single = cli("add", "a fox", "--kind", "carousel", "--num-images", "1")

    assert story.code == single.code == 1
    assert "stories" in story.err
    assert "2 to 10" in single.err
