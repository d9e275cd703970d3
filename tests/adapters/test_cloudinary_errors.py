"""Cloudinary as store: what it refuses, answers that are lost, and secrets."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from email.utils import format_datetime

import pytest

from promptpress.adapters.cloudinary import CloudinaryStore
from promptpress.errors import (
    BadCredentials,
    BadPicture,
    InvalidPost,
    PermanentError,
    PromptpressError,
    QuotaExhausted,
    RateLimited,
    SetupError,
    TransientError,
)
from tests.adapters.clouding import PICTURE, assert_keeps_secrets, put, store_of
from tests.adapters.googling import utc_now
from tests.fakes.cloudinary import Cloudinary, refusal
from tests.fakes.cloudinary.service import KEY, SECRET
from tests.fakes.server import Answer, Fault

Ask = Callable[[CloudinaryStore, str], object]


@pytest.fixture
def cloudinary() -> Iterator[Cloudinary]:
    """An account with nothing in it."""
    with Cloudinary() as running:
        yield running


SIGNATURE = f"Invalid Signature {'5' * 40}. String to sign - 'eager=c_fill&folder=x{SECRET}'."
PAGE = b"<html><head><title>Blocked by the network</title></head></html>"
CREDITS = "You have exceeded your credits"
BIG = "File size too large. Got 2. Maximum is 1. Upgrade your plan to enjoy higher limits"
REFUSED: dict[str, tuple[Answer, type[PromptpressError], str]] = {
    "400 stale": (refusal(400, "Stale request - reported time is x"), SetupError, "clock"),
    "401 stale": (refusal(401, "Stale request - reported time is x"), SetupError, "clock"),
    "400 large": (refusal(400, BIG), InvalidPost, "smaller picture"),
    "400 pixels": (refusal(400, "Maximum image size is 25 Megapixels."), InvalidPost, "smaller"),
    "400 image": (refusal(400, "Invalid image file"), BadPicture, "retry the post"),
    "400 video": (refusal(400, "Invalid video file"), BadPicture, "retry the post"),
    "400 zip": (refusal(400, "Unsupported ZIP file"), BadPicture, "retry the post"),
    "400 cut": (refusal(400, "Invalid transformation component - x"), SetupError, "_SIZE"),
    "400 width": (refusal(400, "Invalid width - 0"), SetupError, "CLOUDINARY_SIZE"),
    "400 preset": (refusal(400, "Upload preset not found"), SetupError, "upload presets"),
    "400 other": (refusal(400, "Something new"), PermanentError, "Something new"),
    "401 signature": (refusal(401, SIGNATURE), BadCredentials, "SIGNATURE_ALGORITHM"),
    "401 key": (refusal(401, f"Invalid api_key {KEY}"), BadCredentials, "CLOUDINARY_API_KEY"),
    "401 unknown key": (refusal(401, "unknown api key"), BadCredentials, "CLOUDINARY_API_KEY"),
    "401 secret": (refusal(401, "api_secret mismatch"), BadCredentials, "CLOUDINARY_API_SECRET"),
    "401 cloud": (refusal(401, "cloud_name mismatch"), SetupError, "CLOUDINARY_CLOUD_NAME"),
    "401 disabled": (refusal(401, "cloud_name x is disabled"), SetupError, "console"),
    "401 bare": (Answer(401, b"{}"), BadCredentials, "CLOUDINARY_API_KEY"),
    "402": (refusal(402, "pay"), QuotaExhausted, "second store"),
    "403": (refusal(403, "actions=[create] is not allowed"), SetupError, "the right"),
    "403 quota": (refusal(403, "Storage quota exceeded"), QuotaExhausted, "second store"),
    "404": (refusal(404, "what?"), SetupError, "CLOUDINARY_UPLOAD_PREFIX"),
    "409": (refusal(409, "Resource transformation already exists"), TransientError, "later"),
    "413": (refusal(413, "too large"), InvalidPost, "smaller"),
    "413 page": (Answer(413, PAGE), InvalidPost, "smaller"),
    "420": (refusal(420, "Rate Limit Exceeded."), RateLimited, "when it allows"),
    "420 credits": (refusal(420, CREDITS), QuotaExhausted, "quota"),
    "420 add-on": (
        refusal(420, "You don't have an active subscription for imagga"),
        SetupError,
        "add-on",
    ),
    "423": (refusal(423, "the transformation is being processed"), TransientError, "at work"),
    "429": (refusal(429, "slow"), RateLimited, "when it allows"),
    "429 page": (Answer(429, PAGE), RateLimited, "when it allows"),
    "407": (Answer(407, b""), SetupError, "the proxy"),
    "302": (Answer(302, b"", {"Location": "https://x.test/"}), SetupError, "leads elsewhere"),
    "403 page": (Answer(403, PAGE), SetupError, "Blocked by the network"),
    "404 page": (Answer(404, PAGE), SetupError, "CLOUDINARY_UPLOAD_PREFIX or the proxy"),
    "500": (refusal(500, "Internal"), TransientError, "later"),
    "500 with words of a refusal": (refusal(500, "Invalid api_key"), TransientError, "later"),
    "502 page": (Answer(502, PAGE), TransientError, "later"),
    "503": (refusal(503, "down"), TransientError, "later"),
    "200 page": (Answer(200, PAGE), TransientError, "a page in its place"),
    "200 empty": (Answer(200, b""), TransientError, "later"),
    "200 garbage": (Answer(200, b"\xff\xfe{"), TransientError, "later"),
    "200 list": (Answer(200, b"[1]"), TransientError, "later"),
    "200 error": (refusal(200, "half done"), TransientError, "half done"),
    "words only": (Answer(400, b'{"error": "no"}'), PermanentError, "no"),
    "header only": (Answer(400, b"", {"X-Cld-Error": "Invalid image file"}), BadPicture, "retry"),
    "odd words": (Answer(400, b'{"error": {"message": [1]}}'), PermanentError, "change the"),
}


@pytest.mark.parametrize(("answer", "kind", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_each_refusal_says_what_to_do(
    answer: Answer,
    kind: type[PromptpressError],
    words: str,
    cloudinary: Cloudinary,
    log: pytest.LogCaptureFixture,
) -> None:
    """The error is of the kind that decides what happens next, and shows no secret."""
    cloudinary.fail("upload", Fault("before", answer))

    with pytest.raises(PromptpressError) as caught:
        put(store_of(cloudinary))

    assert (type(caught.value), words in str(caught.value)) == (kind, True), caught.value
    assert_keeps_secrets(caught.value, log.text, "String to sign")
    assert put(store_of(cloudinary))


WRONG: dict[str, tuple[dict[str, str], str]] = {
    "key": ({"api_key": "1" * 15}, "CLOUDINARY_API_KEY"),
    "no key": ({"api_key": " "}, "CLOUDINARY_API_KEY is empty"),
    "secret": ({"api_secret": "CANARY"}, "CLOUDINARY_API_SECRET"),
    "two words": ({"api_secret": "CANARY secret"}, "CLOUDINARY_API_SECRET is empty or none"),
    "not ASCII": ({"api_secret": "CANARY\u00e9"}, "CLOUDINARY_API_SECRET is empty or none"),
    "cloud": ({"cloud_name": "elsewhere"}, "CLOUDINARY_CLOUD_NAME"),
    "no cloud": ({"cloud_name": ""}, "CLOUDINARY_CLOUD_NAME"),
    "cloud with a path": ({"cloud_name": "a/../b"}, "CLOUDINARY_CLOUD_NAME"),
}


@pytest.mark.parametrize(("changes", "words"), WRONG.values(), ids=WRONG.keys())
def test_wrong_credentials_are_told_by_check_and_put_alike(
    changes: dict[str, str], words: str, cloudinary: Cloudinary, log: pytest.LogCaptureFixture
) -> None:
    """Each names the variable to correct; nothing is stored."""
    store = store_of(cloudinary, **changes)

    for ask in (store.check, lambda: put(store)):
        with pytest.raises(SetupError, match=words) as caught:
            ask()
        assert_keeps_secrets(caught.value, log.text, "CANARY")

    assert cloudinary.assets == {}


def test_an_account_that_signs_otherwise_is_told(cloudinary: Cloudinary) -> None:
    """SHA-256 where the account wants it, and a hint where it does."""
    cloudinary.algorithm = "sha256"

    with pytest.raises(BadCredentials, match="CLOUDINARY_SIGNATURE_ALGORITHM"):
        put(store_of(cloudinary))

    assert put(store_of(cloudinary, signature_algorithm="sha256"))
    with pytest.raises(SetupError, match="neither sha1 nor sha256"):
        put(store_of(cloudinary, signature_algorithm="md5"))


def test_a_store_shows_no_secret_of_its_own(cloudinary: Cloudinary) -> None:
    """Neither does what it is made of."""
    store = store_of(cloudinary)

    shown = f"{store!r} {store._account!r} {vars(store._client)!r}"

    assert (SECRET in shown, KEY in shown) == (False, False)


# --- limits of the service ---


def test_true_limits_are_told_as_such(cloudinary: Cloudinary) -> None:
    """Bytes, pixels, and what is no picture, in the words of the service itself."""
    with pytest.raises(BadPicture, match="Invalid image file"):
        put(store_of(cloudinary), b"\x89PNG and no more")
    with pytest.raises(BadPicture, match="Invalid video file"):
        put(store_of(cloudinary), PICTURE, ".mp4")
    cloudinary.max_pixels = 1_000
    with pytest.raises(InvalidPost, match="Megapixels"):
        put(store_of(cloudinary))
    cloudinary.max_bytes = 10
    with pytest.raises(InvalidPost, match="File size too large"):
        put(store_of(cloudinary))


def test_the_wait_is_that_of_the_service(cloudinary: Cloudinary) -> None:
    """By either of its headers; without one the task decides."""
    reset = format_datetime(utc_now() + timedelta(seconds=600), usegmt=True)
    waits = []
    for headers in ({"Retry_After": "7"}, {"X_FeatureRateLimit_Reset": reset}, {}):
        cloudinary.fail("upload", Fault("before", refusal(420, "Rate limited", **headers)))
        with pytest.raises(RateLimited) as caught:
            put(store_of(cloudinary))
        waits.append(caught.value.retry_after)

    assert (waits[0], waits[2]) == (7, None)
    assert 590 <= (waits[1] or 0) <= 600


def test_the_hour_of_the_admin_api_is_no_wait_for_anything_else(cloudinary: Cloudinary) -> None:
    """Each of its answers tells when the hour ends; a server that is down may be back before."""
    down = refusal(503, "down", X_FeatureRateLimit_Reset="Wed, 01 Jan 2070 00:00:00 GMT")
    cloudinary.fail("ping", Fault("before", down))

    with pytest.raises(TransientError) as caught:
        store_of(cloudinary).check()

    assert caught.value.retry_after is None


def test_checks_have_a_limit_of_their_own(cloudinary: Cloudinary) -> None:
    """Past 500 an hour a check is asked again when the hour is over; storing goes on."""
    cloudinary.admin_calls = 500
    store = store_of(cloudinary)

    with pytest.raises(RateLimited) as caught:
        store.check()

    assert 0 < (caught.value.retry_after or 0) <= 3_600
    assert put(store)
