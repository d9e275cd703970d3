"""Which pictures look like others: those of their own post, and those of the last days."""

import logging
import threading
from collections.abc import Iterable, Sequence
from datetime import timedelta

from promptpress import imaging
from promptpress.errors import PromptpressError
from promptpress.model import AuditEvent, Post
from promptpress.ports import Picture, Video
from promptpress.wiring import services

logger = logging.getLogger("promptpress")


class Looks:
    """How the pictures of the last days look, and what is to be said of those of this run."""

    def __init__(self, events: Iterable[AuditEvent] = ()) -> None:
        """Begin with what the audit knows."""
        self._known: list[tuple[str, int]] = []
        self._notes: dict[str, str] = {}
        self._seen: dict[tuple[int, str], int | None] = {}
        self._lock = threading.Lock()
        for event in events:
            prints = event.detail.get("fingerprints")
            if isinstance(prints, list | tuple):
                self._known += [(str(one), event.post_id) for one in prints]

    def add(self, post: Post, pictures: Sequence[Picture | Video]) -> dict[str, object]:
        """Return what the audit is to know: how pictures look, and which post each looks like.

        Pictures are flagged, not refused: whether two are too much alike, people decide.
        """
        stills = [picture for picture in pictures if isinstance(picture, Picture)]
        seen = [self._look(post, picture) for picture in stills]
        alike = [other for _, other in seen if other is not None]
        return {"fingerprints": [p for p, _ in seen], **({"alike": alike} if alike else {})}

    def _look(self, post: Post, picture: Picture) -> tuple[str, int | None]:
        """Return how a picture looks, and the post it looks like; the same when asked again."""
        print_ = imaging.fingerprint(picture)
        with self._lock:
            key = (post.id, picture.sha256)
            if key not in self._seen:
                other = self._seen[key] = self._find(print_)
                self._known.append((print_, post.id))
                if other is not None:
                    own = other == post.id
                    like = "another of this post" if own else f"that of post {other}"
                    self._notes[picture.sha256] = f"looks like {like}"
            return print_, self._seen[key]

    def _find(self, print_: str) -> int | None:
        return next((p for known, p in self._known if imaging.are_alike(known, print_)), None)

    def note(self, sha256: str) -> str:
        """Return what is to be said of a picture of this run; mostly nothing."""
        with self._lock:
            return self._notes.get(sha256, "")


def looks_of(run: str) -> Looks:
    """Return what this run compares its pictures with."""
    chosen = services()

    def make() -> Looks:
        days = chosen.settings.compared_days
        since = chosen.now() - timedelta(days=days)
        try:
            return Looks(chosen.queue.events(since, ("store",)) if days else ())
        except PromptpressError as error:
            # A comparison is not worth a picture that is paid for.
            logger.warning("pictures are compared with none of earlier days: %s", error)
            return Looks()

    return chosen.once(f"looks:{run}", make)
