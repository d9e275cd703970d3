"""The Telegram publisher against its stand-in: what each answer means, and check and settle."""

import traceback

import pytest

from promptpress.adapters.telegram import TelegramPublisher
from promptpress.errors import (
    BadCredentials,
    OutcomeUnknown,
    PermanentError,
    PromptpressError,
    RateLimited,
    SetupError,
    TransientError,
)
from promptpress.steps import MAX_REASON
from tests.adapters.sending import PUBLICATION, TOKEN, leaks, publisher_of, rendition
from tests.fakes.server import Answer, Fault
from tests.fakes.telegram import Chat, Telegram, flood, refusal

HTML = Answer(502, b"<html><h1>502 Bad Gateway</h1></html>", {"Content-Type": "text/html"})


# What each answer to a send means. "before" and "after" say whether the send had its effect;
# only an error that may come after it can be OutcomeUnknown, and none that comes before need be.

SURELY_NOT_SENT: list[tuple[Answer, type[PromptpressError], str]] = [
    (flood(17), RateLimited, "retry after 17"),
    (Answer(429, b"slow down", {"Retry-After": "5"}), RateLimited, "HTTP 429"),
    (refusal(401, "Unauthorized"), BadCredentials, "TELEGRAM_TOKEN"),
    (refusal(404, "Not Found"), BadCredentials, "TELEGRAM_TOKEN"),
    (Answer(404, b"<html>nginx</html>"), BadCredentials, "TELEGRAM_API_URL"),
    (refusal(403, "Forbidden: bot was kicked from the channel chat"), SetupError, "kicked"),
    (refusal(403, "Forbidden: bot was blocked by the user"), SetupError, "TELEGRAM_CHAT_ID"),
    (refusal(400, "Bad Request: chat not found"), SetupError, "TELEGRAM_CHAT_ID"),
    (
        refusal(400, "Bad Request: not enough rights to send photos to the chat"),
        SetupError,
        "administrator",
    ),
    (
        refusal(400, "Bad Request: need administrator rights in the channel chat"),
        SetupError,
        "administrator",
    ),
    (refusal(400, "Bad Request: have no write access to the chat"), SetupError, "administrator"),
    (
        refusal(400, "Bad Request: message caption is too long"),
        PermanentError,
        "message caption is too long",
    ),
    (Answer.json({"ok": False, "error_code": 400, "description": "Bad"}), PermanentError, "Bad"),
    (refusal(413, "Request Entity Too Large"), PermanentError, "smaller"),
    (Answer(413, b"<html>nginx</html>"), PermanentError, "smaller"),
    (refusal(421, "Misdirected Request"), TransientError, "Misdirected"),
    (refusal(409, "Conflict: terminated by other getUpdates"), TransientError, "Conflict"),
    (refusal(400, "Bad Request: chat_id is empty"), SetupError, "TELEGRAM_CHAT_ID"),
    (refusal(400, "Bad Request: text must be non-empty"), PermanentError, "non-empty"),
    (refusal(400, "Bad Request: file must be non-empty"), PermanentError, "Change the post"),
    (refusal(400, "Bad Request: wrong file identifier/HTTP URL"), PermanentError, "wrong file"),
    (refusal(400, "Bad Request: there is no photo in the request"), PermanentError, "no photo"),
    (refusal(400, "Bad Request: CHAT_SEND_PHOTOS_FORBIDDEN"), SetupError, "administrator"),
    (refusal(400, "Bad Request: USER_BANNED_IN_CHANNEL"), SetupError, "administrator"),
    (refusal(400, "Bad Request: message thread not found"), SetupError, "topic"),
    (refusal(400, "Bad Request: TOPIC_CLOSED"), SetupError, "open it again"),
    (refusal(400, "Bad Request: TOPIC_DELETED"), SetupError, "topic"),
    (refusal(400, "Logged out"), SetupError, "TELEGRAM_API_URL"),
    (refusal(404, "Not Found: method not found"), SetupError, "TELEGRAM_API_URL"),
    (refusal(401, "Unauthorized: invalid token specified"), BadCredentials, "TELEGRAM_TOKEN"),
    (refusal(403, "Forbidden: user is deactivated"), SetupError, "deactivated"),
    (refusal(403, "Forbidden: bot is not a member of the channel chat"), SetupError, "member"),
    (refusal(403, "Forbidden: bot can't initiate conversation with a user"), SetupError, "user"),
    (refusal(403, "Forbidden: bot can't send messages to bots"), SetupError, "TELEGRAM_CHAT_ID"),
    (Answer(408, b""), TransientError, "HTTP 408"),
    (Answer(307, b"", {"Location": "https://elsewhere.invalid"}), SetupError, "TELEGRAM_API_URL"),
    (Answer(400, b"<html>plain HTTP to a TLS port</html>"), SetupError, "TELEGRAM_API_URL"),
    (Answer(403, b"<html>forbidden here</html>"), SetupError, "HTTPS_PROXY"),
]
UNKNOWN = [
    Fault("after"),
    Fault("after", hang=True),
    Fault("after", drip=0.05),
    Fault("after", cut_at=0),
    Fault("after", cut_at=40),
    Fault("after", HTML),
    Fault("after", Answer(504, b"")),
    Fault("after", refusal(500, "Internal Server Error: restart")),
    Fault("after", Answer(200, b"")),
    Fault("after", Answer(200, b"<html>hello</html>")),
    Fault("after", Answer(200, b"[" * 100_000)),
    Fault("after", Answer(200, b"x" * 2_000_000)),
    Fault("after", Answer.json({"ok": True, "result": {}})),
    Fault("after", Answer.json({"ok": True, "result": True})),
    Fault("after", Answer.json({"ok": False})),
    Fault("after", Answer.json({"ok": False, "error_code": 400, "description": "Bad"}, 500)),
    Fault("after", Answer.json({"ok": False, "error_code": 502, "description": "Bad Gateway"})),
]


