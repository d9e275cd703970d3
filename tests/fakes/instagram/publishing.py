"""Containers on their way to a post."""

import itertools
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

from tests.fakes.instagram.creating import fill
from tests.fakes.instagram.looking import fetch, look_at_image, look_at_video
from tests.fakes.instagram.records import LIFE, Container, Post
from tests.fakes.instagram.refusals import Refused
from tests.fakes.server import Answer, Request

MAX_CONTAINERS = 400
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


class Desk:
    """Makes containers, processes them, and publishes each of them once."""

    def __init__(self, clock: Callable[[], datetime], quota_total: int) -> None:
        self.now = clock
        self.quota_total = quota_total
        """Posts in 24 hours at the most."""
        self.max_containers = MAX_CONTAINERS
        self.max_hashtags = 30
        self.late: tuple[str, ...] = ("video",)
        """What is looked at while it is processed, so that its mistakes show in its status."""
        self.hides = 0
        """Questions for each new container that are answered as if it were not there."""
        self.breaks: list[int] = []
        """Subcodes with which the processing of the next containers ends."""
        self.containers: dict[str, Container] = {}
        self.posts: list[Post] = []
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def used(self, since: datetime) -> int:
        """Return how many posts came out since then."""
        return sum(post.timestamp > since for post in list(self.posts))

    def create(self, fields: dict[str, str], polls: int) -> Container:
        """Make a container, or raise Refused."""
        now = self.now()
        id_ = f"1788900000{next(self._numbers):07}"
        made = Container(id_, "photo", "image", now, polls, hidden=self.hides)
        fill(made, fields, self.max_hashtags)
        if made.kind == "carousel":
            self._require_children(made.children)
        elif not made.resumable:
            self._look(made)
        with self._lock:
            recent = sum(now - other.created < LIFE for other in self.containers.values())
            if recent >= self.max_containers:
                raise Refused(9, 2207042, "Too many containers in 24 hours")
            if self.breaks:
                made.error = self.breaks.pop(0)
            self.containers[id_] = made
        return made

    def _require_children(self, ids: tuple[str, ...]) -> None:
        for id_ in ids:
            child = self.containers.get(id_)
            if child is None:
                raise Refused(24, 2207006)
            if child.kind != "child":
                raise Refused(100, 0, f"(#100) {id_} was not made with is_carousel_item")
            if child.state(self.now()) == "EXPIRED":
                raise Refused(-2, 2207020)
            if child.state(self.now()) != "FINISHED":
                raise Refused(9007, 2207027)

    def _look(self, container: Container) -> None:
        """Look at a picture or video; what is wrong is said at once, or later in the status."""
        try:
            content = fetch(container.link)
            look = look_at_video if container.media == "video" else look_at_image
            look(content, container.kind)
        except Refused as refused:
            if container.media not in self.late:
                raise
            container.error = refused.subcode

    def ask(self, id_: str) -> dict[str, Any]:
        """Return what is said about a container; each question brings it nearer to its end."""
        container = self.containers.get(id_)
        if container is None:
            raise Refused(100, 33)
        with self._lock:
            if container.hidden > 0:
                container.hidden -= 1
                raise Refused(100, 33)
            now = self.now()
            shown = {
                "id": id_,
                "status_code": container.state(now),
                "status": container.status(now),
            }
            container.polls = max(container.polls - 1, 0)
        return shown

    def publish(self, id_: str) -> Post | None:
        """Publish a container; None where it was published before.

        Raises:
            Refused: it cannot be published now, or ever.
        """
        container = self.containers.get(id_)
        if container is None:
            raise Refused(24, 2207006)
        with self._lock:
            now = self.now()
            state = container.state(now)
            if state == "PUBLISHED":
                return None
            if state == "EXPIRED":
                raise Refused(-2, 2207020)
            if state != "FINISHED":
                raise Refused(9007, 2207027)
            if container.kind == "child":
                raise Refused(100, 0, "(#100) an item of a carousel is not published alone")
            if self.used(now - LIFE) >= self.quota_total:
                raise Refused(9, 2207042)
            return self.show(container)

    def show(self, container: Container) -> Post:
        """Make a post of a container, whatever its state."""
        post = self._post(container, self.now())
        self.posts.append(post)
        container.post = post.id
        return post

    def _post(self, container: Container, now: datetime) -> Post:
        number = next(self._numbers)
        children = [self.containers[id_] for id_ in container.children] or [container]
        return Post(
            id=f"1799900000{number:07}",
            shortcode=f"DStandIn{_letters(number)}",
            caption=container.caption,
            kind=container.kind,
            media=tuple(child.link for child in children if child.link),
            is_ai=container.is_ai,
            alt_texts=tuple(child.alt_text for child in children),
            location=container.location,
            user_tags=tuple(tag for child in children for tag in child.user_tags),
            timestamp=now,
            container=container.id,
            is_video=container.media == "video",
        )

    def upload(self, id_: str, request: Request) -> Answer:
        """Take the bytes of a video, whole or from where the last piece ended."""
        container = self.containers.get(id_)
        if container is None or not container.resumable or container.is_uploaded:
            return _upload_refused("ProcessingFailedError", "no upload is awaited there")
        if link := request.headers.get("file_url"):
            content = fetch(link)
        else:
            offset, size = (request.headers.get(name, "") for name in ("offset", "file_size"))
            if not offset.isdigit() or not size.isdigit():
                return _upload_refused("BadRequestError", "offset and file_size are required")
            if int(offset) != len(container.got):
                return _upload_refused("OffsetInvalidError", f"send from {len(container.got)} on")
            container.got += request.body
            if len(container.got) < int(size):
                return _upload_refused("PartialRequestError", "fewer bytes than file_size")
            content = container.got
        try:
            look_at_video(content, container.kind)
        except Refused as refused:
            container.error = refused.subcode
        container.is_uploaded = True
        return Answer.json({"success": True, "message": "Upload successful."})


def _letters(number: int) -> str:
    text = ""
    for _ in range(4):
        number, place = divmod(number, len(LETTERS))
        text = LETTERS[place] + text
    return text


def _upload_refused(kind: str, words: str) -> Answer:
    info = {"retriable": kind != "ProcessingFailedError", "type": kind, "message": words}
    return Answer.json({"debug_info": info}, 400)
