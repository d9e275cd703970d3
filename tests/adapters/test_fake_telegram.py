"""The stand-in for Telegram, judged by a client that others wrote: python-telegram-bot."""

from typing import Any

import pytest
from telegram import Bot, Message
from telegram.constants import ChatType
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from tests.adapters.telegramming import CHAT, PHOTO, ask, photos
from tests.fakes.server import Fault
from tests.fakes.telegram import Chat, Telegram, flood, refusal
from tests.fakes.telegram.samples import mp4

MEMBER = {"status": "member"}


@pytest.fixture(autouse=True)
def _spans(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the library give spans of time as such; else it warns."""
    monkeypatch.setenv("PTB_TIMEDELTA", "true")


def test_it_introduces_bot_and_chat(telegram: Telegram) -> None:
    """Bot, chat and membership come whole, as the library wants them."""

    async def look(bot: Bot) -> tuple[Any, Any, Any]:
        me = await bot.get_me()
        return me, await bot.get_chat(CHAT), await bot.get_chat_member(CHAT, me.id)

    me, chat, member = ask(telegram, look)

    assert (me.is_bot, me.id) == (True, 123456789)
    assert (chat.type, chat.id, chat.username) == (ChatType.CHANNEL, -1001234567890, CHAT[1:])
    assert (member.status, member.can_post_messages) == ("administrator", True)


@pytest.mark.parametrize(
    "member",
    [
        {"status": "member"},
        {"status": "left"},
        {"status": "kicked"},
        {"status": "restricted", "can_send_photos": False},
        {"status": "creator", "is_anonymous": False},
    ],
    ids=lambda member: member["status"],
)
def test_it_shows_every_kind_of_member(member: dict[str, Any]) -> None:
    """Whatever the bot is in a forum with slow mode, the library reads it."""
    chat = Chat(
        type="supergroup",
        member=member,
        permissions={"can_send_videos": False},
        topics={42: True},
        slow_mode=30,
    )

    async def look(bot: Bot) -> tuple[Any, Any]:
        return await bot.get_chat(chat.id), await bot.get_chat_member(chat.id, bot.id)

    with Telegram(chat=chat) as telegram:
        shown, own = ask(telegram, look)

    assert own.status == member["status"]
    assert shown.is_forum is True
    assert shown.permissions.can_send_videos is False
    assert shown.permissions.can_send_photos is True
    assert shown.slow_mode_delay.total_seconds() == 30


def test_it_takes_a_photo(telegram: Telegram) -> None:
    """A photo comes back with its sizes, its words and its address."""
    message = ask(telegram, lambda bot: bot.send_photo(CHAT, PHOTO, caption="Sea"))

    assert (message.caption, message.link) == ("Sea", f"https://t.me/{CHAT[1:]}/1")
    assert [(size.width, size.height) for size in message.photo][-1] == (64, 48)
    assert message.sender_chat == message.chat
    assert telegram.journal.accepted("send") == ["Sea"]


def test_it_takes_text_and_files(telegram: Telegram) -> None:
    """A text and a document come back as what they are."""
    text = ask(telegram, lambda bot: bot.send_message(CHAT, "a < b"))
    file = ask(telegram, lambda bot: bot.send_document(CHAT, b"x", filename="x.bin"))

    assert (text.text, text.message_id) == ("a < b", 1)
    assert file.document is not None
    assert (file.document.file_name, file.document.file_size) == ("x.bin", 1)


def test_it_takes_a_video(telegram: Telegram) -> None:
    """A video comes back with its true size and length, whatever was said of it."""
    message = ask(
        telegram,
        lambda bot: bot.send_video(
            CHAT, mp4(), duration=99, width=1, height=1, supports_streaming=True
        ),
    )

    assert message.video is not None
    assert (message.video.width, message.video.height) == (64, 48)
    assert telegram.messages[0].seconds == 1.0
    said = telegram.messages[0].options
    assert (said["duration"], said["width"], said["supports_streaming"]) == ("99", "1", "true")


@pytest.mark.parametrize("content", [b"no video", mp4()[:500], mp4(kind="matroska"), PHOTO])
def test_it_looks_into_a_video(content: bytes, telegram: Telegram) -> None:
    """What is no whole MP4 is refused."""
    with pytest.raises(BadRequest, match=r"(?i)video_content_type_invalid"):
        ask(telegram, lambda bot: bot.send_video(CHAT, content))
    assert not telegram.messages


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (flood(7), RetryAfter),
        (refusal(403, "Forbidden: bot was kicked"), Forbidden),
        (refusal(400, "Bad Request: x"), BadRequest),
        (refusal(502, "Bad Gateway"), NetworkError),
        (refusal(400, "Bad Request: x", migrate_to_chat_id=-5), ChatMigrated),
    ],
)
def test_its_errors_are_the_librarys(
    answer: Any, kind: type[TelegramError], telegram: Telegram
) -> None:
    """A fault reads like an error of Telegram."""
    telegram.fail("send", Fault("before", answer))

    with pytest.raises(kind) as caught:
        ask(telegram, lambda bot: bot.send_photo(CHAT, PHOTO))
    assert type(caught.value) is kind
    assert not telegram.messages


def test_a_lost_answer_leaves_the_photo_there(telegram: Telegram) -> None:
    """The library sees no more than a broken line."""
    telegram.fail("send", Fault("after"))

    with pytest.raises((NetworkError, TimedOut)):
        ask(telegram, lambda bot: bot.send_photo(CHAT, PHOTO))
    assert len(telegram.messages) == 1


def test_it_knows_one_token(telegram: Telegram) -> None:
    """Any other is refused at the door."""
    with pytest.raises(InvalidToken):
        ask(telegram, lambda bot: bot.get_me(), token="1:other")


def test_a_moved_chat_names_its_new_id() -> None:
    """What is sent to the old id arrives nowhere."""
    with Telegram(chat=Chat(id=-4, type="group", username="", migrated_to=-100999)) as telegram:
        with pytest.raises(ChatMigrated) as caught:
            ask(telegram, lambda bot: bot.send_photo(-4, PHOTO))
        message = ask(telegram, lambda bot: bot.send_photo(caught.value.new_chat_id, PHOTO))

    assert (message.chat_id, message.chat.type) == (-100999, ChatType.SUPERGROUP)


def test_topics_and_silence() -> None:
    """A forum keeps topics apart; the general one cannot be named."""
    with Telegram(chat=Chat(type="supergroup", topics={42: True, 43: False})) as telegram:

        def send(topic: int) -> Message:
            return ask(
                telegram,
                lambda bot: bot.send_photo(
                    telegram.chat.id, PHOTO, message_thread_id=topic, disable_notification=True
                ),
            )

        message = send(42)
        for topic, words in ((1, "not found"), (44, "not found"), (43, "topic_closed")):
            with pytest.raises(BadRequest, match=f"(?i){words}"):
                send(topic)

    assert (message.message_thread_id, message.is_topic_message) == (42, True)
    assert telegram.messages[0].silent


def test_slow_mode_binds_members() -> None:
    """One message a turn, an album counting as one; an administrator is free."""
    chat = Chat(type="supergroup", slow_mode=60, member=dict(MEMBER))
    with Telegram(chat=chat) as telegram:
        ask(telegram, lambda bot: bot.send_media_group(chat.id, photos(2)))
        with pytest.raises(RetryAfter):
            ask(telegram, lambda bot: bot.send_photo(chat.id, PHOTO))
        chat.member = {"status": "administrator"}
        ask(telegram, lambda bot: bot.send_photo(chat.id, PHOTO))

    assert len(telegram.messages) == 3


@pytest.mark.parametrize(
    ("member", "permissions", "words"),
    [
        ({"status": "left"}, {}, "not a member"),
        ({"status": "restricted", "is_member": False}, {}, "not a member"),
        ({"status": "restricted", "can_send_photos": False}, {}, "not enough rights"),
        (MEMBER, {"can_send_photos": False}, "not enough rights"),
    ],
)
def test_rights_bind(member: dict[str, Any], permissions: dict[str, bool], words: str) -> None:
    """What the bot may not send does not arrive."""
    chat = Chat(type="supergroup", member=member, permissions=permissions)
    with Telegram(chat=chat) as telegram:
        with pytest.raises((BadRequest, Forbidden), match=f"(?i){words}"):
            ask(telegram, lambda bot: bot.send_photo(chat.id, PHOTO))
        assert not telegram.messages
