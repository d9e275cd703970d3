"""The one place where Telegram's errors become ours.

What counts for a send is whether it surely had no effect: then it may be repeated. That is so
where the request did not arrive whole, and where the answer is an explicit no (3xx, 4xx). After
a lost answer, a 5xx or a 2xx without a message nobody knows.
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
    "peer_id_invalid",
    "group chat was upgraded",
)
"""Descriptions of a 400 that any post would meet."""


def how_to_resolve(post: Post, publication: Publication, chat_id: str) -> str:
    """Return what a person should do about a send that nobody knows the outcome of."""
    return (
        f"Telegram cannot be asked: look into the chat {chat_id}, then run `python -m promptpress "
        f"resolve {post.id} --channel {publication.channel} --sent` if the post is there, or with "
        "--not-sent if it is not, and it goes out again"
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
    if not answer.silence and 300 <= answer.status < 500:
        return _refusal(answer, name)
    what = answer.words if answer.silence else f"it answered HTTP {answer.status} without a result"
    if doubt and answer.silence != "undelivered":
        return OutcomeUnknown(f"perhaps sent: {what}. {doubt}", name)
    return TransientError(
        f"not reached: {what}. It is tried again; if that lasts, look at the network, HTTPS_PROXY "
        "and TELEGRAM_API_URL",
        name,
        answer.retry_after,
    )


def _refusal(answer: Answer, name: str) -> PromptpressError:
    """Return our error for an explicit no."""
    words = answer.words or f"HTTP {answer.status}"
    chat_is_wrong = any(sign in words.lower() for sign in _WRONG_CHAT)
    match answer.status:
        case 408 | 421 | 429:
            kind = RateLimited if answer.status == 429 else TransientError
            return kind(f"{words}. It is tried again after that", name, answer.retry_after)
        case 413:
            return PermanentError(f"{words}: order a smaller picture, then retry the post", name)
        case 401 | 404:
            return BadCredentials(
                f"knows no such bot ({words}): put the token from @BotFather into TELEGRAM_TOKEN, "
                "and see that TELEGRAM_API_URL is right",
                name,
            )
        case _ if not answer.genuine:
            return SetupError(
                f"something that is not Telegram answered {words}: look at TELEGRAM_API_URL and "
                "HTTPS_PROXY",
                name,
            )
        case status if status == 403 or chat_is_wrong:
            return SetupError(
                f"the bot cannot post to this chat ({words}): make it an administrator with the "
                "right to post, or correct TELEGRAM_CHAT_ID",
                name,
            )
        case _:
            return PermanentError(f"{words}. Change the post, then retry it", name)
