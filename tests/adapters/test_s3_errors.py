"""S3 as store: what servers refuse, answers that are lost, and answers that are none."""

from collections.abc import Iterator

import pytest

from promptpress.adapters.s3 import S3Store
from promptpress.errors import (
    BadCredentials,
    PermanentError,
    PromptpressError,
    QuotaExhausted,
    RateLimited,
    SetupError,
    TransientError,
)
from tests.adapters.bucketing import (
    assert_keeps_secrets,
    key_of,
    put,
    store_of,
)
from tests.fakes.s3 import S3, refusal
from tests.fakes.server import Answer, Fault


@pytest.fixture(scope="module")
def server() -> Iterator[S3]:
    with S3() as running:
        yield running


@pytest.fixture
def s3(server: S3) -> S3:
    """A server of S3 with one empty bucket."""
    server.reset()
    return server


@pytest.fixture
def store(s3: S3) -> S3Store:
    return store_of(s3)


PAGE = Answer(403, b"<html><title>Blocked</title></html>", {"Content-Type": "text/html"})
BROKEN_PAGE = Answer(403, b"<html><p>Blocked & gone", {"Content-Type": "text/html"})
ELSEWHERE = "set S3_REGION=eu-west-3"
REFUSED: dict[str, tuple[Answer, type[PromptpressError], str]] = {
    "no bucket": (refusal(404, "NoSuchBucket"), SetupError, "make the bucket"),
    "no server of S3": (
        Answer(404, b"404 page not found", {"Content-Type": "text/plain"}),
        SetupError,
        "S3_ENDPOINT_URL",
    ),
    "no such region of R2": (
        refusal(400, "InvalidRegionName", "Must be one of: auto"),
        SetupError,
        "Must be one of: auto): set S3_REGION",
    ),
    "bad name": (refusal(400, "InvalidBucketName"), SetupError, "correct S3_BUCKET"),
    "no right": (refusal(403, "AccessDenied", "Access Denied"), SetupError, "s3:PutObject"),
    "stopped": (refusal(403, "AllAccessDisabled"), SetupError, "look at the account"),
    "unpaid": (refusal(403, "AccountProblem"), SetupError, "look at the account"),
    "no such key": (refusal(403, "InvalidAccessKeyId"), BadCredentials, "S3_ACCESS_KEY_ID"),
    "wrong secret": (
        refusal(403, "SignatureDoesNotMatch", more="<StringToSign>AWS4</StringToSign>"),
        BadCredentials,
        "S3_SECRET_ACCESS_KEY",
    ),
    "clock": (refusal(403, "RequestTimeTooSkewed"), SetupError, "clock"),
    "expired": (refusal(400, "ExpiredToken"), BadCredentials, "do not expire"),
    "token": (refusal(400, "InvalidToken"), BadCredentials, "do not expire"),
    "401 of R2": (refusal(401, "Unauthorized"), BadCredentials, "S3_ACCESS_KEY_ID"),
    "401": (Answer(401), BadCredentials, "S3_ACCESS_KEY_ID"),
    "403": (Answer(403), SetupError, "s3:PutObject"),
    "other region": (
        refusal(301, "PermanentRedirect", x_amz_bucket_region="eu-west-3"),
        SetupError,
        ELSEWHERE,
    ),
    "other region, signed": (
        refusal(400, "AuthorizationHeaderMalformed", more="<Region>eu-west-3</Region>"),
        SetupError,
        ELSEWHERE,
    ),
    "other region, new": (
        refusal(400, "IllegalLocationConstraintException", x_amz_bucket_region="eu-west-3"),
        SetupError,
        ELSEWHERE,
    ),
    "elsewhere": (refusal(301, "PermanentRedirect"), SetupError, "S3_ENDPOINT_URL"),
    "redirect to a login": (
        Answer(302, b"", {"Location": "http://127.0.0.1:9/login"}),
        SetupError,
        "look at the settings",
    ),
    "moved for good": (
        Answer(308, b"", {"Location": "http://127.0.0.1:9/there"}),
        SetupError,
        "S3_ENDPOINT_URL",
    ),
    "new bucket": (refusal(307, "TemporaryRedirect"), TransientError, "tried again"),
    "slow down": (refusal(503, "SlowDown", Retry_After="7"), RateLimited, "tried again"),
    "slow down of MinIO": (refusal(503, "SlowDownWrite"), RateLimited, "tried again"),
    "503": (Answer(503, b"", {"Retry-After": "7"}), RateLimited, "tried again"),
    "429": (Answer(429, b"", {"Retry-After": "7"}), RateLimited, "tried again"),
    "throttled": (refusal(400, "RequestLimitExceeded"), RateLimited, "tried again"),
    "internal": (refusal(500, "InternalError", "We encountered"), TransientError, "tried again"),
    "502 page": (
        Answer(502, b"<html>Bad Gateway</html>", {"Content-Type": "text/html"}),
        TransientError,
        "tried again",
    ),
    "504": (Answer(504), TransientError, "tried again"),
    "slow sender": (refusal(400, "RequestTimeout"), TransientError, "tried again"),
    "damaged": (refusal(400, "BadDigest"), TransientError, "tried again"),
    "aborted": (refusal(409, "OperationAborted"), TransientError, "tried again"),
    "full of MinIO": (
        refusal(400, "XMinioAdminBucketQuotaExceeded", "Bucket quota exceeded"),
        QuotaExhausted,
        "make room",
    ),
    "disk full of MinIO": (refusal(507, "XMinioStorageFull"), QuotaExhausted, "make room"),
    "full of Ceph": (refusal(403, "QuotaExceeded"), QuotaExhausted, "make room"),
    "507": (Answer(507), QuotaExhausted, "make room"),
    "too large": (refusal(400, "EntityTooLarge"), PermanentError, "make it smaller"),
    "413 page": (
        Answer(413, b"<html>Too Large</html>", {"Content-Type": "text/html"}),
        PermanentError,
        "make it smaller",
    ),
    "long name": (refusal(400, "KeyTooLongError"), SetupError, "shorten S3_PREFIX"),
    "unheard of": (refusal(400, "SomethingNew", "and its words"), SetupError, "and its words"),
    "page": (PAGE, SetupError, "S3_ENDPOINT_URL"),
    "broken page": (BROKEN_PAGE, SetupError, "S3_ENDPOINT_URL"),
    "no XML": (Answer(400, b"\xff\0 oh"), SetupError, "look at the settings"),
    "page with 200": (
        Answer(200, b"<html>sign in</html>", {"Content-Type": "text/html"}),
        SetupError,
        "a page in place",
    ),
}


