"""The Telegram publisher: a reel goes out as a video."""

from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from promptpress.adapters.telegram import TelegramPublisher
from promptpress.adapters.telegram._rules import MAX_FILE_BYTES, MAX_LOCAL_BYTES, rules_of
from promptpress.errors import (
    InvalidPost,
    OutcomeUnknown,
    PermanentError,
    PromptpressError,
    RateLimited,
    SetupError,
)
from promptpress.ports import Rendition, Video
from tests.adapters.sending import PUBLICATION, leaks, publisher_of, rendition
from tests.fakes.server import Answer, Fault
from tests.fakes.telegram import Chat, Telegram, flood, refusal
from tests.fakes.telegram.samples import mp4


def video(**changes: Any) -> Video:
    """Return a small whole video of a second and a half."""
    content = mp4(64, 48, frames=15)
    true = Video(
        content=content, width=64, height=48, seconds=1.5, sha256=sha256(content).hexdigest()
    )
    return replace(true, **changes)


def reel(shown: Video | None = None, **fields: Any) -> Rendition:
    """Return a reel with its cover, of which only the video goes out."""
    return replace(rendition(**{"kind": "reel", **fields}), video=shown or video())


class Large(bytes):
    """Says that it is larger than it is."""

    size = MAX_FILE_BYTES + 1

    def __len__(self) -> int:
        return self.size


@pytest.mark.parametrize("kind", ["reel", "video"])
def test_a_reel_goes_out_as_a_video(
    kind: str, telegram: Telegram, publisher: TelegramPublisher
) -> None:
    """The very bytes arrive with their words, size and length, ready to be streamed."""
    shown = video()
    receipt = publisher.publish(reel(shown, kind=kind, hashtags=("sea",)), PUBLICATION)

    (message,) = telegram.messages
    assert (message.kind, message.sha256) == ("video", shown.sha256)
    assert (message.filename, message.content_type) == ("post-7.mp4", "video/mp4")
    assert message.text == "a lighthouse at dawn\n\n#sea"
    said = {name: message.options[name] for name in ("width", "height", "duration")}
    assert said == {"width": "64", "height": "48", "duration": "2"}
    assert message.options["supports_streaming"] == "true"
    assert (message.width, message.height, message.seconds) == (64, 48, 1.5)
    assert receipt.detail == {"file_id": "file-1"}
    assert receipt.url == "https://t.me/promptpress_stand_in/1"


def test_a_very_short_video_has_a_length(telegram: Telegram, publisher: TelegramPublisher) -> None:
    """Nothing is said to last 0 seconds, which would stand for unknown."""
    publisher.publish(reel(video(seconds=0.3)), PUBLICATION)

    assert telegram.messages[0].options["duration"] == "1"


@pytest.mark.parametrize(
    ("is_local", "limit"), [(False, 50_000_000), (True, 2_000_000_000)], ids=["cloud", "own"]
)
@pytest.mark.parametrize("kind", ["reel", "video"])
def test_the_rules_of_a_video(kind: str, is_local: bool, limit: int, telegram: Telegram) -> None:
    """The bytes are the limit, of which a server of one's own takes forty times as many."""
    rules = publisher_of(telegram, is_local=is_local).rules_for(kind)

    assert rules.video is not None
    assert rules.video.max_bytes == limit
    assert rules.video.min_seconds <= 0.1
    assert rules.video.max_seconds >= 24 * 3600


