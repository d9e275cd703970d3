"""What each code of Instagram's means: one table, by code and subcode.

Codes are those of developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/
error-codes and developers.facebook.com/docs/graph-api/guides/error-handling.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from promptpress.errors import (
    BadCredentials,
    BadPicture,
    ContentRefused,
    InvalidPost,
    PermanentError,
    PromptpressError,
    RateLimited,
    SetupError,
    TransientError,
)

MINUTE, HOUR = 60.0, 3_600.0


@dataclass(frozen=True)
class Meaning:
    """What a code means for us."""

    kind: type[PromptpressError]
    advice: str
    """What happens next, or what the reader should do."""
    wait: float | None = None
    """Seconds, where the answer itself names none."""
    is_sure: bool = True
    """False where a publish that is answered so may be out all the same."""


_AGAIN = "it is tried again"
_ANEW = "it is made anew"
_MEDIA = "the picture or video has to be different: change the post, then retry it"
_RENEW = "put a new token into INSTAGRAM_ACCESS_TOKEN"
_LOGIN = "log in to the account, then " + _RENEW
_SLOW = "calling on would only prolong it"
_RIGHT = "give the token the right to publish (content_publish), or the app access to the account"

TABLE: Mapping[tuple[int, int], Meaning] = {
    (-1, 0): Meaning(TransientError, _AGAIN, is_sure=False),
    (-1, 2207001): Meaning(TransientError, _AGAIN, is_sure=False),
    (-1, 2207032): Meaning(TransientError, _ANEW, is_sure=False),
    (-1, 2207053): Meaning(TransientError, _ANEW, is_sure=False),
    (-2, 0): Meaning(TransientError, _ANEW, is_sure=False),
    (-2, 2207003): Meaning(TransientError, f"its fetching took too long: {_ANEW}", 30),
    (-2, 2207020): Meaning(TransientError, f"it was published too late: {_ANEW}", is_sure=False),
    (1, 0): Meaning(TransientError, _AGAIN, is_sure=False),
    (1, 2207057): Meaning(InvalidPost, "the cover's time lies outside the video: change the post"),
    (2, 0): Meaning(TransientError, _AGAIN, is_sure=False),
    (3, 0): Meaning(BadCredentials, _RIGHT),
    (4, 0): Meaning(RateLimited, _SLOW, 15 * MINUTE, is_sure=False),
    (4, 2207051): Meaning(RateLimited, "it was taken for spam: nothing for hours", 4 * HOUR, False),
    (9, 0): Meaning(RateLimited, "the posts of 24 hours are used up", HOUR),
    (9, 2207042): Meaning(RateLimited, "the posts of 24 hours are used up", HOUR),
    (10, 0): Meaning(BadCredentials, _RIGHT),
    (17, 0): Meaning(RateLimited, _SLOW, 15 * MINUTE),
    (24, 2207006): Meaning(PermanentError, "it is gone: retry the post", is_sure=False),
    (24, 2207008): Meaning(TransientError, _AGAIN, 30, is_sure=False),
    (25, 2207050): Meaning(
        SetupError, "the account is restricted: open Instagram's app and do what it asks"
    ),
    (32, 0): Meaning(RateLimited, _SLOW, 15 * MINUTE),
    (100, 33): Meaning(
        SetupError,
        "the token cannot see this: correct INSTAGRAM_ACCOUNT_ID or INSTAGRAM_ACCESS_TOKEN",
        is_sure=False,
    ),
    (100, 2207023): Meaning(InvalidPost, "Instagram has no such kind of post: report it"),
    (100, 2207028): Meaning(InvalidPost, "a carousel has 2 to 10 pictures: change the post"),
    (100, 2207035): Meaning(InvalidPost, "it tags a product wrongly: change the post"),
    (100, 2207036): Meaning(InvalidPost, "it tags a product wrongly: change the post"),
    (100, 2207037): Meaning(InvalidPost, "it tags a product wrongly: change the post"),
    (100, 2207040): Meaning(InvalidPost, "it names more than 20 accounts: take some out"),
    (102, 0): Meaning(BadCredentials, _RENEW),
    (104, 0): Meaning(BadCredentials, _RENEW),
    (190, 0): Meaning(BadCredentials, _RENEW),
    (190, 458): Meaning(BadCredentials, "the app was taken from the account: " + _LOGIN),
    (190, 459): Meaning(BadCredentials, "the account asks for a login: " + _LOGIN),
    (190, 460): Meaning(BadCredentials, "the password was changed: " + _LOGIN),
    (190, 463): Meaning(BadCredentials, "the token is dead: " + _LOGIN),
    (190, 464): Meaning(BadCredentials, "the account is not confirmed: " + _LOGIN),
    (190, 467): Meaning(BadCredentials, "the token is not valid any more: " + _LOGIN),
    (190, 492): Meaning(BadCredentials, "the role on the page has changed: " + _LOGIN),
    (341, 0): Meaning(RateLimited, "the app is over its limit", HOUR),
    (352, 2207026): Meaning(BadPicture, "the video has to be an MP4 in H.264: make it anew"),
    (368, 0): Meaning(
        SetupError, "the account is blocked for now: look into Instagram's app", is_sure=False
    ),
    (506, 0): Meaning(ContentRefused, "it is a duplicate: change its caption", is_sure=False),
    (613, 0): Meaning(RateLimited, _SLOW, 15 * MINUTE),
    (9004, 2207052): Meaning(TransientError, f"it could not be fetched: {_ANEW}", 30),
    (9007, 2207027): Meaning(TransientError, "it is not ready yet", 15),
    (36000, 2207004): Meaning(BadPicture, _MEDIA),
    (36001, 2207005): Meaning(BadPicture, _MEDIA),
    (36003, 2207009): Meaning(BadPicture, _MEDIA),
    (36004, 2207010): Meaning(InvalidPost, "shorten its caption, or take hashtags out"),
    (80002, 0): Meaning(RateLimited, _SLOW, 15 * MINUTE),
    # Seen in the field, in no table of Meta's.
    (101, 0): Meaning(SetupError, "look at the app that the token belongs to, then " + _RENEW),
    (803, 0): Meaning(SetupError, "correct INSTAGRAM_ACCOUNT_ID", is_sure=False),
    (2500, 0): Meaning(SetupError, "correct INSTAGRAM_API_URL or INSTAGRAM_API_VERSION"),
    (-1, 2207077): Meaning(TransientError, _ANEW, is_sure=False),
    (-1, 2207081): Meaning(TransientError, _ANEW, is_sure=False),
    (-1, 2207082): Meaning(TransientError, _ANEW, is_sure=False),
}

_UNKNOWN = Meaning(PermanentError, "change the post, then retry it", is_sure=False)
_UNKNOWN_TRANSIENT = Meaning(TransientError, _AGAIN, is_sure=False)
_UNKNOWN_STATE = Meaning(TransientError, _ANEW, is_sure=False)
_BY_SUBCODE = {subcode: meaning for (_, subcode), meaning in TABLE.items() if subcode > 2_207_000}


def meaning_of(code: int, subcode: int, *, is_transient: bool = False) -> Meaning:
    """Return what a refusal means: by both codes, else by the subcode, else by the code alone."""
    known = TABLE.get((code, subcode)) or _BY_SUBCODE.get(subcode)
    if known is None and 200 <= code <= 299:
        known = TABLE[10, 0]
    known = known or TABLE.get((code, 0))
    return known or (_UNKNOWN_TRANSIENT if is_transient else _UNKNOWN)


def meaning_of_state(subcode: int) -> Meaning:
    """Return what the subcode beside a container's state ERROR means."""
    return _BY_SUBCODE.get(subcode, _UNKNOWN_STATE)
