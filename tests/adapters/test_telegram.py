"""The Telegram publisher against its stand-in: what goes out, and what comes back."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptpress.adapters.telegram import READ_TIMEOUT, TelegramPublisher
from promptpress.adapters.telegram._answers import parse_answer, parse_receipt
from promptpress.adapters.telegram._checking import may_post
from promptpress.errors import (
    BadPicture,
    InvalidPost,
    SetupError,
)
from promptpress.ports import Picture, Rendition
from tests.adapters.sending import PUBLICATION, picture, publisher_of, rendition
from tests.fakes.server import Answer, Fault
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


@pytest.mark.parametrize(
    ("options", "topic", "silent"),
    [
        ({}, None, False),
        ({"silent": True}, None, True),
        ({"topic": 42}, 42, False),
        ({"topic": 1}, None, False),
    ],
    ids=["plain", "silent", "topic", "the general topic, which has no number"],
)
@pytest.mark.parametrize("count", [1, 2])
def test_silent_posts_and_topics(
    options: dict[str, Any], topic: int | None, silent: bool, count: int
) -> None:
    """Posts arrive without a sound, or in a topic of a forum, where the channel says so."""
    chat = Chat(type="supergroup", topics={42: True})
    with Telegram(chat=chat) as telegram:
        sender = publisher_of(telegram, **options)
        sender.publish(rendition(*[picture()] * count), PUBLICATION)
        sender.check()

    assert [(topic, silent)] * count == [(m.topic, m.silent) for m in telegram.messages]


@pytest.mark.parametrize("kind", ["photo", "carousel"])
def test_pictures_may_be_ten(kind: str, publisher: TelegramPublisher) -> None:
    """A photo or carousel is one picture, or an album of up to ten, and never a video."""
    rules = publisher.rules_for(kind)

    assert rules.max_pictures == 10
    assert rules.video is None
    assert kind == "photo" or 10 * rules.max_bytes < 50_000_000


@pytest.mark.parametrize("kind", ["story", "poll", "", "Photo"])
def test_other_kinds_are_refused_in_a_sentence(
    kind: str, telegram: Telegram, publisher: TelegramPublisher
) -> None:
    """What Telegram has no such post for is the post's fault, and is not sent."""
    for call in (
        lambda: publisher.rules_for(kind),
        lambda: publisher.publish(rendition(kind=kind), PUBLICATION),
    ):
        with pytest.raises(InvalidPost, match=r"telegram: .* kind .*photo"):
            call()
    assert not telegram.journal.entries()


@pytest.mark.parametrize(
    ("size", "more"), [(0, 0), (10_000_000, 0), (10_125_000, 1), (50_000_000, 320)]
)
def test_a_large_upload_has_more_time(size: int, more: float, publisher: TelegramPublisher) -> None:
    """Beyond 10 MB each 125 kB gives a second more, of silence and in all."""
    limits = publisher._limits_for({"video": ("v.mp4", b"x" * size, "video/mp4")})

    assert (10.0 + more, 20.0 + more, 2.0) == (limits.read, limits.total, limits.connect)


def test_a_flood_wait_inside_telegram_is_no_doubt() -> None:
    """Telegram waits up to 8 seconds by itself before it says 429: silence may last longer."""
    assert READ_TIMEOUT >= 30


def test_a_chat_that_moves_in_circles_is_no_endless_loop(
    telegram: Telegram, publisher: TelegramPublisher
) -> None:
    """A second migration within one attempt is an error of the set-up."""
    words = "Bad Request: group chat was upgraded to a supergroup chat"
    answer = refusal(400, words, migrate_to_chat_id=SUPERGROUP)
    telegram.fail("send", Fault("before", answer), times=2)

    with pytest.raises(SetupError, match="TELEGRAM_CHAT_ID"):
        publisher.publish(rendition(), PUBLICATION)


@pytest.mark.parametrize(
    ("envelope", "expected"),
    [
        ({"retry_after": 10**400}, (None, None)),
        ({"retry_after": -5}, (0.0, None)),
        ({"retry_after": True, "migrate_to_chat_id": True}, (1.0, None)),
        ({"migrate_to_chat_id": "-100"}, (None, None)),
    ],
)
def test_odd_parameters_are_passed_over(
    envelope: dict[str, Any], expected: tuple[float | None, int | None]
) -> None:
    """A wait beyond numbers and a chat that is none are not obeyed."""
    body = {"ok": False, "error_code": 400, "description": "x", "parameters": envelope}
    answer = parse_answer(400, json.dumps(body).encode())

    assert (answer.retry_after, answer.moved_to) == expected


def test_a_receipt_can_be_kept_whatever_it_says(
    telegram: Telegram, publisher: TelegramPublisher
) -> None:
    """What no database takes is not in an id of a file."""
    message = {
        "message_id": 1,
        "chat": {"id": -1},
        "photo": [{"file_id": "a\0b"}, {"file_id": "c\0\ud83d"}],
    }
    telegram.fail("send", Fault("after", Answer.json({"ok": True, "result": [message, message]})))

    receipt = publisher.publish(rendition(picture(), picture()), PUBLICATION)

    assert receipt.detail["file_ids"] == ["c?", "c?"]


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
    receipt = parse_receipt(answer.results)

    assert answer.status >= status
    assert answer.retry_after is None or answer.retry_after >= 0
    assert receipt is None or envelope["ok"] is True
    assert may_post(envelope, {"type": "channel"}) is False
