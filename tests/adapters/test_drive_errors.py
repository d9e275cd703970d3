"""Google Drive as store: what it refuses, and answers that are lost."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from promptpress.errors import (
    BadCredentials,
    BadPicture,
    PermanentError,
    PromptpressError,
    QuotaExhausted,
    RateLimited,
    SetupError,
    TransientError,
)
from tests.adapters.driving import SMALL, put, running_drive, store_of
from tests.adapters.googling import PATIENT, assert_keeps_secrets
from tests.fakes.google import Google
from tests.fakes.google.service import refusal
from tests.fakes.server import Answer, Fault


@pytest.fixture
def google() -> Iterator[Google]:
    """Drive with a folder in a Shared Drive."""
    with running_drive() as running:
        yield running


REFUSED: dict[str, tuple[Answer, type[PromptpressError], str]] = {
    "403 user rate": (refusal(403, "userRateLimitExceeded", "slow"), RateLimited, "we wait"),
    "403 rate": (refusal(403, "rateLimitExceeded", "slow"), RateLimited, "we wait"),
    "403 sharing rate": (refusal(403, "sharingRateLimitExceeded", "slow"), RateLimited, "we wait"),
    "429": (refusal(429, "rateLimitExceeded", "slow"), RateLimited, "we wait"),
    "403 storage": (refusal(403, "storageQuotaExceeded", "full"), QuotaExhausted, "Shared Drive"),
    "403 daily": (refusal(403, "dailyLimitExceeded", "no more"), QuotaExhausted, "tomorrow"),
    "403 rights": (refusal(403, "insufficientFilePermissions", "no"), SetupError, "share it with"),
    "403 app": (refusal(403, "appNotAuthorizedToFile", "no"), SetupError, "share it with"),
    "403 domain": (refusal(403, "domainPolicy", "no"), SetupError, "administrator"),
    "403 API off": (refusal(403, "accessNotConfigured", "off"), SetupError, "enable it"),
    "403 folder full": (
        refusal(403, "numChildrenInNonRootLimitExceeded", "full"),
        SetupError,
        "name another",
    ),
    "403 drive full": (refusal(403, "teamDriveFileLimitExceeded", "full"), SetupError, "full"),
    "404": (refusal(404, "notFound", "File not found: x."), SetupError, "not shared with us"),
    "400": (refusal(400, "invalid", "Bad Request"), PermanentError, "report it"),
    "HTML": (Answer(403, b"<html>blocked by the network</html>"), SetupError, "or the proxy"),
}


@pytest.mark.parametrize(("answer", "kind", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_each_refusal_says_what_to_do(
    answer: Answer,
    kind: type[PromptpressError],
    words: str,
    google: Google,
    log: pytest.LogCaptureFixture,
) -> None:
    """Nothing was stored, and no secret shows."""
    google.fail("upload", Fault("before", answer))

    with pytest.raises(kind) as caught:
        put(store_of(google))

    assert words in str(caught.value)
    assert google.pictures() == []
    assert_keeps_secrets(google, caught.value, log.text)


def test_a_wait_lasts_until_the_next_minute(google: Google) -> None:
    """Google's quotas are those of a minute; a longer wait that it asks for is kept."""
    google.fail("upload", Fault("before", refusal(429, "rateLimitExceeded", "slow")))
    asks = Answer(429, b"{}", {"Retry-After": "400"})

    with pytest.raises(RateLimited) as caught:
        put(store_of(google))
    google.fail("upload", Fault("before", asks))
    with pytest.raises(RateLimited) as longer:
        put(store_of(google))

    assert 1 <= (caught.value.retry_after or 0) <= 61
    assert longer.value.retry_after == 400


def test_a_token_that_google_no_longer_takes_is_renewed_once(google: Google) -> None:
    """A 401 did nothing; after the second one the key is to blame."""
    store = store_of(google)
    no = refusal(401, "authError", "Invalid Credentials")
    google.fail("upload", Fault("before", no))
    assert store.get(put(store)) == SMALL

    google.fail("file", Fault("before", no), times=2)
    with pytest.raises(BadCredentials, match="put in a valid key"):
        store.check()


