"""The Instagram publisher: its rules, and what a check finds."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from promptpress.errors import InvalidPost
from promptpress.ports import PictureRules
from tests.adapters.instagramming import Studio, studio


@pytest.fixture
def house() -> Iterator[Studio]:
    with studio() as running:
        yield running


@pytest.mark.parametrize("kind", ["photo", "carousel", "story", "reel"])
def test_rules(kind: str, house: Studio) -> None:
    """Every kind takes JPEG by link, in the ratios and sizes of Instagram's page."""
    rules = house.publisher().rules_for(kind)
    tall = kind in ("story", "reel")

    assert (rules.formats, rules.max_bytes, rules.wants_links) == (("JPEG",), 8_000_000, True)
    assert (rules.min_width, rules.max_side) == (320, 1920 if tall else 1440)
    assert rules.min_aspect <= (9 / 16 if tall else 0.8)
    assert rules.max_aspect == (0.565 if tall else 1.91)
    assert rules.max_pictures == (10 if kind in ("carousel", "reel") else 1)
    assert _video(rules) == {"reel": (3, 900, 300_000_000), "story": (3, 60, 100_000_000)}.get(kind)


def _video(rules: PictureRules) -> tuple[float, float, int] | None:
    video = rules.video
    return (video.min_seconds, video.max_seconds, video.max_bytes) if video else None


@pytest.mark.parametrize("kind", ["opera", "", "PHOTO"])
def test_other_kinds_are_refused(kind: str, house: Studio) -> None:
    """A kind that Instagram does not have is refused in a sentence that names those it has."""
    with pytest.raises(InvalidPost, match="photo, carousel, story, reel, article"):
        house.publisher().rules_for(kind)


def test_check_costs_nothing(house: Studio) -> None:
    """It asks for the account and its limit, and makes nothing."""
    house.publisher().check()
    house.publisher(account_id="").check()

    assert house.calls() == ["account", "limit", "account", "account", "limit"]


def test_check_tells_of_a_token_that_dies_soon(
    house: Studio, caplog: pytest.LogCaptureFixture
) -> None:
    """Within seven days of its death a person is told; before that nobody is."""
    soon, later = (house.clock.now + timedelta(days=days) for days in (6, 8))
    house.publisher(token_dies=lambda: later).check()
    assert "refresh-tokens" not in caplog.text
    house.publisher(token_dies=lambda: soon).check()

    assert "the token dies on 2026-11-27: run the flow refresh-tokens" in caplog.text


def test_check_tells_of_a_limit_that_is_reached(
    house: Studio, caplog: pytest.LogCaptureFixture
) -> None:
    """A limit that is used up for now is no mistake of the set-up, but worth knowing."""
    house.fake.desk.quota_total = 0
    house.publisher().check()

    assert "0 of 0 posts of 24 hours are used up" in caplog.text