@pytest.mark.parametrize(("answer", "kind", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_each_refusal_says_what_to_do(
    answer: Answer,
    kind: type[PromptpressError],
    words: str,
    store: S3Store,
    s3: S3,
    log: pytest.LogCaptureFixture,
) -> None:
    """Nothing was stored, no secret shows, and the picture is sent once."""
    s3.fail("put", Fault("before", answer))

    with pytest.raises(PromptpressError) as caught:
        put(store)

    assert (type(caught.value), caught.value.service) == (kind, "s3")
    assert words in str(caught.value)
    assert "RetryAfter" not in str(caught.value)
    assert s3.calls().count("put") == 1
    assert s3.objects() == {}
    assert_keeps_secrets(caught.value, log.text)


@pytest.mark.parametrize("name", ["slow down", "503", "429"])
def test_a_wait_that_is_asked_for_is_kept(name: str, store: S3Store, s3: S3) -> None:
    """The error carries the server's own seconds."""
    s3.fail("put", Fault("before", REFUSED[name][0]))

    with pytest.raises(RateLimited) as caught:
        put(store)

    assert caught.value.retry_after == 7


def test_a_wait_may_be_a_date(store: S3Store, s3: S3) -> None:
    """Both forms of Retry-After are read."""
    when = "Fri, 20 Nov 2026 12:01:30 GMT"
    s3.fail("put", Fault("before", refusal(503, "SlowDown", Retry_After=when)))

    with pytest.raises(RateLimited) as caught:
        put(store)

    assert caught.value.retry_after == 90


READING: dict[str, tuple[Answer, type[PromptpressError], str]] = {
    "gone": (refusal(404, "NoSuchKey"), PermanentError, "is gone"),
    "404": (Answer(404), PermanentError, "is gone"),
    "no bucket": (refusal(404, "NoSuchBucket"), SetupError, "make the bucket"),
    "no right": (refusal(403, "AccessDenied"), SetupError, "s3:ListBucket"),
    "archived": (refusal(403, "InvalidObjectState"), PermanentError, "restore it"),
    "other region": (
        refusal(301, "PermanentRedirect", x_amz_bucket_region="eu-west-3"),
        SetupError,
        ELSEWHERE,
    ),
    "slow down": (refusal(503, "SlowDown"), RateLimited, "tried again"),
    "500": (Answer(500), TransientError, "tried again"),
    "page": (PAGE, SetupError, "S3_ENDPOINT_URL"),
    "page with 200": (
        Answer(200, b"<html>sign in</html>", {"Content-Type": "text/html"}),
        SetupError,
        "a page in place",
    ),
}


@pytest.mark.parametrize(("answer", "kind", "words"), READING.values(), ids=READING.keys())
def test_each_refusal_to_read_says_what_to_do(
    answer: Answer, kind: type[PromptpressError], words: str, store: S3Store, s3: S3
) -> None:
    """What is gone is told from what is withheld."""
    s3.fail("get", Fault("before", answer))

    with pytest.raises(PromptpressError) as caught:
        store.get(key_of())

    assert type(caught.value) is kind
    assert words in str(caught.value)
    assert s3.calls() == ["get"]
