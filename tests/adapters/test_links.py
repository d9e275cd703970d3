"""Links: what passes, how it is opened, and addresses that nobody needs to open."""

import logging
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from promptpress.adapters.links import HOPS, LinkCheck
from promptpress.errors import SetupError, TransientError
from tests.adapters.linking import (
    MP4,
    NOW,
    PATIENT,
    PNG,
    SIGNATURE,
    SIGNED,
    Web,
    check_of,
    failure_of,
    file,
    look_up,
    sha,
)
from tests.fakes.server import Answer


@pytest.fixture
def web() -> Iterator[Web]:
    with Web() as running:
        yield running


# --- what passes ---

WHOLE = {
    "PNG": file(),
    "JPEG": file(b"\xff\xd8\xff\xe0" + bytes(50), "image/jpeg"),
    "GIF": file(b"GIF89a" + bytes(50), "image/gif"),
    "WEBP": file(b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
    "AVIF": file(b"\0\0\0\x20ftypavif" + bytes(50), "image/avif"),
    "HEIC": file(b"\0\0\0\x20ftypheic" + bytes(50), "image/heic"),
    "TIFF": file(b"II*\0" + bytes(50), "image/tiff"),
    "BMP": file(b"BM" + bytes(50), "image/bmp"),
    "MP4": file(MP4, "video/mp4"),
    "MOV": file(b"\0\0\0\x14ftypqt  " + bytes(50), "video/quicktime"),
    "WEBM": file(b"\x1a\x45\xdf\xa3" + bytes(50), "video/webm"),
    "another name for it": file(mime="image/x-png; charset=binary"),
    "in capitals": file(mime="Image/PNG"),
}


@pytest.mark.parametrize("answer", WHOLE.values(), ids=WHOLE.keys())
@pytest.mark.parametrize("knows", [True, False], ids=["hash", "no hash"])
def test_pictures_and_videos_pass(answer: Answer, knows: bool, web: Web) -> None:
    """Their first bytes say what they are, and their hash that they are the very ones."""
    web.files["/a"] = answer

    check_of().require_public(f"{web.url}/a", sha(answer.body) if knows else "")


def test_a_check_asks_nobody(web: Web) -> None:
    """There is no service behind it."""
    check = check_of()

    check.check()

    assert check.name == "links"
    assert web.requests == []


def test_a_look_is_one_plain_get(web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It brings no credentials of this machine, no cookies, and a name of its own."""
    (tmp_path / ".netrc").write_text("default login me password CANARY\n", "utf-8")
    monkeypatch.setenv("HOME", str(tmp_path))
    web.files["/a.png"] = Answer(200, PNG, {"Content-Type": "image/png", "Set-Cookie": "a=b"})

    check_of().require_public(f"{web.url}/a.png?{SIGNED}")
    check_of().require_public(f"{web.url}/a.png")

    assert [request.method for request in web.requests] == ["GET", "GET"]
    for request in web.requests:
        assert not {"authorization", "cookie", "range"} & set(request.headers)
        assert request.headers["user-agent"].startswith("promptpress")
        assert request.headers["accept-encoding"] == "identity"
    assert web.requests[0].query["X-Amz-Signature"] == SIGNATURE


# --- redirects ---


def test_a_few_redirects_are_followed(web: Web) -> None:
    """To other paths and other hosts."""
    for number in range(HOPS - 1):
        web.files[f"/{number}"] = Answer(302, b"", {"Location": f"/{number + 1}"})
    other = web.url.replace("127.0.0.1", "localhost")
    web.files[f"/{HOPS - 1}"] = Answer(308, b"", {"Location": f"{other}/a.png"})

    check_of().require_public(f"{web.url}/0", sha())

    assert len(web.requests) == HOPS + 1


def test_many_redirects_are_not(web: Web) -> None:
    """A circle ends."""
    web.files["/a"] = Answer(302, b"", {"Location": "/a"})

    error = failure_of(f"{web.url}/a?{SIGNED}")

    assert type(error) is SetupError
    assert f"more than {HOPS} times" in str(error)
    assert len(web.requests) == HOPS + 1


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("http://169.254.169.254/latest/meta-data", "no platform reaches"),
        ("http://10.0.0.7/a.png", "no platform reaches"),
        ("https://inside.example.org/a.png", "no platform reaches"),
        ("http://me:CANARYpassword@cdn.example.org/a.png", "a password stands in it"),
        ("ftp://cdn.example.org/a.png", "no address on the web"),
        ("file:///etc/passwd", "no address on the web"),
    ],
)
def test_a_redirect_leads_nowhere_else(target: str, words: str, web: Web) -> None:
    """Each address on the way is judged before it is asked."""
    web.files["/a"] = Answer(302, b"", {"Location": target})
    check = LinkCheckFromHere(limits=PATIENT, clock=lambda: NOW, look_up=look_up, allow_http=True)

    with pytest.raises(SetupError, match=words) as caught:
        check.require_public(f"{web.url}/a")

    assert "CANARY" not in str(caught.value)


class LinkCheckFromHere(LinkCheck):
    """Takes the stand-in for a server outside, and nothing else."""

    def _is_home(self, host: str, url: str) -> bool:
        return host != "127.0.0.1" and super()._is_home(host, url)


# --- addresses that nobody asks ---

PRIVATE = {
    "this machine": "https://127.0.0.1/a.png",
    "its name": "https://localhost:9000/a.png",
    "in six": "https://[::1]/a.png",
    "four in six": "https://[::ffff:10.0.0.1]/a.png",
    "its network": "https://192.168.1.5/a.png",
    "a provider's network": "https://100.64.0.1/a.png",
    "metadata": "https://169.254.169.254/a.png",
    "a container": "https://minio:9000/a.png",
    "a number": "https://2130706433/a.png",
    "a name at home": "https://nas.local/a.png",
    "a name inside": "https://store.internal./a.png",
    "a name for an address inside": "https://inside.example.org/a.png",
    "such a name in six": "https://six.example.org/a.png",
}


@pytest.mark.parametrize("link", PRIVATE.values(), ids=PRIVATE.keys())
def test_addresses_of_ones_own_are_no_public_ones(link: str) -> None:
    """A platform cannot reach them, so they are not even tried."""
    error = failure_of(f"{link}?{SIGNED}", allow_private=False)

    assert type(error) is SetupError
    assert "no platform reaches" in str(error)


WRONG = {
    "not encrypted": ("http://cdn.example.org/a.png", "not encrypted"),
    "not encrypted at home": ("http://192.168.1.5/a.png", "not encrypted"),
    "a file": ("file:///tmp/a.png", "no address on the web"),
    "data": ("data:image/png;base64,AAAA", "no address on the web"),
    "nothing": ("", "no address on the web"),
    "no host": ("https:///a.png", "no address on the web"),
    "half an address": ("cdn.example.org/a.png", "no address on the web"),
    "umlauts": ("https://cdn.example.org/ä.png", "US-ASCII"),
    "a name with umlauts": ("https://bücher.example.org/a.png", "US-ASCII"),
    "a space": ("https://cdn.example.org/a b.png", "US-ASCII"),
    "a password": ("https://me:CANARY@cdn.example.org/a.png", "a password stands in it"),
    "no port": ("https://cdn.example.org:99999/a.png", "no valid address"),
    "broken": ("https://[/a.png", "no valid address"),
}


@pytest.mark.parametrize(("link", "words"), WRONG.values(), ids=WRONG.keys())
def test_what_platforms_do_not_take_is_told(link: str, words: str) -> None:
    """Nothing is asked, and the message says what is wrong."""
    error = failure_of(link)

    assert type(error) is SetupError
    assert words in str(error)
    assert "CANARY" not in str(error)


@pytest.fixture
def outside(web: Web, monkeypatch: pytest.MonkeyPatch) -> str:
    """An address outside, whose name leads the HTTP library to the stand-in all the same."""
    real = socket.getaddrinfo

    def resolve(host: str, *args: Any, **kwargs: Any) -> Any:
        return real("127.0.0.1" if host == "cdn.example.org" else host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return web.url.replace("127.0.0.1", "cdn.example.org")


@pytest.mark.parametrize(
    "found", [["93.184.215.14"], ["10.0.0.7", "93.184.215.14"], ["2606:2800::1"], []]
)
def test_a_public_address_is_opened(found: list[str], outside: str, web: Web) -> None:
    """Only a name whose every address is private is turned away unseen."""
    check = check_of(allow_private=False, allow_http=True, look_up=lambda _: found)

    check.require_public(f"{outside}/a.png", sha())

    assert len(web.requests) == 1


def test_names_are_looked_up_by_the_system(outside: str, web: Web) -> None:
    """Nobody has to say how; what is found decides."""
    check = LinkCheck(clock=lambda: NOW, limits=PATIENT, allow_http=True)

    with pytest.raises(SetupError, match="no platform reaches"):
        check.require_public(f"{outside}/a.png")

    assert web.requests == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_needs_no_encryption(host: str, web: Web) -> None:
    """Where its addresses are taken at all."""
    check_of().require_public(f"{web.url.replace('127.0.0.1', host)}/a.png")


def test_a_proxy_looks_names_up_itself(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind one, a name that only looks private from here is left to it."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")

    error = failure_of("https://inside.example.org/a.png", allow_private=False)

    assert type(error) is TransientError
    assert "proxy" in str(error)


def test_no_signature_is_logged(web: Web, log: pytest.LogCaptureFixture) -> None:
    """Not even where everything is."""
    check_of().require_public(f"{web.url}/a.png?{SIGNED}")

    assert any(record.levelno == logging.DEBUG for record in log.records)
    assert SIGNATURE not in log.text
