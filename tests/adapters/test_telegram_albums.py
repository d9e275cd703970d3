"""The Telegram publisher: several pictures are one album, sent once or in doubt."""

import pytest

from promptpress.adapters.telegram import TelegramPublisher
from promptpress.errors import (
    BadCredentials,
    BadPicture,
    OutcomeUnknown,
    PermanentError,
    PromptpressError,
    RateLimited,
    SetupError,
    TransientError,
)
from promptpress.ports import Picture, Rendition
from promptpress.steps import MAX_REASON
from tests.adapters.sending import PUBLICATION, leaks, picture, publisher_of, rendition
from tests.fakes.server import Answer, Fault
from tests.fakes.telegram import Chat, Telegram, flood, refusal

HTML = Answer(502, b"<html><h1>502 Bad Gateway</h1></html>", {"Content-Type": "text/html"})
SUPERGROUP = -1009876543210


def album(count: int = 3, **fields: object) -> Rendition:
    return rendition(*[picture(40 + n, 40) for n in range(count)], **fields)


def test_several_pictures_are_one_album(telegram: Telegram, publisher: TelegramPublisher) -> None:
    """All arrive with one request, in order; the first has the words; the receipt names all."""
    shown = album(3, caption="Dawn <&> sea", hashtags=("sea",))
    receipt = publisher.publish(shown, PUBLICATION)

    messages = telegram.messages
    assert [item.sha256 for item in shown.pictures] == [m.sha256 for m in messages]
    assert [m.text for m in messages] == ["Dawn <&> sea\n\n#sea", "", ""]
    assert {("photo", "album-1")} == {(m.kind, m.album) for m in messages}
    assert [m.filename for m in messages] == ["post-7-1.jpg", "post-7-2.jpg", "post-7-3.jpg"]
    assert receipt.external_id == "-1001234567890:1"
    assert receipt.url == "https://t.me/promptpress_stand_in/1"
    assert receipt.detail == {
        "message_ids": [1, 2, 3],
        "file_ids": ["file-1", "file-2", "file-3"],
    }
    assert telegram.journal.accepted("send") == ["Dawn <&> sea"]


@pytest.mark.parametrize(
    ("count", "sent", "left"), [(1, 1, None), (2, 2, None), (10, 10, None), (11, 10, 1)]
)
def test_an_album_has_two_to_ten_items(
    count: int, sent: int, left: int | None, telegram: Telegram, publisher: TelegramPublisher
) -> None:
    """One picture is no album; what is beyond ten stays behind and is noted, in one request."""
    receipt = publisher.publish(album(count), PUBLICATION)

    assert len(telegram.messages) == sent
    assert bool(telegram.messages[0].album) == (sent > 1)
    assert receipt.detail.get("pictures_left_out") == left
    assert len(telegram.journal.entries(call="send")) == 1


@pytest.mark.parametrize("words", ["PHOTO_INVALID_DIMENSIONS", "Image_process_failed"])
def test_a_picture_refused_as_a_photo_makes_an_album_of_files(
    words: str, telegram: Telegram, publisher: TelegramPublisher
) -> None:
    """Nothing was sent by then: all go out as files, once, with the same words."""
    telegram.fail("send", Fault("before", refusal(400, f"Bad Request: {words}")))

    receipt = publisher.publish(album(3), PUBLICATION)

    assert [m.kind for m in telegram.messages] == ["document"] * 3
    assert [m.text for m in telegram.messages] == ["a lighthouse at dawn", "", ""]
    assert {"true"} == {m.options["disable_content_type_detection"] for m in telegram.messages}
    assert receipt.detail["sent_as"] == "document"
    assert receipt.detail["file_ids"] == ["file-1", "file-2", "file-3"]


def test_files_refused_as_well_are_set_aside(
    telegram: Telegram, publisher: TelegramPublisher
) -> None:
    """There is one way out of a refused photo, not a loop."""
    refused = Fault("before", refusal(400, "Bad Request: IMAGE_PROCESS_FAILED"))
    telegram.fail("send", refused, times=2)

    with pytest.raises(PermanentError):
        publisher.publish(album(), PUBLICATION)
    assert not telegram.messages
    assert len(telegram.journal.entries(call="send")) == 2


def test_one_picture_that_is_no_photo_makes_all_of_them_files(
    telegram: Telegram, publisher: TelegramPublisher
) -> None:
    """Photos and files do not mix: nothing is tried that is known to be refused."""
    publisher.publish(rendition(picture(), picture(2100, 100)), PUBLICATION)

    assert [m.kind for m in telegram.messages] == ["document"] * 2
    assert len(telegram.journal.entries(call="send")) == 1


def test_an_impossible_picture_keeps_the_album_back(
    telegram: Telegram, publisher: TelegramPublisher
) -> None:
    """No album goes out with a hole in it."""
    empty = Picture(content=b"", format="PNG", width=1, height=1, sha256="")

    with pytest.raises(BadPicture):
        publisher.publish(rendition(picture(), empty), PUBLICATION)
    assert not telegram.journal.entries()


def test_an_album_follows_a_moved_group(telegram: Telegram) -> None:
    """The move is told before anything is sent, so the album goes to the new id, once."""
    telegram.chat = Chat(id=-4242, type="group", username="", migrated_to=SUPERGROUP)

    receipt = publisher_of(telegram).publish(album(), PUBLICATION)

    assert [m.chat_id for m in telegram.messages] == [SUPERGROUP] * 3
    assert receipt.external_id == f"{SUPERGROUP}:1"
    assert receipt.detail["new_chat_id"] == str(SUPERGROUP)


