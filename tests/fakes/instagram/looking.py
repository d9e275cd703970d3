"""Fetches a picture or video as Meta does, and looks at what it really is."""

import io
from urllib.parse import urljoin, urlsplit

import av
import requests
from av.error import FFmpegError
from PIL import Image, UnidentifiedImageError

from tests.fakes.instagram.records import Kind
from tests.fakes.instagram.refusals import Refused

MAX_IMAGE = 8 * 1024 * 1024
MAX_VIDEO = {"reel": 300_000_000, "child": 300_000_000, "story": 100_000_000}
SECONDS = {"reel": (3, 900), "child": (3, 60), "story": (3, 60)}
"""How long a video may be."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")
AGENT = {"User-Agent": "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)"}
HOPS = 3


def fetch(link: str) -> bytes:
    """Return what lies behind a link, if it lies on this machine and is no page."""
    with requests.Session() as session:
        session.trust_env = False
        try:
            for _ in range(HOPS):
                _require_loopback(link)
                answer = session.get(link, headers=AGENT, timeout=60, allow_redirects=False)
                if not answer.is_redirect:
                    break
                link = urljoin(link, answer.headers["Location"])
        except (OSError, ValueError) as error:
            raise _not_media(f"{type(error).__name__} when it was fetched") from None
    if answer.status_code != 200:
        raise _not_media(f"it answers {answer.status_code}")
    if "text/html" in answer.headers.get("Content-Type", "") or not answer.content:
        raise _not_media("it is a page")
    return answer.content


def _require_loopback(link: str) -> None:
    if not link.isascii():
        raise _not_media("its address is not US-ASCII")
    parts = urlsplit(link)
    if parts.scheme not in ("http", "https") or parts.hostname not in LOOPBACK:
        raise _not_media("this stand-in fetches from loopback only")


def _not_media(why: str) -> Refused:
    return Refused(
        9004, 2207052, f"The media could not be fetched from this URI, or is no media: {why}"
    )


def look_at_image(content: bytes, kind: Kind) -> None:
    """Raise Refused unless it is a JPEG that goes there."""
    try:
        with Image.open(io.BytesIO(content)) as picture:
            form, (width, height) = picture.format, picture.size
            picture.load()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        raise _not_media("its bytes are no whole picture") from None
    if form != "JPEG":  # an MPO calls itself one, and is not taken
        raise Refused(36001, 2207005)
    if len(content) > MAX_IMAGE:
        raise Refused(36000, 2207004)
    if kind != "story" and not (5 * width >= 4 * height and 100 * width <= 191 * height):
        raise Refused(36003, 2207009, f"The aspect ratio {width}:{height} is not supported.")


def look_at_video(content: bytes, kind: Kind) -> None:
    """Raise Refused unless it is an MP4 or MOV that goes there."""
    wrong = _wrong_with(content, kind)
    if wrong:
        raise Refused(352, 2207026, f"The video format is not supported: {wrong}")


def _wrong_with(content: bytes, kind: Kind) -> str:
    if len(content) > MAX_VIDEO[kind]:
        return f"{len(content)} bytes"
    try:
        with av.open(io.BytesIO(content), mode="r") as video:
            if "mp4" not in video.format.name.split(","):
                return f"a container {video.format.name}"
            seconds = (video.duration or 0) / av.time_base
            shortest, longest = SECONDS[kind]
            # A clip is seldom a whole number of frames long.
            if not shortest - 0.05 <= seconds <= longest + 0.05:
                return f"{seconds:.2f} seconds"
            return _wrong_streams(video)
    except FFmpegError as error:
        return f"it cannot be read ({type(error).__name__})"


def _wrong_streams(video: av.container.InputContainer) -> str:
    if not video.streams.video:
        return "no pictures in it"
    (stream, *_) = video.streams.video
    if stream.codec_context.name not in ("h264", "hevc"):
        return f"codec {stream.codec_context.name}"
    if stream.width > 1920 or not 0.01 <= stream.width / stream.height <= 10:
        return f"{stream.width} by {stream.height} pixels"
    if not 22.9 <= float(stream.average_rate or 0) <= 60.1:
        return f"{stream.average_rate} frames a second"
    for sound in video.streams.audio:
        if sound.codec_context.name != "aac" or sound.rate > 48_000:
            return f"sound in {sound.codec_context.name} at {sound.rate} Hz"
    return ""
