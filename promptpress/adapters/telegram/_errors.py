"""The one place where Telegram's errors become ours.

What counts for a send is whether it surely had no effect: then it may be repeated. That is so
where the request did not arrive whole, and where the answer is an explicit no (3xx, 4xx). After
a lost answer, a 5xx or a 2xx without a message nobody knows; nor after an album of which one
item failed, for the others may be out and are not named.
"""

from promptpress.adapters.telegram._answers import Answer
from promptpress.errors import (
    BadCredentials,
    OutcomeUnknown,
    PermanentError,
    PromptpressError,
    RateLimited,
    SetupError,
    TransientError,
)
from promptpress.model import Post, Publication

_WRONG_CHAT = (
    "chat not found",
    "chat_id is empty",
    "not enough rights",
    "have no write access",
    "need administrator rights",
    "chat_write_forbidden",
    "chat_admin_required",
    "chat_restricted",
    "chat_send_",
    "channel_private",
    "user_banned_in_channel",
    "peer_id_invalid",
    "group chat was upgraded",
)
"""Descriptions of a 400 that any post would meet."""
_WRONG_TOPIC = ("message thread not found", "topic_closed", "topic_deleted", "topic_id_invalid")
_OTHER_SERVER = ("logged out", "method not found")
"""The bot is served by another server, or this one is too old."""
_LATER = ". It is tried again after that"
_TOO_LARGE = ": order fewer or smaller pictures, or a shorter video, then retry the post"
_LOG_IN = (
    ": this server does not serve the bot: put a recent Bot API server that it is logged in to "
    "into TELEGRAM_API_URL"
)
_NO_BOT = (
    ": it knows no such bot: put the token from @BotFather into TELEGRAM_TOKEN, and see that "
    "TELEGRAM_API_URL is right"
)
_NOT_TELEGRAM = ": something that is not Telegram answered: see TELEGRAM_API_URL and HTTPS_PROXY"
_NO_TOPIC = ": no such open topic is there: correct the channel's topic, or open it again"
_NO_RIGHT = (
    ": the bot cannot post to this chat: make it an administrator with the right to post, or "
    "correct TELEGRAM_CHAT_ID"
)
_QUOTE = 120
"""Characters of a description beside the advice, so that both can be kept."""


def how_to_resolve(
    post: Post, publication: Publication, chat_id: str, *, is_album: bool = False
) -> str:
    """Return what a person should do about a send that nobody knows the outcome of."""
    part = " (delete what is there of a broken album first)" if is_album else ""
    return (
        f"Telegram cannot be asked: look into the chat {chat_id}, then run `python -m promptpress "
        f"resolve {post.id} --channel {publication.channel} --sent` if the post is there, or with "
        f"--not-sent if it is not{part}, and it goes out again"
    )


def error_of(answer: Answer, name: str, doubt: str = "") -> PromptpressError:
    """Return our error for a call that has no result.

    Args:
        answer: what came of the call; its words hold no secret.
        name: of the channel.
        doubt: for a send, what a person should do when nobody knows whether it happened; empty
            for a call that is harmless to repeat.
    """
    if answer.silence == "impossible":
        return SetupError(
            f"cannot be called: {answer.words}. Correct TELEGRAM_API_URL, HTTPS_PROXY, "
            "SSL_CERT_FILE or REQUESTS_CA_BUNDLE",
            name,
        )
    in_part = bool(doubt) and answer.is_in_part
    if not answer.silence and 300 <= answer.status < 500 and not in_part:
        return _refusal(answer, name)
    what = _what(answer)
    if doubt and answer.silence != "undelivered":
        return OutcomeUnknown(f"perhaps sent: {what}. {doubt}", name)
    return TransientError(
        f"not reached: {what}. It is tried again; if that lasts, look at the network, HTTPS_PROXY "
        "and TELEGRAM_API_URL",
        name,
        answer.retry_after,
    )


def _what(answer: Answer) -> str:
    """Return what happened in place of a result, in few words."""
    if answer.silence:
        return answer.words
    quoted = answer.words if len(answer.words) <= _QUOTE else answer.words[: _QUOTE - 1] + "…"
    said = f" ({quoted})" if quoted else ""
    return f"it answered HTTP {answer.status} without a result{said}"


def _refusal(answer: Answer, name: str) -> PromptpressError:
    """Return our error for an explicit no."""
    words = answer.words or f"HTTP {answer.status}"
    kind, advice = _meaning(answer)
    wait = answer.retry_after if issubclass(kind, TransientError) else None
    return kind(f"{words}{advice}", name, wait)


def _meaning(answer: Answer) -> tuple[type[PromptpressError], str]:
    """Return what an explicit no is to us, and what to do about it."""
    found: tuple[type[PromptpressError], str]
    match answer.status:
        case 429:
            found = RateLimited, _LATER
        case 408 | 409 | 421:
            found = TransientError, _LATER
        case 413:
            found = PermanentError, _TOO_LARGE
        case 400 | 404 if _says(answer, _OTHER_SERVER):
            found = SetupError, _LOG_IN
        case 401 | 404:
            found = BadCredentials, _NO_BOT
        case _ if not answer.genuine:
            found = SetupError, _NOT_TELEGRAM
        case _ if _says(answer, _WRONG_TOPIC):
            found = SetupError, _NO_TOPIC
        case status if status == 403 or _says(answer, _WRONG_CHAT):
            found = SetupError, _NO_RIGHT
        case _:
            found = PermanentError, ". Change the post, then retry it"
    return found


def _says(answer: Answer, signs: tuple[str, ...]) -> bool:
    return any(sign in answer.words.lower() for sign in signs)