@pytest.mark.parametrize(
    ("is_local", "size", "words"),
    [
        (False, MAX_FILE_BYTES + 1, "50,000,001 bytes, .* or run a Bot API server of your own"),
        (True, MAX_LOCAL_BYTES + 1, "2,000,000,001 bytes, Telegram takes 1 to 2,000,000,000"),
        (False, 0, "has 0 bytes"),
    ],
)
def test_a_video_of_impossible_size_is_not_sent(
    is_local: bool, size: int, words: str, telegram: Telegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How large it is and may be is said in a sentence, without a request."""
    content = Large(b"x")
    monkeypatch.setattr(Large, "size", size)

    with pytest.raises(InvalidPost, match=words):
        publisher_of(telegram, is_local=is_local).publish(reel(video(content=content)), PUBLICATION)
    assert not telegram.journal.entries()


def test_a_server_of_ones_own_takes_more() -> None:
    """What the cloud refuses for its size goes out over a local server."""
    content = mp4() + bytes(200_000)
    for is_local in (False, True):
        with Telegram(is_local=is_local) as telegram:
            telegram.max_bytes = 10_000_000 if is_local else 150_000
            sender = publisher_of(telegram, is_local=is_local)
            if is_local:
                sender.publish(reel(video(content=content)), PUBLICATION)
            else:
                with pytest.raises(PermanentError, match="a shorter video"):
                    sender.publish(reel(video(content=content)), PUBLICATION)
            assert is_local == bool(telegram.messages)


def test_a_reel_without_a_video_is_not_sent(
    telegram: Telegram, publisher: TelegramPublisher
) -> None:
    """Its pictures are no stand-in for it."""
    with pytest.raises(InvalidPost, match="reel has no video"):
        publisher.publish(rendition(kind="reel"), PUBLICATION)
    assert not telegram.journal.entries()


def test_a_picture_that_is_refused_as_a_photo_says_nothing_of_videos(
    telegram: Telegram, publisher: TelegramPublisher
) -> None:
    """A video has no second form: what is refused is set aside after one request."""
    telegram.fail("send", Fault("before", refusal(400, "Bad Request: IMAGE_PROCESS_FAILED")))

    with pytest.raises(PermanentError):
        publisher.publish(reel(), PUBLICATION)
    assert len(telegram.journal.entries(call="send")) == 1


def test_what_is_no_video_is_set_aside(telegram: Telegram, publisher: TelegramPublisher) -> None:
    """Bytes that nobody can play are refused, and nothing else is tried."""
    with pytest.raises(PermanentError, match="VIDEO_CONTENT_TYPE_INVALID"):
        publisher.publish(reel(video(content=b"no video")), PUBLICATION)
    assert not telegram.messages


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault("before", flood(9)), RateLimited),
        (Fault("before", refusal(413, "Request Entity Too Large")), PermanentError),
        (
            Fault("before", refusal(400, "Bad Request: not enough rights to send videos")),
            SetupError,
        ),
        (Fault("after"), OutcomeUnknown),
        (Fault("after", hang=True), OutcomeUnknown),
        (Fault("after", Answer(502, b"<html>")), OutcomeUnknown),
        (Fault("after", refusal(500, "Internal Server Error: restart")), OutcomeUnknown),
    ],
)
def test_what_an_answer_to_a_video_means(
    fault: Fault,
    kind: type[PromptpressError],
    telegram: Telegram,
    log: pytest.LogCaptureFixture,
) -> None:
    """A video is no easier to take back than a photo: only a refusal is surely not sent."""
    telegram.fail("send", fault)

    with pytest.raises(PromptpressError) as caught:
        publisher_of(telegram, fault).publish(reel(), PUBLICATION)

    assert type(caught.value) is kind
    assert leaks(caught.value, log.text) == []
    assert len(telegram.messages) == (kind is OutcomeUnknown)


def test_a_video_shown_as_an_animation_is_sent(
    telegram: Telegram, publisher: TelegramPublisher
) -> None:
    """Telegram may make an animation of a silent video: that is a receipt like any other."""
    message = {
        "message_id": 5,
        "chat": {"id": -100, "type": "channel"},
        "animation": {"file_id": "moving"},
        "document": {"file_id": "moving"},
    }
    telegram.fail("send", Fault("after", Answer.json({"ok": True, "result": message})))

    assert publisher.publish(reel(), PUBLICATION).detail == {"file_id": "moving"}


def test_a_reel_needs_its_own_right() -> None:
    """A member who may send photos and no videos is told so."""
    chat = Chat(type="supergroup", member={"status": "restricted", "can_send_videos": False})
    with Telegram(chat=chat) as telegram:
        sender = publisher_of(telegram)
        sender.publish(rendition(), PUBLICATION)
        with pytest.raises(SetupError, match="not enough rights to send videos"):
            sender.publish(reel(), PUBLICATION)


def test_the_kind_decides_what_is_made() -> None:
    """Nobody makes a video for a photo or pictures for a reel."""
    assert rules_of("photo", "telegram", is_local=False).video is None
    assert rules_of("reel", "telegram", is_local=False).video is not None