LOST = {
    "cut": Fault("after"),
    "cut in the middle": Fault("after", cut_at=10),
    "500": Fault("after", refusal(500, "backendError", "oh")),
    "502 HTML": Fault("after", Answer(502, b"<html>Bad Gateway</html>")),
    "503": Fault("after", refusal(503, "backendError", "oh")),
    "no JSON": Fault("after", Answer(200, b"<html>sign in</html>")),
}


@pytest.mark.parametrize("fault", LOST.values(), ids=LOST.keys())
def test_an_upload_whose_answer_is_lost_is_looked_for(fault: Fault, google: Google) -> None:
    """Its id tells that it is there: nothing is sent twice."""
    google.fail("upload", fault)

    ref = put(store_of(google))

    assert [file.id for file in google.pictures()] == [ref]


@pytest.mark.parametrize("answer", [None, Answer(503), Answer(500, b"{}")])
def test_an_upload_that_did_not_happen_is_done_under_the_same_id(
    answer: Answer | None, google: Google
) -> None:
    """The first try ends as a passing failure; the second one is the same file."""
    store = store_of(google)
    google.fail("upload", Fault("before", answer))
    with pytest.raises(TransientError):
        put(store)
    assert google.pictures() == []

    ref = put(store)
    sent = [request for name, request in google.requests if name == "upload"]
    assert all(ref.encode() in request.body for request in sent)
    assert [file.id for file in google.pictures()] == [ref]


def test_an_id_that_somebody_else_has_is_not_used_again(google: Google) -> None:
    """A 409 for other bytes is no picture of ours; the next try takes another id."""
    store = store_of(google)
    google.fail("upload", Fault("before", refusal(409, "fileIdInUse", "taken")))
    with pytest.raises(TransientError, match="sent under another"):
        put(store)

    assert store.get(put(store)) == SMALL


@pytest.mark.parametrize("fault", [Fault("before"), Fault("after"), Fault("before", Answer(503))])
def test_a_right_that_could_not_be_given_is_given_later(fault: Fault, google: Google) -> None:
    """The picture is stored once, and public in the end."""
    store = store_of(google, public=True)
    google.fail("permission", fault)
    with pytest.raises(TransientError):
        put(store)

    ref = put(store)
    assert google.files[ref].public
    assert len(google.pictures()) == 1


def test_a_domain_without_public_links_is_told(google: Google) -> None:
    """The message names the setting."""
    no = refusal(403, "publishOutNotPermitted", "no")
    google.fail("permission", Fault("before", no))

    with pytest.raises(SetupError, match="GOOGLE_DRIVE_PUBLIC=false"):
        put(store_of(google, public=True))


@pytest.mark.parametrize(
    "fault", [Fault("before"), Fault("after", cut_at=5), Fault("before", Answer(503))]
)
def test_a_picture_that_comes_in_part_is_fetched_again(fault: Fault, google: Google) -> None:
    """A download changes nothing: the next one may work."""
    store = store_of(google)
    ref = put(store)
    google.fail("download", fault)

    with pytest.raises(TransientError):
        store.get(ref)
    assert store.get(ref) == SMALL


def test_bytes_that_are_not_what_drive_says_are_refused(google: Google) -> None:
    """A proxy's page is no picture."""
    store = store_of(google)
    ref = put(store)
    google.fail("download", Fault("before", Answer(200, b"<html>sign in</html>")))

    with pytest.raises(BadPicture):
        store.get(ref)


def test_a_slow_answer_ends_at_the_deadline(google: Google) -> None:
    """A byte a second is no answer."""
    google.fail("file", Fault("before", Answer(200, b"{}" + b" " * 100), drip=0.5))
    store = store_of(google, limits=replace(PATIENT, total=1.0))

    with pytest.raises(TransientError):
        store.check()


def test_no_token_follows_a_redirect(google: Google) -> None:
    """An answer that leads elsewhere is no answer of Drive."""
    with Google() as other:
        moved = Answer(302, b"", {"Location": f"{other.url}/drive/v3/files/the-folder"})
        google.fail("file", Fault("before", moved))
        with pytest.raises(SetupError):
            store_of(google).check()

        assert other.requests == []