SURELY_NOT_SENT: list[tuple[Answer, type[PromptpressError]]] = [
    (flood(17), RateLimited),
    (Answer(429, b"", {"Retry-After": "5"}), RateLimited),
    (refusal(400, "Bad Request: message caption is too long"), PermanentError),
    (refusal(400, "Bad Request: chat not found"), SetupError),
    (refusal(400, "Bad Request: not enough rights to send photos to the chat"), SetupError),
    (refusal(401, "Unauthorized"), BadCredentials),
    (refusal(403, "Forbidden: bot was kicked from the channel chat"), SetupError),
    (refusal(413, "Request Entity Too Large"), PermanentError),
    (Answer(413, b"<html>nginx</html>"), PermanentError),
    (refusal(421, "Misdirected Request"), TransientError),
]


@pytest.mark.parametrize(("answer", "kind"), SURELY_NOT_SENT)
def test_a_refused_album_is_surely_not_sent(
    answer: Answer, kind: type[PromptpressError], telegram: Telegram, publisher: TelegramPublisher
) -> None:
    """A refusal of the whole sends nothing: the next attempt brings one album."""
    telegram.fail("send", Fault("before", answer))

    with pytest.raises(PromptpressError) as caught:
        publisher.publish(album(), PUBLICATION)

    assert type(caught.value) is kind
    publisher.publish(album(), PUBLICATION)
    assert len(telegram.messages) == 3


def failed(number: int, words: str, code: int = 400) -> Answer:
    said = f'failed to send message #{number} with the error message "{words}"'
    return refusal(code, f"Bad Request: {said}")


PARTLY: list[tuple[int, Answer]] = [
    (1, failed(2, "PHOTO_INVALID_DIMENSIONS")),
    (2, failed(3, "Too Many Requests: retry after 5")),
    (1, refusal(429, failed(2, "retry after 5").body.decode(), retry_after=5)),
    (1, failed(2, "can't parse entities")),
    (1, failed(2, "group chat was upgraded to a supergroup chat")),
    (
        2,
        refusal(
            400, 'Bad Request: failed to send message #3 with "x"', migrate_to_chat_id=SUPERGROUP
        ),
    ),
    (2, failed(3, "CHAT_WRITE_FORBIDDEN", 403)),
    (1, refusal(400, "Bad Request: Group send failed")),
    (2, refusal(400, "Bad Request: group send failed")),
    (1, refusal(500, "Internal Server Error: restart")),
    (3, refusal(500, "Internal Server Error: sent message was immediately deleted")),
    (2, HTML),
    (3, Answer(504, b"")),
    (3, Answer(200, b"<html>hello</html>")),
    (3, Answer.json({"ok": True, "result": []})),
    (3, Answer.json({"ok": True, "result": [{}, {}, {}]})),
    (3, Answer.json({"ok": True, "result": True})),
    (3, Answer.json({"ok": True, "result": {"message_id": 1, "chat": {"id": 1}}})),
    (2, Answer.json({"ok": True, "result": [{"message_id": 1, "chat": {"id": 1}}] * 2})),
]


@pytest.mark.parametrize(("sent", "answer"), PARTLY)
def test_an_album_out_in_part_is_never_sent_again(
    sent: int, answer: Answer, telegram: Telegram, publisher: TelegramPublisher
) -> None:
    """However the failure of one item reads, no second request follows and a person decides."""
    telegram.break_album(sent, answer)

    with pytest.raises(PromptpressError) as caught:
        publisher.publish(album(), PUBLICATION)

    assert type(caught.value) is OutcomeUnknown
    assert "delete what is there of a broken album" in str(caught.value)
    assert "resolve 7 --channel telegram --sent" in str(caught.value)
    assert len(str(caught.value)) <= MAX_REASON
    assert len(telegram.messages) == sent
    assert len(telegram.journal.entries(call="send")) == 1


@pytest.mark.parametrize(
    "fault",
    [
        Fault("after"),
        Fault("after", hang=True),
        Fault("after", cut_at=0),
        Fault("after", cut_at=200),
        Fault("after", drip=0.05),
    ],
)
def test_a_lost_answer_to_an_album_is_unknown(
    fault: Fault, telegram: Telegram, log: pytest.LogCaptureFixture
) -> None:
    """Where the album may be out nothing is repeated."""
    telegram.fail("send", fault)

    with pytest.raises(PromptpressError) as caught:
        publisher_of(telegram, fault).publish(album(), PUBLICATION)

    assert type(caught.value) is OutcomeUnknown
    assert leaks(caught.value, log.text) == []
    assert len(telegram.messages) == 3


def test_a_lost_answer_after_a_way_out_is_unknown(
    telegram: Telegram, publisher: TelegramPublisher
) -> None:
    """The second form of a post is as unrepeatable as the first."""
    telegram.fail("send", Fault("before", refusal(400, "Bad Request: PHOTO_EXT_INVALID")))
    telegram.fail("send", Fault("after"))

    with pytest.raises(OutcomeUnknown):
        publisher.publish(album(), PUBLICATION)
    assert len(telegram.messages) == 3


def test_slow_mode_asks_to_wait(telegram: Telegram) -> None:
    """An ordinary member sends one album per turn, and is told when the next may go."""
    telegram.chat = Chat(type="supergroup", slow_mode=30, member={"status": "member"})
    sender = publisher_of(telegram)
    sender.publish(album(), PUBLICATION)

    with pytest.raises(RateLimited) as caught:
        sender.publish(album(), PUBLICATION)

    assert caught.value.retry_after == 30
    assert len(telegram.messages) == 3
