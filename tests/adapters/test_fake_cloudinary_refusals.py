"""What the stand-in for Cloudinary refuses, judged by Cloudinary's own SDK, called plainly."""

import io
from collections.abc import Iterator
from typing import Any

import cloudinary.api
import cloudinary.api_client.call_api
import cloudinary.exceptions
import cloudinary.uploader
import cloudinary.utils
import pytest
from PIL import Image

from tests.adapters.clouding import PICTURE, fetch
from tests.fakes.cloudinary import Cloudinary
from tests.fakes.cloudinary.service import CLOUD, KEY, SECRET
from tests.fakes.server import Answer, Fault

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


# --- refusals ---

REFUSED: dict[str, tuple[dict[str, Any], int, str]] = {
    "secret": ({"api_secret": "x"}, 401, "Invalid Signature [0-9a-f]{40}. String to sign - 'over"),
    "algorithm": ({"signature_algorithm": "sha256"}, 401, "Invalid Signature"),
    "key": ({"api_key": "9"}, 401, "Invalid api_key 9"),
    "cloud": ({"cloud_name": "other"}, 401, "Invalid cloud_name other"),
    "id": ({"public_id": "a?b"}, 400, "is invalid"),
    "long id": ({"public_id": "a" * 256}, 400, "is invalid"),
    "cut": ({"eager": "w_0,h_1,c_fill,f_jpg"}, 400, "Invalid transformation"),
    "unsigned": ({"unsigned": True}, 400, "Upload preset must be specified"),
}


@pytest.mark.parametrize(("changes", "status", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_it_refuses_as_cloudinary_does(
    changes: dict[str, Any], status: int, words: str, service: Cloudinary
) -> None:
    """With the status and the words, and nothing is kept."""
    options = {**_account(service), **NAMED, **changes, "return_error": True}

    answer = cloudinary.uploader.upload(PICTURE, **options)

    assert answer["error"]["http_code"] == status
    with pytest.raises(cloudinary.exceptions.Error, match=words):
        cloudinary.uploader.upload(PICTURE, **{**options, "return_error": False})
    assert service.assets == {}


def test_it_looks_at_what_comes(service: Cloudinary) -> None:
    """No picture, no video, too many bytes, too many pixels."""
    with pytest.raises(cloudinary.exceptions.BadRequest, match="Invalid image file"):
        _upload(service, PICTURE[:60])
    with pytest.raises(cloudinary.exceptions.BadRequest, match="Invalid video file"):
        _upload(service, PICTURE, resource_type="video")
    service.max_pixels = 1_000
    with pytest.raises(cloudinary.exceptions.BadRequest, match=r"is 0\.001 Megapixels"):
        _upload(service)
    service.max_bytes = 100
    with pytest.raises(cloudinary.exceptions.BadRequest, match=r"Got \d+. Maximum is 100"):
        _upload(service)


@pytest.mark.parametrize("seconds", [-3_700, 3_700])
def test_a_request_holds_for_an_hour(seconds: int, service: Cloudinary) -> None:
    """Before and after which it is stale."""
    now = service.now()
    service.now = lambda: now + seconds

    with pytest.raises(cloudinary.exceptions.BadRequest, match="Stale request"):
        _upload(service)


def test_the_admin_api_knows_its_people(service: Cloudinary) -> None:
    """Ping and usage, with how many calls are left."""
    account = _account(service)

    answer = cloudinary.api.ping(**account)
    usage = cloudinary.api.usage(**account)

    assert (answer["status"], usage.rate_limit_remaining) == ("ok", 498)
    assert usage["media_limits"]["image_max_size_bytes"] == service.max_bytes
    for changes, words in (
        ({"api_key": "9"}, "Invalid api_key 9"),
        ({"api_secret": "x"}, "api_secret mismatch"),
        ({"cloud_name": "x"}, "cloud_name mismatch"),
    ):
        with pytest.raises(cloudinary.exceptions.AuthorizationRequired, match=words):
            cloudinary.api.ping(**_account(service, **changes))


def test_the_admin_api_has_a_limit(service: Cloudinary) -> None:
    """500 calls an hour; uploads go on."""
    service.admin_calls = 500

    with pytest.raises(cloudinary.exceptions.RateLimited, match="Limit of 500"):
        cloudinary.api.ping(**_account(service))

    assert _upload(service)["public_id"].startswith("random")


# --- faults ---


def test_a_fault_before_has_no_effect_and_one_after_has(service: Cloudinary) -> None:
    """The journal tells which is which."""
    service.fail("upload", Fault("before"))
    service.fail("upload", Fault("after", Answer(502, b"<html>")))

    with pytest.raises(cloudinary.exceptions.Error, match="Unexpected error"):
        _upload(service, **NAMED)
    with pytest.raises(cloudinary.exceptions.Error, match="Error parsing server response"):
        _upload(service, **NAMED)

    entries = service.journal.entries("cloudinary", "upload")
    assert [(e.accepted, e.answered, e.post) for e in entries] == [
        (False, False, "art/x-1"),
        (True, False, "art/x-1"),
    ]
    assert service.only().content == PICTURE


def test_a_cut_is_the_picture(service: Cloudinary) -> None:
    """It is really made of it: the corners have its colours."""
    answer = _upload(service, eager="c_fill,f_jpg,h_20,w_20", **NAMED)

    with Image.open(io.BytesIO(fetch(answer["eager"][0]["secure_url"]).content)) as picture:
        red, green, blue = picture.resize((2, 2)).tobytes()[:3]

    assert (red > 180, green < 80, blue < 80) == (True, True, True)
