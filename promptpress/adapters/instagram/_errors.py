"""The one place where Instagram's errors become ours.

Making ready and asking are harmless to repeat. Of a publish only a refusal that the table is sure
of had no effect: Instagram has published posts that it answered with an error. All else is
unknown, until the container is asked.
"""

from promptpress.adapters.instagram._answers import Answer
from promptpress.adapters.instagram._table import HOUR, Meaning, meaning_of
from promptpress.errors import (
    OutcomeUnknown,
    PermanentError,
    PromptpressError,
    RateLimited,
    SetupError,
    TransientError,
)
from promptpress.model import Post, Publication

MAX_WORDS = 120
"""Characters of Instagram's that an error quotes where much else has to be said."""
LIMITED_WAIT = 900.0
"""Seconds, where a refusal names no wait: the limits count an hour."""


def how_to_resolve(post: Post, publication: Publication) -> str:
    """Return what a person should do about a send that nobody knows the outcome of."""
    return (
        "Look at the account in Instagram, then run `python -m promptpress "
        f"resolve {post.id} --channel {publication.channel} --sent` if the post is there, or with "
        "--not-sent if it is not, and it goes out again"
    )


def error_of(answer: Answer, name: str) -> PromptpressError:
    """Return our error for a call that is harmless to repeat.

    Args:
        answer: what came of the call; its words hold no secret.
        name: of the channel.
    """
    if answer.silence == "impossible":
        return SetupError(
            f"cannot be called: {answer.words}. Correct INSTAGRAM_API_URL, HTTPS_PROXY, "
            "SSL_CERT_FILE or REQUESTS_CA_BUNDLE",
            name,
        )
    if answer.silence:
        what = answer.words
    elif answer.code:
        return refusal(answer, name)
    elif 300 <= answer.status < 500:
        return _foreign(answer, name)
    else:
        what = f"it answered HTTP {answer.status} without a result"
    return TransientError(
        f"not reached: {what}. It is tried again; if that lasts, look at the network, HTTPS_PROXY "
        "and INSTAGRAM_API_URL",
        name,
        answer.retry_after,
    )


def refusal(answer: Answer, name: str) -> PromptpressError:
    """Return our error for a refusal with a code."""
    meaning = meaning_of(answer.code, answer.subcode, is_transient=answer.is_transient)
    code = f"{answer.code}/{answer.subcode}" if answer.subcode else f"{answer.code}"
    return as_error(meaning, f"{answer.words or 'refused'} (code {code})", name, answer.retry_after)


def as_error(
    meaning: Meaning, words: str, name: str, retry_after: float | None = None
) -> PromptpressError:
    """Return the error that a meaning stands for, with the service's words.

    Args:
        meaning: a line of the table.
        words: what the service says, without secrets.
        name: of the channel.
        retry_after: seconds that the service asks for.
    """
    wait = None
    if issubclass(meaning.kind, TransientError):
        wait = wait_of(meaning, retry_after)
    return meaning.kind(f"{words}: {meaning.advice}", name, wait)


def wait_of(meaning: Meaning, retry_after: float | None) -> float | None:
    """Return the seconds to wait: those that the service names, else the table's.

    The headers count calls, not posts: what is stopped for an hour or more is stopped no shorter.
    """
    if retry_after is None:
        return meaning.wait
    if meaning.wait is not None and meaning.wait >= HOUR:
        return max(retry_after, meaning.wait)
    return retry_after


def _foreign(answer: Answer, name: str) -> PromptpressError:
    """Return our error for a refusal that is not in the words of the Graph API."""
    words = answer.words or f"HTTP {answer.status}"
    if answer.status == 429:
        wait = answer.retry_after or LIMITED_WAIT
        return RateLimited(f"{words}: it is tried again after that", name, wait)
    if answer.status in (408, 421, 425):
        return TransientError(f"{words}: it is tried again", name, answer.retry_after)
    if answer.status == 413:
        return PermanentError(f"{words}: order a smaller one, then retry the post", name)
    return SetupError(
        f"something that is not Instagram answered HTTP {answer.status} ({words}): look at "
        "INSTAGRAM_API_URL and HTTPS_PROXY",
        name,
    )


def error_of_publish(answer: Answer, name: str, doubt: str) -> PromptpressError:
    """Return our error for a publish without an id.

    Args:
        answer: what came of the call; its words hold no secret.
        name: of the channel.
        doubt: what a person should do when nobody knows whether it happened.
    """
    if is_surely_not(answer):
        return error_of(answer, name)
    code = f" (code {answer.code}/{answer.subcode})" if answer.code else ""
    words = answer.words[:MAX_WORDS] or f"HTTP {answer.status} without an id"
    return OutcomeUnknown(f"perhaps published: {words}{code}. {doubt}", name)


def is_surely_not(answer: Answer) -> bool:
    """Tell whether a publish that was answered so surely had no effect."""
    if answer.silence:
        return answer.silence != "lost"
    if not 300 <= answer.status < 500:
        return False
    if not answer.genuine:
        return True  # a proxy's or a firewall's page
    return bool(answer.code) and meaning_of(answer.code, answer.subcode).is_sure


def error_of_question(answer: Answer, name: str) -> PromptpressError:
    """Return our error for a question that no post is at fault for."""
    error = error_of(answer, name)
    return SetupError(error.message, name) if isinstance(error, PermanentError) else error
