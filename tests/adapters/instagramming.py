"""What the tests of the Instagram publisher share: an account, an album, posts and their way."""

import functools
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import av
from PIL import Image

from promptpress.adapters.instagram import InstagramPublisher, Patience
from promptpress.model import Media, Post, Publication, PublicationState
from promptpress.ports import Picture, Receipt, Rendition, Staging, Video
from tests.fakes.instagram import Album, Instagram
from tests.fakes.server import Fault

CANARY = "IGAACANARYtokenThatNobodyMaySee0123456789"  # opens nothing
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
AI = "trainedAlgorithmicMedia"
CAPTION = "a lighthouse at dawn"


def jpeg(number: int = 0, size: tuple[int, int] = (400, 400)) -> bytes:
    """Return a small JPEG, a different one for each number."""
    file = io.BytesIO()
    Image.new("RGB", size, (number * 20 % 256, 90, 120)).save(file, "JPEG")
    return file.getvalue()


def picture_of(content: bytes) -> Picture:
    with Image.open(io.BytesIO(content)) as image:
        width, height = image.size
    return Picture(
        content=content,
        format="JPEG",
        width=width,
        height=height,
        sha256=sha256(content).hexdigest(),
    )


def media_of(picture: Picture, position: int = 0, source: str = AI) -> Media:
    """Return what the queue keeps of a picture."""
    return Media(
        sha256=picture.sha256,
        format=picture.format,
        width=picture.width,
        height=picture.height,
        size=len(picture.content),
        refs={},
        position=position,
        source=source,
    )


class Clock:
    """A clock that goes on only when somebody waits."""

    def __init__(self) -> None:
        self.now = NOW
        self.slept: list[float] = []

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.pass_by(seconds)

    def pass_by(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class Studio:
    """An account of the stand-in, with pictures that it can fetch."""

    fake: Instagram
    album: Album
    clock: Clock
    publication: Publication = field(
        default_factory=lambda: Publication(channel="instagram", attempt="a1")
    )
    stagings: list[Staging] = field(default_factory=list)

    def publisher(
        self, fault: Fault | None = None, *, settle: float = 90.0, **changes: Any
    ) -> InstagramPublisher:
        """Return a publisher; with little patience where a fault will try it."""
        tried = fault is not None and (fault.hang or bool(fault.drip))
        settings = self.fake.environment()
        arguments: dict[str, Any] = {
            "token": lambda: settings["INSTAGRAM_ACCESS_TOKEN"],
            "account_id": settings["INSTAGRAM_ACCOUNT_ID"],
            "api_url": settings["INSTAGRAM_API_URL"],
            "clock": self.clock,
            "sleep": self.clock.sleep,
            "patience": Patience(
                connect=2.0,
                silence=0.25 if tried else 10.0,
                call=0.4 if tried else 20.0,
                settle=settle,
            ),
        }
        return InstagramPublisher(**{**arguments, **changes})

    def photo(self, *contents: bytes, source: str = AI, **fields: Any) -> Rendition:
        """Return a post with these pictures, or with one."""
        pictures = tuple(picture_of(content) for content in contents or (jpeg(),))
        media = tuple(media_of(picture, at, source) for at, picture in enumerate(pictures))
        post = Post(**{"id": 7, "prompt": CAPTION, "media": media, **fields})
        links = tuple(self.album.put(picture.content) for picture in pictures)
        return Rendition(post=post, pictures=pictures, links=links)

    def carousel(self, count: int = 3, **fields: Any) -> Rendition:
        return self.photo(*(jpeg(at) for at in range(count)), kind="carousel", **fields)

    def clip(self, content: bytes, kind: str = "reel", *, linked: bool = True) -> Rendition:
        """Return a post with a video."""
        link = self.album.put(content, "video/mp4") if linked else ""
        video = Video(content=content, width=64, height=114, seconds=4.0, sha256="ab" * 32)
        media = (Media(sha256="cd" * 32, format="MP4", width=64, height=114, size=1, refs={}),)
        post = Post(id=7, prompt=CAPTION, kind=kind, media=media)
        return Rendition(post=post, pictures=(), video=video, video_link=link)

    def stage(self, publisher: InstagramPublisher, rendition: Rendition) -> Staging:
        """Do one piece, and keep its handle as the queue would."""
        staging = publisher.stage(rendition, self.publication)
        self.publication = replace(self.publication, handle=staging.handle)
        self.stagings.append(staging)
        return staging

    def make_ready(self, publisher: InstagramPublisher, rendition: Rendition) -> Staging:
        """Do pieces until it is ready, each by a publisher that has just begun."""
        for _ in range(60):
            staging = self.stage(publisher, rendition)
            if staging.is_ready:
                return staging
            self.clock.pass_by(staging.wait)
        raise AssertionError(self.publication.handle)

    def begin(self) -> Publication:
        """Write down the intent to send."""
        self.publication = replace(
            self.publication,
            state=PublicationState.SENDING,
            attempts=self.publication.attempts + 1,
        )
        return self.publication

    def send(self, publisher: InstagramPublisher, rendition: Rendition) -> Receipt:
        """Go the whole way once."""
        self.make_ready(publisher, rendition)
        return publisher.publish(rendition, self.begin())

    def calls(self, call: str = "") -> list[str]:
        """Return the names of the calls so far."""
        return [
            entry.call
            for entry in self.fake.journal.entries("instagram", call)
            if entry.call != "fetch"
        ]


@contextmanager
def studio(**changes: Any) -> Iterator[Studio]:
    """Run an account and an album; the service's clock is the publisher's."""
    clock = Clock()
    arguments = {"token": CANARY, "clock": clock, **changes}
    with Instagram(**arguments) as fake, Album() as album:
        yield Studio(fake, album, clock)


@functools.cache
def clip(seconds: int = 4) -> bytes:
    """Return a small video as Instagram takes it."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as video:
        stream = video.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = 64, 114, "yuv420p"
        for _ in range(seconds * 24):
            frame = av.VideoFrame(64, 114, "rgb24")
            video.mux(stream.encode(frame))
        video.mux(stream.encode())
    return file.getvalue()
