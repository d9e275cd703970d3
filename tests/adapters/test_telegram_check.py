"""The Telegram publisher against its stand-in: check and settle."""

from typing import Any

import pytest

from promptpress.adapters.telegram import TelegramPublisher
from promptpress.errors import (
    BadCredentials,
    OutcomeUnknown,
    PromptpressError,
    RateLimited,
    SetupError,
    TransientError,
)
from tests.adapters.sending import PUBLICATION, leaks, publisher_of, rendition
from tests.fakes.server import Answer, Fault
from tests.fakes.telegram import Chat, Telegram, flood, refusal

HTML = Answer(502, b"<html><h1>502 Bad Gateway</h1></html>", {"Content-Type": "text/html"})
SUPERGROUP = -1009876543210
MUTED = {"status": "restricted", "can_send_photos": False}


def test_settle_asks_a_person(telegram: Telegram, publisher: TelegramPublisher) -> None:
    """No bot can look into a chat's past: the message says where to look and what to type."""
    with pytest.raises(OutcomeUnknown) as caught:
        publisher.settle(rendition().post, PUBLICATION)

    assert "look into the chat @promptpress_stand_in" in str(caught.value)
    assert "resolve 7 --channel telegram --sent" in str(caught.value)
    assert not telegram.journal.entries()


def test_check_is_free(telegram: Telegram, publisher: TelegramPublisher) -> None:
    """Where all is well the check sends nothing."""
    publisher.check()

    assert [entry.call for entry in telegram.journal.entries()] == [
        "getMe",
        "getChat",
        "getChatMember",
    ]


@pytest.mark.parametrize(
    ("chat", "word"),
    [
        (Chat(member={"status": "left"}), "administrator"),
        (Chat(member={"status": "member"}), "administrator"),
        (Chat(member={"status": "administrator", "can_post_messages": False}), "administrator"),
        (Chat(id=-4, type="group", username="", member={"status": "kicked"}), "administrator"),
        (Chat(type="supergroup", member={"status": "restricted", "is_member": False}), "right"),
        (Chat(type="supergroup", member=MUTED), "right to post"),
        (
            Chat(
                type="supergroup",
                member={"status": "member"},
                permissions={"can_send_photos": False},
            ),
            "right to post",
        ),
    ],
)
def test_check_sees_missing_rights(chat: Chat, word: str) -> None:
    """A bot that could not post is found before the first post meets it."""
    with Telegram(chat=chat) as telegram, pytest.raises(SetupError, match=word):
        publisher_of(telegram).check()


@pytest.mark.parametrize(
    "chat",
    [
        Chat(id=-4, type="group", username="", member={"status": "member"}),
        Chat(id=4, type="private", username="somebody", member={}),
        Chat(id=-4, type="group", username="", migrated_to=SUPERGROUP, member={"status": "member"}),
    ],
    ids=["group", "person", "moved group"],
)
def test_check_passes_where_no_rights_are_needed(chat: Chat) -> None:
    """In a group a member may post, to a person anybody whom they began to talk to."""
    with Telegram(chat=chat) as telegram:
        publisher_of(telegram).check()


def test_check_lets_pass_what_it_cannot_see(
    telegram: Telegram, publisher: TelegramPublisher
) -> None:
    """Where Telegram does not show a bot its rights, the first send will tell."""
    hidden = refusal(400, "Bad Request: member list is inaccessible")
    telegram.fail("getChatMember", Fault("before", hidden))

    publisher.check()


@pytest.mark.parametrize(
    ("member", "permissions", "missing"),
    [
        ({"status": "restricted", "can_send_videos": False}, {}, ["videos"]),
        ({"status": "member"}, {"can_send_videos": False}, ["videos"]),
        (
            {"status": "restricted", "can_send_documents": False},
            {"can_send_videos": False},
            ["videos", "documents"],
        ),
        ({"status": "administrator"}, {"can_send_videos": False, "can_send_photos": False}, []),
        ({"status": "creator"}, {"can_send_videos": False}, []),
        ({"status": "member"}, {}, []),
    ],
)
def test_check_tells_of_media_that_may_not_be_sent(
    member: dict[str, Any],
    permissions: dict[str, bool],
    missing: list[str],
    log: pytest.LogCaptureFixture,
) -> None:
    """A channel that sends photos works without the rest; whoever sends reels there is warned."""
    chat = Chat(type="supergroup", member=member, permissions=permissions)
    with Telegram(chat=chat) as telegram:
        publisher_of(telegram).check()

    told = [r.getMessage() for r in log.records if r.levelname == "WARNING"]
    assert len(told) == len(missing)
    assert all(f"may not send {kind}" in line for kind, line in zip(missing, told, strict=True))


@pytest.mark.parametrize(
    "chat",
    [
        Chat(),
        Chat(type="supergroup"),
        Chat(id=-4, type="group", username="", member={"status": "member"}),
    ],
    ids=["channel", "supergroup without topics", "group"],
)
def test_check_sees_a_topic_that_cannot_be(chat: Chat) -> None:
    """A topic in a chat that has none is found before the first post meets it."""
    with Telegram(chat=chat) as telegram, pytest.raises(SetupError, match=r"no topics.* 42"):
        publisher_of(telegram, topic=42).check()


@pytest.mark.parametrize(
    ("chat", "topic"),
    [
        (Chat(type="supergroup", topics={42: True}), 42),
        (Chat(type="supergroup", topics={42: True}), 7),
        (Chat(type="supergroup"), 1),
        (Chat(id=4, type="private", username="somebody", member={}), 42),
    ],
    ids=["there", "not to be seen", "general", "private"],
)
def test_check_lets_pass_topics_it_cannot_see(chat: Chat, topic: int) -> None:
    """No call lists topics: in a forum the first send will tell."""
    with Telegram(chat=chat) as telegram:
        publisher_of(telegram, topic=topic).check()


@pytest.mark.parametrize("call", ["getMe", "getChat", "getChatMember"])
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault("before", refusal(401, "Unauthorized")), BadCredentials),
        (Fault("before", refusal(403, "Forbidden: bot was kicked")), SetupError),
        (Fault("before", refusal(402, "Payment Required")), SetupError),
        (Fault("before", flood(3)), RateLimited),
        (Fault("before", HTML), TransientError),
        (Fault("before"), TransientError),
        (Fault("before", hang=True), TransientError),
        (Fault("after", cut_at=3), TransientError),
    ],
)
def test_check_tells_refused_from_offline(
    call: str,
    fault: Fault,
    kind: type[PromptpressError],
    telegram: Telegram,
    log: pytest.LogCaptureFixture,
) -> None:
    """A refusal is the set-up's fault; silence and nonsense are trouble that may pass."""
    telegram.fail(call, fault)

    with pytest.raises(PromptpressError) as caught:
        publisher_of(telegram, fault).check()

    assert type(caught.value) is kind
    assert leaks(caught.value, log.text) == []
