"""What the stand-in keeps: tokens, containers and posts."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

LIFE = timedelta(hours=24)
"""After that an unpublished container is expired; also for how long a story shows."""
Kind = Literal["photo", "carousel", "story", "reel", "child"]
PRODUCTS = {"photo": "FEED", "carousel": "FEED", "story": "STORY", "reel": "REELS"}


@dataclass
class Token:
    """A right to act for the account; every field may be changed while the stand-in runs."""

    value: str
    login: Literal["instagram", "facebook"]
    issued: datetime
    expires: datetime | None
    scopes: set[str]
    subcode: int = 0
    """Set: it is dead, and answered with code 190 and this subcode."""
    is_short: bool = False
    """True for one of an hour's life, which has to be exchanged."""


@dataclass
class Container:
    """What is prepared to be published."""

    id: str
    kind: Kind
    media: Literal["image", "video", "carousel"]
    created: datetime
    polls: int
    """How many more questions for its status are answered with IN_PROGRESS."""
    link: str = ""
    caption: str = ""
    alt_text: str = ""
    is_ai: bool = False
    location: str = ""
    user_tags: tuple[dict[str, Any], ...] = ()
    children: tuple[str, ...] = ()
    resumable: bool = False
    got: bytes = field(default=b"", repr=False)
    """What was uploaded of it so far."""
    is_uploaded: bool = False
    error: int = 0
    """Subcode that ends its processing."""
    post: str = ""
    """Id of the post that came of it."""
    hidden: int = 0
    """How many more questions are answered as if it were not there."""

    @property
    def about(self) -> str:
        """What tests find it by: the first line of its caption, or its picture."""
        return self.caption.split("\n", 1)[0] or self.link or self.id

    def state(self, now: datetime) -> str:
        """Return its status code."""
        if self.post:
            return "PUBLISHED"
        if now - self.created >= LIFE:
            return "EXPIRED"
        if self.polls > 0 or (self.resumable and not self.is_uploaded):
            return "IN_PROGRESS"
        return "ERROR" if self.error else "FINISHED"

    def status(self, now: datetime) -> str:
        """Return the words beside the status code."""
        return {
            "PUBLISHED": "Published: Media has been successfully published.",
            "EXPIRED": "Expired: Media was not published within 24 hours.",
            "IN_PROGRESS": "In Progress: Media is still being processed.",
            "ERROR": f"Error: Media upload has failed with error code {self.error}",
            "FINISHED": "Finished: Media has been uploaded and it is ready to be published.",
        }[self.state(now)]


@dataclass(frozen=True)
class Post:
    """What the account shows."""

    id: str
    shortcode: str
    caption: str
    kind: Kind
    media: tuple[str, ...]
    """Where Instagram took its pictures or its video from; empty for an uploaded video."""
    is_ai: bool
    """True when it was disclosed as made by AI."""
    alt_texts: tuple[str, ...]
    location: str
    user_tags: tuple[dict[str, Any], ...]
    timestamp: datetime
    container: str
    """Id of the container it came of."""
    is_video: bool = False

    @property
    def permalink(self) -> str:
        part = {"reel": "reel", "story": "stories/promptpress_stand_in"}.get(self.kind, "p")
        return f"https://www.instagram.com/{part}/{self.shortcode}/"

    def shown(self) -> dict[str, Any]:
        """Return all fields that may be asked for."""
        media_type = "VIDEO" if self.is_video else "IMAGE"
        fields: dict[str, Any] = {
            "id": self.id,
            "caption": self.caption,
            "media_type": "CAROUSEL_ALBUM" if self.kind == "carousel" else media_type,
            "media_product_type": PRODUCTS[self.kind],
            "media_url": (self.media or ("",))[0],
            "permalink": self.permalink,
            "shortcode": self.shortcode,
            "timestamp": self.timestamp.strftime("%Y-%m-%dT%H:%M:%S+0000"),
            "username": "promptpress_stand_in",
            "alt_text": (self.alt_texts or ("",))[0],
            "is_ai_generated": self.is_ai,
        }
        if self.kind == "carousel":
            ids = (f"{self.id}{number}" for number in range(len(self.media)))
            fields["children"] = {"data": [{"id": id_} for id_ in ids]}
        # Meta leaves out what is empty.
        return {name: value for name, value in fields.items() if value != ""}
