"""The Telegram publisher against its stand-in: what goes out, and what comes back."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptpress.adapters.telegram import TelegramPublisher
from promptpress.adapters.telegram._answers import may_post, parse_answer, parse_receipt
from promptpress.adapters.telegram._sending import MAX_CAPTION, build_caption
from promptpress.errors import (
    BadPicture,
    InvalidPost,
    SetupError,
)
from promptpress.model import Post
from promptpress.ports import Picture, Rendition
from tests.adapters.sending import PUBLICATION, picture, publisher_of, rendition
from tests.fakes.server import Fault
from tests.fakes.telegram import Chat, Telegram, refusal

SUPERGROUP = -1009876543210


def test_a_post_goes_out_as_a_photo(telegram: Telegram, publisher: TelegramPublisher) -> None:
    """Caption, hashtags and the very bytes arrive, and the receipt tells where."""
    shown = picture()
    receipt = publisher.publish(
        rendition(shown, caption="Dawn <b>&</b> *sea*", hashtags=("sea", "dawn")), PUBLICATION
    )

    (message,) = telegram.messages
    assert message.kind == "photo"
    assert message.text == "Dawn <b>&</b> *sea*\n\n#sea #dawn"
    assert (message.sha256, message.filename) == (shown.sha256, "post-7.jpg")
    assert (message.content_type, message.width) == ("image/jpeg", 64)
    assert receipt.external_id == "-1001234567890:1"
    assert receipt.url == "https://t.me/promptpress_stand_in/1"
    assert receipt.detail == {"file_id": "file-1"}


def test_the_prompt_stands_in_for_a_caption(
    telegram: Telegram, publisher: TelegramPublisher
) -> None:
    """A post whose caption is blank shows its prompt."""
    publisher.publish(rendition(caption="  "), PUBLICATION)

    assert telegram.messages[0].text == "a lighthouse at dawn"


@pytest.mark.parametrize(
    ("chat", "url"),
    [
        (Chat(), "https://t.me/promptpress_stand_in/1"),
        (Chat(username=""), "https://t.me/c/1234567890/1"),
        (Chat(type="supergroup", username=""), "https://t.me/c/1234567890/1"),
        (Chat(type="supergroup", username="crowd"), "https://t.me/crowd/1"),
        (Chat(id=-4242, type="group", username=""), ""),
        (Chat(id=4242, type="private", username="somebody"), ""),
    ],
    ids=["channel", "private channel", "private supergroup", "supergroup", "group", "person"],
)
def test_permalink(chat: Chat, url: str) -> None:
    """The receipt has the address of the message where there is one."""
    with Telegram(chat=chat) as telegram:
        receipt = publisher_of(telegram).publish(rendition(), PUBLICATION)

    assert (receipt.url, receipt.external_id) == (url, f"{chat.id}:1")


def test_a_long_caption_is_shortened_and_keeps_its_hashtags(
    telegram: Telegram, publisher: TelegramPublisher
) -> None:
    """Beyond 1,024 characters the text gives way, not the hashtags, and the receipt says so."""
    receipt = publisher.publish(rendition(caption="sea 🌊 " * 300, hashtags=("sea",)), PUBLICATION)

    text = telegram.messages[0].text
    assert len(text) <= MAX_CAPTION
    assert text.endswith("…\n\n#sea")
    assert receipt.detail["caption_shortened"] == f"from 1805 to {len(text)} characters"


def test_a_caption_is_counted_in_code_points(
    telegram: Telegram, publisher: TelegramPublisher
) -> None:
    """1,024 emoji are 1,024 characters, not twice as many, and go out whole."""
    receipt = publisher.publish(rendition(caption="🌊" * MAX_CAPTION), PUBLICATION)

    assert telegram.messages[0].text == "🌊" * MAX_CAPTION
    assert "caption_shortened" not in receipt.detail


@given(st.text(min_size=1), st.integers(1, 400), st.lists(st.text(min_size=1), max_size=400))
def test_any_caption_is_within_the_limit(text: str, times: int, hashtags: list[str]) -> None:
    """Whatever a post holds, its caption is sendable, and no hashtag in it is cut."""
    post = Post(id=1, prompt="p", caption=text * times, hashtags=tuple(hashtags))
    caption, _ = build_caption(post)

    assert len(caption) <= MAX_CAPTION
    assert len(caption.encode("utf-8")) <= 4 * MAX_CAPTION


@pytest.mark.parametrize(
    "words",
    [
        "PHOTO_INVALID_DIMENSIONS",
        "Photo_ext_invalid",
        "IMAGE_PROCESS_FAILED",
        "File of size 10485761 bytes is too big for a photo; the maximum size is 10485760 bytes",
    ],
)
def test_what_cannot_be_a_photo_goes_out_as_a_file(
    words: str, telegram: Telegram, publisher: TelegramPublisher
) -> None:
    """A picture that Telegram refuses as a photo is sent as a document at once."""
    telegram.fail("send", Fault("before", refusal(400, f"Bad Request: {words}")))
    shown = picture(kind="PNG")

    receipt = publisher.publish(rendition(shown), PUBLICATION)

    (message,) = telegram.messages
    assert (message.kind, message.sha256) == ("document", shown.sha256)
    assert message.filename == "post-7.png"
    assert message.text == "a lighthouse at dawn"
    assert receipt.detail == {"file_id": "file-1", "sent_as": "document"}


def test_what_is_known_to_be_no_photo_is_not_tried_as_one(
    telegram: Telegram, publisher: TelegramPublisher
) -> None:
    """A picture beyond the limits of a photo goes out as a file with one request."""
    publisher.publish(rendition(picture(2100, 100)), PUBLICATION)

    assert [message.kind for message in telegram.messages] == ["document"]
    assert len(telegram.journal.entries(call="send")) == 1


def test_of_several_pictures_the_first_goes_out(
    telegram: Telegram, publisher: TelegramPublisher
) -> None:
    """What stays behind is noted."""
    first = picture(32, 32)
    receipt = publisher.publish(rendition(first, picture(), picture()), PUBLICATION)

    assert [message.sha256 for message in telegram.messages] == [first.sha256]
    assert receipt.detail["pictures_left_out"] == 2


def test_an_impossible_picture_is_not_sent(
    telegram: Telegram, publisher: TelegramPublisher
) -> None:
    """No picture, an empty one and one beyond 50 MB are refused without a request."""
    empty = Picture(content=b"", format="PNG", width=1, height=1, sha256="")
    large = Picture(content=b"x" * 50_000_001, format="PNG", width=1, height=1, sha256="")

    with pytest.raises(InvalidPost):
        publisher.publish(Rendition(post=rendition().post, pictures=()), PUBLICATION)
    for refused in (empty, large):
        with pytest.raises(BadPicture):
            publisher.publish(rendition(refused), PUBLICATION)
    assert not telegram.journal.entries()


def test_a_group_that_became_a_supergroup_is_followed(
    telegram: Telegram, publisher: TelegramPublisher, caplog: pytest.LogCaptureFixture
) -> None:
    """The post goes to the new id, once; the log and the receipt name it; it is kept."""
    telegram.chat = Chat(id=-4242, type="group", username="", migrated_to=SUPERGROUP)
    publisher = publisher_of(telegram)

    first = publisher.publish(rendition(), PUBLICATION)
    second = publisher.publish(rendition(), PUBLICATION)

    assert [message.chat_id for message in telegram.messages] == [SUPERGROUP] * 2
    assert first.detail["new_chat_id"] == str(SUPERGROUP)
    assert first.external_id == f"{SUPERGROUP}:1"
    assert "new_chat_id" not in second.detail
    assert f"set TELEGRAM_CHAT_ID to {SUPERGROUP}" in caplog.text
    assert len(telegram.journal.entries(call="send")) == 3


def test_a_chat_that_moves_in_circles_is_no_endless_loop(
    telegram: Telegram, publisher: TelegramPublisher
) -> None:
    """A second migration within one attempt is an error of the set-up."""
    words = "Bad Request: group chat was upgraded to a supergroup chat"
    answer = refusal(400, words, migrate_to_chat_id=SUPERGROUP)
    telegram.fail("send", Fault("before", answer), times=2)

    with pytest.raises(SetupError, match="TELEGRAM_CHAT_ID"):
        publisher.publish(rendition(), PUBLICATION)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
ENVELOPES = st.fixed_dictionaries(
    {},
    optional={
        "ok": JSON,
        "error_code": JSON,
        "description": JSON,
        "parameters": JSON | st.fixed_dictionaries({"retry_after": JSON}),
        "result": JSON
        | st.fixed_dictionaries({}, optional={"message_id": JSON, "chat": JSON, "photo": JSON}),
    },
)


@given(st.integers(200, 599), ENVELOPES)
def test_no_nonsense_is_a_receipt(status: int, envelope: dict[str, Any]) -> None:
    """Whatever comes back is understood or not, but never raises, and never counts by chance."""
    answer = parse_answer(status, json.dumps(envelope).encode())
    receipt = parse_receipt(answer.result)

    assert answer.status >= status
    assert answer.retry_after is None or answer.retry_after >= 0
    assert receipt is None or envelope["ok"] is True
    assert may_post(answer.result or {}, "channel") is False
