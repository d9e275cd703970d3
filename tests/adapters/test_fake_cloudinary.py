"""The stand-in for Cloudinary, judged by Cloudinary's own SDK, called plainly."""

from collections.abc import Iterator
from typing import Any

import cloudinary.api
import cloudinary.api_client.call_api
import cloudinary.exceptions
import cloudinary.uploader
import cloudinary.utils
import pytest

from tests.adapters.clouding import OTHER, PICTURE, VIDEO, fetch, looks_of
from tests.fakes.cloudinary import Cloudinary
from tests.fakes.cloudinary.service import CLOUD, KEY, SECRET
from tests.fakes.cloudinary.signing import sign, string_to_sign

CUT = {"width": 40, "height": 50, "crop": "fill", "gravity": "auto", "quality": "auto"}
EAGER = [{**CUT, "fetch_format": "jpg"}]
NAMED: dict[str, Any] = {"public_id": "art/x-1", "overwrite": False, "unique_filename": False}


@pytest.fixture
def service() -> Iterator[Cloudinary]:
    """An account with nothing in it."""
    with Cloudinary() as running:
        yield running
        # The SDK keeps its connections for the process.
        cloudinary.uploader._http.clear()
        cloudinary.api_client.call_api._http.clear()


def _account(service: Cloudinary, **changes: Any) -> dict[str, Any]:
    named = {"cloud_name": CLOUD, "api_key": KEY, "api_secret": SECRET}
    return {**named, "upload_prefix": service.url, "timeout": 10, **changes}


def _upload(service: Cloudinary, content: bytes = PICTURE, **params: Any) -> dict[str, Any]:
    answer: dict[str, Any] = cloudinary.uploader.upload(content, **_account(service), **params)
    return answer


# --- signatures ---

PARAMS = {
    "public_id": "posts/1",
    "timestamp": "1315060510",
    "overwrite": "0",
    "eager": "c_fill,g_auto",
    "context": "job=1&2",
}
VECTOR = {
    "sha1": "e5812c6d8212841406a615dd9f732a1f02daf9c7",
    "sha256": "15ca94b5488af0187cec75eb6531337d231ffdf2251c7569ae9a2ae3e76bd8f2",
}


@pytest.mark.parametrize("algorithm", VECTOR)
def test_it_signs_as_the_sdk_does(algorithm: str) -> None:
    """A vector that was worked out once, our own code, and the SDK agree."""
    ours = sign(PARAMS, "SECRET", algorithm)
    theirs = cloudinary.utils.api_sign_request(PARAMS, "SECRET", algorithm)

    assert ours == theirs == VECTOR[algorithm]


def test_the_string_to_sign_keeps_values_apart() -> None:
    """An & within a value is written as %26; what is empty or about the call is left out."""
    more = {"file": "x", "cloud_name": "x", "resource_type": "x", "api_key": "x", "tags": ""}

    assert string_to_sign({**PARAMS, **more}) == (
        "context=job=1%262&eager=c_fill,g_auto&overwrite=0&public_id=posts/1&timestamp=1315060510"
    )
    assert "job=1&2" in string_to_sign(PARAMS, version=1)


@pytest.mark.parametrize("algorithm", VECTOR)
def test_it_takes_what_the_sdk_signs(algorithm: str, service: Cloudinary) -> None:
    """With the algorithm of the account, and with lists and an & among the values."""
    service.algorithm = algorithm
    more: dict[str, Any] = {
        "tags": ["a", "b&c"],
        "context": {"alt": "x & y"},
        "signature_algorithm": algorithm,
    }

    answer = _upload(service, **NAMED, **more)

    assert answer["public_id"] == "art/x-1"


def test_the_sdk_takes_what_it_signs(service: Cloudinary, monkeypatch: pytest.MonkeyPatch) -> None:
    """The signature of an answer holds by the SDK's own test."""
    answer = _upload(service, **NAMED)
    monkeypatch.setattr(cloudinary.config(), "api_secret", SECRET)
    given = (answer["public_id"], answer["version"], answer["signature"])

    assert cloudinary.utils.verify_api_response_signature(*given)
    assert not cloudinary.utils.verify_api_response_signature("art/y", *given[1:])


# --- uploads ---