@pytest.mark.parametrize(("answer", "kind", "word"), SURELY_NOT_SENT)
def test_an_explicit_no_is_surely_not_sent(
    answer: Answer,
    kind: type[PromptpressError],
    word: str,
    telegram: Telegram,
    publisher: TelegramPublisher,
    log: pytest.LogCaptureFixture,
) -> None:
    """Each refusal says what to do, shows no token, and the next attempt goes out once."""
    telegram.fail("send", Fault("before", answer))

    with pytest.raises(PromptpressError) as caught:
        publisher.publish(rendition(), PUBLICATION)

    assert type(caught.value) is kind
    assert word in str(caught.value)
    assert len(str(caught.value)) <= MAX_REASON
    assert leaks(caught.value, log.text) == []
    publisher.publish(rendition(), PUBLICATION)
    assert telegram.journal.accepted("send") == ["a lighthouse at dawn"]


@pytest.mark.parametrize("fault", UNKNOWN)
def test_a_lost_answer_is_never_taken_for_a_no(
    fault: Fault, telegram: Telegram, log: pytest.LogCaptureFixture
) -> None:
    """Where the post may be out nothing is repeated, and a person is told what to do."""
    telegram.fail("send", fault)

    with pytest.raises(PromptpressError) as caught:
        publisher_of(telegram, fault).publish(rendition(), PUBLICATION)

    assert type(caught.value) is OutcomeUnknown
    assert "python -m promptpress resolve 7 --channel telegram --sent" in str(caught.value)
    assert "--not-sent" in str(caught.value)
    assert len(str(caught.value)) <= MAX_REASON
    assert leaks(caught.value, log.text) == []
    assert len(telegram.messages) == 1


def test_a_doubt_quotes_what_telegram_said(
    telegram: Telegram, publisher: TelegramPublisher
) -> None:
    """Why nobody knows is told in Telegram's words, and cut so that the advice stays."""
    words = "Internal Server Error: sent message was immediately deleted " + "x" * 5000
    telegram.fail("send", Fault("after", refusal(500, words)))

    with pytest.raises(OutcomeUnknown, match="immediately deleted") as caught:
        publisher.publish(rendition(), PUBLICATION)

    assert str(caught.value).endswith("it goes out again")
    assert len(str(caught.value)) <= MAX_REASON


