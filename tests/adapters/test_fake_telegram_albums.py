"""The stand-in for Telegram, judged by python-telegram-bot: albums."""

import io
import json
from collections.abc import Sequence

import pytest
import requests
from telegram import InputMediaDocument, InputMediaPhoto, InputMediaVideo
from telegram.error import BadRequest, TelegramError

from tests.adapters.telegramming import CHAT, PHOTO, ask, photos
from tests.fakes.telegram import Telegram
from tests.fakes.telegram.samples import mp4

Media = Sequence[InputMediaPhoto | InputMediaVideo | InputMediaDocument]


@pytest.mark.parametrize("count", [2, 10])
def test_it_takes_albums(count: int, telegram: Telegram) -> None:
    """Each item is a message of its own; one id and the words of the first hold them together."""
    messages = ask(telegram, lambda bot: bot.send_media_group(CHAT, photos(count)))

    assert [message.message_id for message in messages] == list(range(1, count + 1))
    assert {message.media_group_id for message in messages} == {"album-1"}
    assert [message.caption for message in messages] == ["🌊 sea", *[None] * (count - 1)]
    assert messages[0].caption_html == "<b>🌊</b> sea"
    assert telegram.journal.accepted("send") == ["🌊 sea"]


@pytest.mark.parametrize(
    ("media", "words"),
    [
        (photos(1), "not enough"),
        (photos(11), "too many"),
        ([*photos(1), InputMediaDocument(b"x")], "mixed"),
        ([*photos(1), InputMediaPhoto("https://example.org/x.jpg")], "http url"),
        ([*photos(1), InputMediaPhoto(b"x")], "image_process_failed"),
        ([*photos(1), InputMediaVideo(b"x")], "video_content_type_invalid"),
        ([*photos(1), InputMediaPhoto(PHOTO, caption="x" * 1025)], "too long"),
        ([*photos(1), InputMediaPhoto(PHOTO, caption="<x>", parse_mode="HTML")], "can't parse"),
    ],
    ids=["one", "eleven", "file", "address", "no photo", "no video", "long", "markup"],
)
def test_it_looks_at_all_items_first(media: Media, words: str, telegram: Telegram) -> None:
    """One bad item keeps the whole album out."""
    with pytest.raises(BadRequest, match=f"(?i){words}"):
        ask(telegram, lambda bot: bot.send_media_group(CHAT, media))
    assert not telegram.messages


def test_it_mixes_what_mixes(telegram: Telegram) -> None:
    """Photos stand with videos, and documents among themselves."""
    mixed: Media = [*photos(1), InputMediaVideo(mp4(), duration=1)]
    files = [InputMediaDocument(b"x", filename="x"), InputMediaDocument(b"y", filename="y")]

    ask(telegram, lambda bot: bot.send_media_group(CHAT, mixed))
    ask(telegram, lambda bot: bot.send_media_group(CHAT, files))

    assert [m.kind for m in telegram.messages] == ["photo", "video", "document", "document"]
    assert [m.album for m in telegram.messages] == ["album-1"] * 2 + ["album-2"] * 2


@pytest.mark.parametrize("sent", [0, 1, 2])
def test_it_breaks_an_album(sent: int, telegram: Telegram) -> None:
    """Some items arrive, and the error names none of them; the next album is whole."""
    telegram.break_album(sent)

    with pytest.raises(BadRequest, match=rf"message #{sent + 1}"):
        ask(telegram, lambda bot: bot.send_media_group(CHAT, photos(3)))
    assert len(telegram.messages) == sent

    assert len(ask(telegram, lambda bot: bot.send_media_group(CHAT, photos(3)))) == 3
    assert len(telegram.messages) == sent + 3


def test_a_request_that_is_too_large_is_refused(telegram: Telegram) -> None:
    """The limit holds for a file, and for all files of an album together."""
    telegram.max_bytes = 3000

    with pytest.raises(TelegramError, match=r"(?i)too large"):
        ask(telegram, lambda bot: bot.send_document(CHAT, b"x" * 3001))
    with pytest.raises(TelegramError, match=r"(?i)too large"):
        ask(telegram, lambda bot: bot.send_media_group(CHAT, photos(10)))
    assert not telegram.messages


@pytest.mark.parametrize(
    ("media", "words"),
    [
        ("", "can't parse media JSON object"),
        ("{", "can't parse media JSON object"),
        ("7", "can't parse media JSON object"),
        ("[7, 7]", "can't parse media JSON object"),
        ('[{"media": "x"}, {"media": "y"}]', "can't parse media JSON object"),
        (json.dumps([{"type": "photo", "media": "attach://gone"}] * 2), "wrong file identifier"),
        (json.dumps([{"type": "sticker", "media": "attach://f"}] * 2), "unsupported"),
        (json.dumps([{"type": "photo", "media": "attach://f"}] * 2), ""),
    ],
)
def test_an_album_is_read_with_care(media: str, words: str, telegram: Telegram) -> None:
    """A list that is none, or that names files which are not there, is refused in a sentence."""
    answer = requests.post(
        f"{telegram.url}/bot{telegram.token}/sendMediaGroup",
        data={"chat_id": CHAT, "media": media},
        files={"f": ("f.jpg", io.BytesIO(PHOTO), "image/jpeg")},
        timeout=60,
    ).json()

    assert words in answer.get("description", "")
    assert answer["ok"] == (not words) == bool(telegram.messages)
