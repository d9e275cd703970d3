"""What the refusals of a server of S3 mean for us.

Codes of Amazon: docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html; of MinIO, Ceph and
Backblaze: from their sources and reports.
"""

from collections.abc import Callable
from datetime import datetime

from promptpress.adapters._errors import unreachable
from promptpress.adapters._http import NoReply, excerpt, read_retry_after
from promptpress.adapters.s3._answers import Refusal
from promptpress.errors import (
    BadCredentials,
    PermanentError,
    PromptpressError,
    QuotaExhausted,
    RateLimited,
    SetupError,
    TransientError,
)

_KEYS = "correct S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY"
_RIGHTS = "give the key the rights s3:PutObject, s3:GetObject and s3:ListBucket on the bucket"
_CLOCK = "set this machine's clock"
_BUCKET = "make the bucket, or correct S3_BUCKET, S3_REGION or S3_ENDPOINT_URL"
_ROOM = "make room, or raise its quota"
_AGAIN = "it is tried again"
Verdict = tuple[type[PromptpressError], str]
CODES: dict[str, Verdict] = {
    "AccessDenied": (SetupError, _RIGHTS),
    "AccountProblem": (SetupError, "look at the account: its provider has stopped it"),
    "AllAccessDisabled": (SetupError, "look at the account: its provider has stopped it"),
    "AuthFailure": (BadCredentials, _KEYS),
    "BadDigest": (TransientError, _AGAIN),
    "BandwidthLimitExceeded": (RateLimited, _AGAIN),
    "EntityTooLarge": (PermanentError, "the server takes no file of this size: make it smaller"),
    "ExpiredToken": (BadCredentials, "put in keys that do not expire"),
    "IncompleteBody": (TransientError, _AGAIN),
    "InternalError": (TransientError, _AGAIN),
    "InvalidAccessKeyId": (BadCredentials, _KEYS),
    "InvalidBucketName": (SetupError, "correct S3_BUCKET"),
    "InvalidObjectState": (PermanentError, "the picture is archived: restore it, or retry it"),
    "InvalidSecurity": (BadCredentials, _KEYS),
    "InvalidToken": (BadCredentials, "put in keys that do not expire"),
    "KeyTooLongError": (SetupError, "shorten S3_PREFIX"),
    "NoSuchBucket": (SetupError, _BUCKET),
    "NoSuchKey": (PermanentError, "the picture is gone: bring it back, or retry the post"),
    "NotSignedUp": (BadCredentials, "sign the account up for S3"),
    "ObjectQuotaExceeded": (QuotaExhausted, _ROOM),
    "OperationAborted": (TransientError, _AGAIN),
    "QuotaExceeded": (QuotaExhausted, _ROOM),
    "RequestExpired": (SetupError, _CLOCK),
    "RequestLimitExceeded": (RateLimited, _AGAIN),
    "RequestTimeTooSkewed": (SetupError, _CLOCK),
    "RequestTimeout": (TransientError, _AGAIN),
    "ServiceUnavailable": (RateLimited, _AGAIN),
    "SignatureDoesNotMatch": (BadCredentials, f"{_KEYS}, and set this machine's clock"),
    "SlowDown": (RateLimited, _AGAIN),
    "SlowDownRead": (RateLimited, _AGAIN),
    "SlowDownWrite": (RateLimited, _AGAIN),
    "StorageCapExceeded": (QuotaExhausted, _ROOM),
    "TemporaryRedirect": (TransientError, _AGAIN),
    "Throttling": (RateLimited, _AGAIN),
    "ThrottlingException": (RateLimited, _AGAIN),
    "TokenRefreshRequired": (BadCredentials, "put in keys that do not expire"),
    "TooManyRequests": (RateLimited, _AGAIN),
    "Unauthorized": (BadCredentials, _KEYS),
    "XAmzContentSHA256Mismatch": (TransientError, _AGAIN),
    "XMinioAdminBucketQuotaExceeded": (QuotaExhausted, _ROOM),
    "XMinioServerNotInitialized": (TransientError, _AGAIN),
    "XMinioStorageFull": (QuotaExhausted, _ROOM),
}
STATUSES: dict[int, Verdict] = {
    307: (TransientError, _AGAIN),
    401: (BadCredentials, _KEYS),
    403: (SetupError, f"{_RIGHTS}; {_KEYS}"),
    404: (PermanentError, "the picture is gone: bring it back, or retry the post"),
    408: (TransientError, _AGAIN),
    409: (TransientError, _AGAIN),
    413: CODES["EntityTooLarge"],
    429: (RateLimited, _AGAIN),
    503: (RateLimited, _AGAIN),
    507: (QuotaExhausted, _ROOM),
}
"""Where the server tells no code that we know."""
_ELSEWHERE = {
    "PermanentRedirect",
    "AuthorizationHeaderMalformed",
    "AuthorizationQueryParametersError",
}
_PLACED = {*_ELSEWHERE, "IllegalLocationConstraintException", "InvalidRegionName"}


def translate(
    refusal: Refusal, region: str, secrets: list[str], clock: Callable[[], datetime]
) -> PromptpressError:
    """Return the error that says what to do next.

    Args:
        refusal: what came of a call that may be repeated without harm.
        region: the one we have asked in.
        secrets: what no message may hold.
        clock: the time, for waits that the server names by a date.
    """
    if refusal.kind == "page":
        message = f"{_said(refusal, secrets)}: correct S3_ENDPOINT_URL, or look at the proxy"
        return SetupError(message, "s3")
    if refusal.kind == "impossible":
        said = excerpt(refusal.words, secrets)
        message = f"{said}: correct S3_BUCKET, S3_ENDPOINT_URL, S3_REGION or SSL_CERT_FILE"
        return SetupError(message, "s3")
    if refusal.kind != "refused":
        none = NoReply(reason=excerpt(refusal.words, secrets), kind=refusal.kind)
        return unreachable(none, "s3", "S3_ENDPOINT_URL")
    is_abroad = not refusal.code and refusal.status == 400 and refusal.region not in ("", region)
    if refusal.code in _PLACED or refusal.status in (301, 308) or is_abroad:
        return SetupError(_elsewhere(refusal, region, secrets), "s3")
    usual: Verdict = (TransientError, _AGAIN)
    if refusal.status < 500:
        usual = (SetupError, "look at the settings of the bucket and of the server")
    kind, advice = CODES.get(refusal.code) or STATUSES.get(refusal.status) or usual
    wait = read_retry_after(refusal.retry_after, clock())
    return kind(f"{_said(refusal, secrets)}: {advice}", "s3", wait)


def _said(refusal: Refusal, secrets: list[str]) -> str:
    words = ", ".join(filter(None, (refusal.code, refusal.words)))
    if refusal.kind == "page":
        words = "a page in place of an answer of S3"
    return excerpt(f"status {refusal.status} ({words or 'no words'})", secrets)


def _elsewhere(refusal: Refusal, region: str, secrets: list[str]) -> str:
    if refusal.region and refusal.region != region:
        return f"the bucket is in the region {refusal.region}: set S3_REGION={refusal.region}"
    advice = "set S3_REGION to the bucket's region, and S3_ENDPOINT_URL to its server"
    return f"{_said(refusal, secrets)}: {advice}"