@pytest.mark.parametrize(
    ("chat", "word"),
    [
        (Chat(type="supergroup", topics={42: False}), "TOPIC_CLOSED"),
        (Chat(type="supergroup", topics={7: True}), "thread not found"),
        (Chat(type="supergroup"), "thread not found"),
    ],
    ids=["closed", "other", "none"],
)
def test_a_topic_that_is_not_there(chat: Chat, word: str) -> None:
    """A post to it is not sent somewhere else, and the message says what to correct."""
    with Telegram(chat=chat) as telegram:
        with pytest.raises(SetupError, match=word):
            publisher_of(telegram, topic=42).publish(rendition(), PUBLICATION)
        assert not telegram.messages


def test_a_long_refusal_is_cut(telegram: Telegram, publisher: TelegramPublisher) -> None:
    """However much a service says, the error ends in what to do and can be kept."""
    answer = refusal(400, f"Bad Request: {TOKEN} " + "x" * 5000)
    telegram.fail("send", Fault("before", answer))

    with pytest.raises(PermanentError) as caught:
        publisher.publish(rendition(), PUBLICATION)

    assert str(caught.value).endswith("Change the post, then retry it")
    assert len(str(caught.value)) <= MAX_REASON
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "wait"),
    [
        (flood(17), 17.0),
        (refusal(429, "Too Many Requests", retry_after=3), 3.0),
        (Answer(429, b"", {"Retry-After": "5"}), 5.0),
        (Answer(429, b"", {"Retry-After": "Sat, 21 Nov 2026 09:00:30 GMT"}), 30.0),
        (Answer.json({"ok": False, "error_code": 429, "parameters": []}, 429), None),
        (refusal(429, "Too Many Requests: retry after 41"), 41.0),
        (refusal(400, "Bad Request: SLOWMODE_WAIT_30"), 30.0),
        (refusal(420, "FLOOD_WAIT_7"), 7.0),
        (refusal(420, "FLOOD_PREMIUM_WAIT_9"), 9.0),
        (Answer(429, b""), None),
    ],
)
def test_the_wait_is_the_one_asked_for(
    answer: Answer, wait: float | None, telegram: Telegram, publisher: TelegramPublisher
) -> None:
    """Flood control names its wait in the body, a proxy in a header, in seconds or as a date."""
    telegram.fail("send", Fault("before", answer))

    with pytest.raises(RateLimited) as caught:
        publisher.publish(rendition(), PUBLICATION)

    assert caught.value.retry_after == wait


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("http://127.0.0.1:9", TransientError),
        ("nowhere", SetupError),
        ("http://[", SetupError),
    ],
)
def test_a_service_out_of_reach_got_nothing(
    url: str,
    kind: type[PromptpressError],
    telegram: Telegram,
    log: pytest.LogCaptureFixture,
) -> None:
    """Without a connection nothing was sent; an address that never works is the set-up's fault."""
    publisher = publisher_of(telegram, api_url=url)

    for call in (lambda: publisher.publish(rendition(), PUBLICATION), publisher.check):
        with pytest.raises(PromptpressError) as caught:
            call()
        assert type(caught.value) is kind
        assert "TELEGRAM_API_URL" in str(caught.value)
        assert leaks(caught.value, log.text) == []


def test_a_token_with_odd_characters_stays_one_part_of_the_address(
    telegram: Telegram, log: pytest.LogCaptureFixture
) -> None:
    """A token pasted with a slash or a blank is refused, and shown in no form."""
    publisher = publisher_of(telegram, token="12/3: CANARY\n?x#y")

    with pytest.raises(BadCredentials) as caught:
        publisher.check()

    assert "CANARY" not in log.text + "".join(traceback.format_exception(caught.value))


def test_nothing_shows_the_token_when_all_goes_well(
    telegram: Telegram, publisher: TelegramPublisher, log: pytest.LogCaptureFixture
) -> None:
    """With everybody's debugging on, the log has the calls and no token."""
    publisher.check()
    receipt = publisher.publish(rendition(), PUBLICATION)

    assert "/bot***/sendPhoto" in log.text
    assert TOKEN not in log.text + repr(publisher) + repr(receipt)
