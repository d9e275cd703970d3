"""What slows the making of an Instagram post down, and uploads that go wrong."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from promptpress.adapters.instagram._usage import Pace, Usage
from promptpress.errors import BadPicture, PromptpressError, RateLimited, SetupError, TransientError
from tests.adapters.instagramming import Studio, clip, studio
from tests.fakes.instagram import refusal
from tests.fakes.server import Answer, Fault


@pytest.fixture
def house() -> Iterator[Studio]:
    with studio() as running:
        yield running


def test_an_upload_is_resumed(house: Studio) -> None:
    """A lost answer to an upload costs a container at the most, and one video goes out."""
    publisher = house.publisher(upload_url=house.fake.url)
    rendition = house.clip(clip(), linked=False)
    house.stage(publisher, rendition)
    house.fake.fail("upload", Fault("after"))
    with pytest.raises(TransientError):
        house.stage(publisher, rendition)
    house.send(publisher, rendition)

    assert len(house.fake.posts) == 1
    assert len(house.calls("create")) <= 2


def test_a_container_that_died_gets_no_upload(house: Studio) -> None:
    """The bytes go to a container that awaits them, or to a new one."""
    publisher = house.publisher(upload_url=house.fake.url)
    house.stage(publisher, house.clip(clip(), linked=False))
    house.fake.wait(timedelta(hours=25))
    house.stage(publisher, house.clip(clip(), linked=False))

    assert house.calls("upload") == []
    house.send(publisher, house.clip(clip(), linked=False))
    assert len(house.calls("upload")) == 1


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refusal(190, 463), PromptpressError),
        (Answer(502, b"<html>bad gateway</html>"), TransientError),
        (Answer(400, b"<html>no</html>"), SetupError),
        (refusal(352, 2207026), BadPicture),
    ],
)
def test_an_upload_that_is_refused(
    answer: Answer, kind: type[PromptpressError], house: Studio
) -> None:
    """A refused upload says what to do."""
    publisher = house.publisher(upload_url=house.fake.url)
    house.stage(publisher, house.clip(clip(), linked=False))
    house.fake.fail("upload", Fault("before", answer))

    with pytest.raises(kind):
        house.stage(publisher, house.clip(clip(), linked=False))


def test_it_slows_down_before_it_is_stopped(house: Studio) -> None:
    """From 80 percent on steps are a minute apart; whoever comes sooner is told when."""
    house.fake.usage = {"X-App-Usage": {"call_count": 81, "total_time": 10, "total_cputime": 5}}
    publisher = house.publisher()

    assert house.stage(publisher, house.photo()).wait == 60.0
    calls = len(house.calls())
    house.clock.pass_by(20)
    with pytest.raises(RateLimited) as caught:
        house.stage(publisher, house.photo())

    assert caught.value.retry_after == 40.0
    assert len(house.calls()) == calls
    house.clock.pass_by(40)
    house.send(publisher, house.photo())
    assert len(house.fake.posts) == 1


def test_a_wait_that_is_asked_for_is_kept(house: Studio) -> None:
    """Nothing at all is called while the account has no calls left, and then it goes on."""
    row = {"type": "instagram", "call_count": 100, "estimated_time_to_regain_access": 7}
    house.fake.usage = {"X-Business-Use-Case-Usage": {house.fake.account_id: [row]}}
    publisher = house.publisher()

    assert house.stage(publisher, house.photo()).wait == 7 * 60
    house.fake.usage = {}
    for call in (publisher.check, lambda: house.stage(publisher, house.photo())):
        with pytest.raises(RateLimited) as caught:
            call()
        assert caught.value.retry_after == 7 * 60
    assert len(house.calls()) == 1
    house.clock.pass_by(7 * 60)
    house.send(publisher, house.photo())
    assert len(house.fake.posts) == 1


def test_a_shorter_wait_does_not_end_a_longer_one(house: Studio) -> None:
    """Of several waits the longest holds."""
    pace = Pace(house.clock, "instagram")
    pace.note(Usage(regain=600))
    pace.note(Usage(regain=60))
    pace.close(30)
    pace.hush(900)
    pace.hush(5)

    assert pace.wait == 900
    with pytest.raises(RateLimited) as caught:
        pace.require_open()
    assert caught.value.retry_after == 600
    house.clock.pass_by(600)
    pace.require_open()
    with pytest.raises(RateLimited, match="spam"):
        pace.require_leave()
    house.clock.pass_by(300)
    pace.require_room()
    assert pace.wait == 0