def test_an_upload_shows_what_cloudinary_shows(service: Cloudinary) -> None:
    """The picture with its cut, both to be opened by anybody."""
    answer = _upload(service, eager=EAGER, **NAMED)

    (cut,) = answer["eager"]
    assert (answer["format"], answer["width"], answer["height"]) == ("png", 96, 64)
    assert (answer["bytes"], answer["resource_type"]) == (len(PICTURE), "image")
    assert cut["transformation"] == "c_fill,f_jpg,g_auto,h_50,q_auto,w_40"
    assert fetch(answer["secure_url"]).content == PICTURE
    assert looks_of(cut["secure_url"]) == ("JPEG", (40, 50))
    assert "existing" not in answer


def test_the_sdk_would_build_the_same_addresses(service: Cloudinary) -> None:
    """Of the original and of the cut, but for the host."""
    answer = _upload(service, eager=EAGER, **NAMED)
    options = {"cloud_name": CLOUD, "secure": True, "version": answer["version"]}

    plain, _ = cloudinary.utils.cloudinary_url("art/x-1", format="png", **options)
    cut, _ = cloudinary.utils.cloudinary_url(
        "art/x-1", format="jpg", transformation=EAGER, **options
    )

    there = "https://res.cloudinary.com"
    assert answer["secure_url"].replace(service.url, there) == plain
    assert answer["eager"][0]["secure_url"].replace(service.url, there) == cut


def test_what_is_there_stays_unless_it_may_be_overwritten(service: Cloudinary) -> None:
    """Without overwrite the old one is shown, whatever was sent; with it a new version."""
    first = _upload(service, **NAMED)
    second = _upload(service, OTHER, **NAMED)
    third = _upload(service, OTHER, **{**NAMED, "overwrite": True})

    assert (second["existing"], second["etag"]) == (True, first["etag"])
    assert "existing" not in third
    assert third["version"] > first["version"]
    assert third["etag"] != first["etag"]


def test_a_video_is_kept_as_one(service: Cloudinary) -> None:
    """Its id does not meet that of a picture."""
    _upload(service, **NAMED)

    answer = _upload(service, VIDEO, resource_type="video", **NAMED)

    assert (answer["format"], "existing" in answer) == ("mp4", False)
    assert fetch(answer["secure_url"]).content == VIDEO


def test_explicit_cuts_what_is_there(service: Cloudinary) -> None:
    """And says so where there is nothing."""
    _upload(service, **NAMED)
    account = _account(service)

    answer = cloudinary.uploader.explicit("art/x-1", type="upload", eager=EAGER, **account)

    assert looks_of(answer["eager"][0]["secure_url"]) == ("JPEG", (40, 50))
    with pytest.raises(cloudinary.exceptions.NotFound, match="Resource not found - art/y"):
        cloudinary.uploader.explicit("art/y", type="upload", **account)


def test_destroy_may_be_repeated(service: Cloudinary) -> None:
    """The second time there is nothing, which is no error."""
    url = _upload(service, **NAMED)["secure_url"]

    results = [cloudinary.uploader.destroy("art/x-1", **_account(service)) for _ in range(2)]

    assert [answer["result"] for answer in results] == ["ok", "not found"]
    assert fetch(url).status_code == 404


# --- delivery ---


def test_the_network_remembers_what_was_not_there(service: Cloudinary) -> None:
    """An address that was opened too early says 404 although the cut is there by now."""
    first = _upload(service, **NAMED)
    cut = "c_fill,f_jpg,g_auto,h_50,q_auto,w_40"
    early = first["secure_url"].replace("/upload/", f"/upload/{cut}/").replace(".png", ".jpg")

    before = fetch(early)
    answer = cloudinary.uploader.explicit(
        "art/x-1", type="upload", eager=EAGER, **_account(service)
    )
    after = fetch(early)
    service.missed.clear()

    assert answer["eager"][0]["secure_url"] == early
    assert (before.status_code, after.status_code) == (404, 404)
    assert before.headers["X-Cld-Error"].startswith("Resource not found")
    assert looks_of(early) == ("JPEG", (40, 50))


@pytest.mark.parametrize("path", ["/", "/other/image/upload/v1/x.png", "/a/raw/upload/v1/x.png"])
def test_nothing_is_delivered_that_is_not_there(path: str, service: Cloudinary) -> None:
    """Of other clouds and kinds neither."""
    assert fetch(service.url + path).status_code == 404
