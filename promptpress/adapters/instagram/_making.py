"""Makes a send ready, a piece at a time: containers of pictures, the container, its video.

Nothing of it shows on the account. A piece that Instagram could not process, or that has expired,
is made anew alone; what was published is never made again.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from promptpress.adapters.instagram._answers import Answer, parse_id
from promptpress.adapters.instagram._asking import Look, find_post, look
from promptpress.adapters.instagram._errors import as_error, error_of
from promptpress.adapters.instagram._graph import Graph
from promptpress.adapters.instagram._handles import Handle, write_handle
from promptpress.adapters.instagram._patience import Patience
from promptpress.adapters.instagram._sending import Draft, build_child, build_container
from promptpress.adapters.instagram._table import meaning_of_state
from promptpress.errors import PermanentError, SetupError, TransientError
from promptpress.ports import Staging

MAX_ANEW = 3
"""Pieces of one post that are made anew after Instagram could not process them: each counts
against the 400 containers of 24 hours."""
MAX_MISSES = 5
"""Questions in a row after which a container that is not to be seen is taken for gone."""
LONGEST_WAIT = 60.0
"""Seconds between two questions: Meta advises one a minute."""
STUCK = 3_600.0
"""Seconds of processing after which a container is given up."""
FRESH = 900.0
"""Seconds for which it counts that a container could not be processed: later it is tried once more,
for somebody may have changed what was wrong."""
SHORT_WAIT = 5.0
_DONE = ("FINISHED", "PUBLISHED")


class Making:
    """Makes sends ready for one account."""

    def __init__(
        self,
        graph: Graph,
        *,
        clock: Callable[[], datetime],
        patience: Patience,
        name: str,
    ) -> None:
        """Keep what is needed; the arguments are those of InstagramPublisher."""
        self._graph = graph
        self._clock = clock
        self._patience = patience
        self._name = name

    def go_on(self, draft: Draft, handle: Handle, *, was_sent: bool) -> Staging:
        """Do the next piece; errors as in the port's `stage`.

        Args:
            draft: what is to stand on the account.
            handle: what was made by now.
            was_sent: True where it was published before, in vain as far as anybody knows.
        """
        handle = self._what_fits(draft, handle, was_sent=was_sent)
        if handle.published:
            return self._staged(handle, is_ready=True)
        if handle.container:
            return self._on_container(draft, handle, was_sent=was_sent)
        for place in range(draft.children):
            if place >= len(handle.children) or not handle.children[place]:
                return self._make_child(draft, handle, place)
        return self._on_children(draft, handle) or self._make_container(draft, handle)

    def _what_fits(self, draft: Draft, handle: Handle, *, was_sent: bool) -> Handle:
        """Return what of the handle still shows what the post says; the rest is left to expire."""
        if handle.container and not handle.published and handle.whole != draft.whole:
            state = look(self._graph, handle.container, self._name).state
            lost = state == "MISSING" and was_sent
            if state == "PUBLISHED" or (lost and find_post(self._graph, handle)):
                return replace(handle, published=True)
            handle = handle.without_container()
        if handle.published or handle.pictures == draft.pictures:
            return handle
        return Handle(pictures=draft.pictures)

    def _make_child(self, draft: Draft, handle: Handle, place: int) -> Staging:
        id_ = self._make(build_child(draft, place))
        made = replace(handle.with_child(place, id_), at=self._now())
        is_last = len(made.children) == draft.children and all(made.children)
        return self._staged(made, self._patience.picture if is_last else 0.0)

    def _on_children(self, draft: Draft, handle: Handle) -> Staging | None:
        """Return None once all pictures of a carousel are processed."""
        seen = [look(self._graph, handle.children[at], self._name) for at in range(draft.children)]
        expired = [place for place, one in enumerate(seen) if one.state == "EXPIRED"]
        if expired:
            for place in expired:
                handle = handle.with_child(place, "")
            return self._staged(handle)
        # What went wrong comes before what takes its time.
        left = [place for place, one in enumerate(seen) if one.state not in _DONE]
        for place in sorted(left, key=lambda at: seen[at].state == "IN_PROGRESS"):
            without = handle.with_child(place, "")
            return self._unfinished(handle, without, seen[place], is_video=False)
        return None

    def _make_container(self, draft: Draft, handle: Handle) -> Staging:
        if draft.is_video and not draft.video_link:
            self._require_upload(draft)
        id_ = self._make(build_container(draft, handle.children))
        made = replace(
            handle.without_container(),
            container=id_,
            at=self._now(),
            whole=draft.whole,
            caption=draft.caption_key,
        )
        uploads = draft.is_video and not draft.video_link
        return self._staged(made, 0.0 if uploads else self._wait(is_video=draft.is_video))

    def _on_container(self, draft: Draft, handle: Handle, *, was_sent: bool) -> Staging:
        seen = look(self._graph, handle.container, self._name)
        if seen.state in _DONE:
            published = seen.state == "PUBLISHED"
            return self._staged(replace(handle, misses=0, published=published), is_ready=True)
        awaits = draft.is_video and not draft.video_link and not handle.uploaded
        if seen.state == "IN_PROGRESS" and awaits:
            return self._upload(draft, handle)
        lost = seen.state == "MISSING" and was_sent and handle.misses + 1 >= MAX_MISSES
        if lost and find_post(self._graph, handle):  # the list is the second witness
            return self._staged(replace(handle, published=True), is_ready=True)
        gone = handle.without_container()
        return self._unfinished(handle, gone, seen, is_video=draft.is_video)

    def _unfinished(
        self, handle: Handle, without: Handle, seen: Look, *, is_video: bool
    ) -> Staging:
        """Return how it goes on with a piece that is not ready.

        Args:
            handle: with the piece.
            without: without it, so that it is made anew.
            seen: its state.
            is_video: True for a video.
        """
        age = max(0, self._now() - handle.at)
        if age >= FRESH:
            without = replace(without, anew=0)
        if seen.state == "EXPIRED":
            return self._staged(without)
        if seen.state == "ERROR":
            return self._after_error(without, seen, age)
        if seen.state == "MISSING":
            missed = replace(handle, misses=handle.misses + 1)
            if missed.misses >= MAX_MISSES:
                return self._anew(without, "its container is gone")
            return self._staged(missed, SHORT_WAIT)
        if age > STUCK:
            return self._anew(without, "it was being processed for an hour")
        wait = min(max(self._wait(is_video=is_video), age / 4), LONGEST_WAIT)
        return self._staged(replace(handle, misses=0), wait)

    def _after_error(self, without: Handle, seen: Look, age: float) -> Staging:
        meaning = meaning_of_state(seen.subcode)
        error = as_error(meaning, f"it could not be processed ({seen.words})", self._name)
        lasts = not isinstance(error, TransientError)
        if lasts and age < FRESH:
            raise error
        return self._anew(without, seen.words, error.retry_after or SHORT_WAIT)

    def _anew(self, without: Handle, words: str, wait: float = SHORT_WAIT) -> Staging:
        if without.anew >= MAX_ANEW:
            raise PermanentError(
                f"made {MAX_ANEW + 1} times in vain ({words}): look at the picture or video and "
                "whether its link opens, then retry the post",
                self._name,
            )
        return self._staged(replace(without, anew=without.anew + 1), wait)

    def _make(self, fields: dict[str, str]) -> str:
        answer = self._graph.order(f"{self._graph.account()}/media", fields)
        if id_ := parse_id(answer):
            return id_
        raise error_of(answer, self._name)

    def _require_upload(self, draft: Draft) -> None:
        if draft.video is None or not self._graph.takes_uploads:
            raise SetupError(
                "this video has no public link: name a store that gives such links in STORES "
                "(cloudinary, s3), or set INSTAGRAM_UPLOAD_URL with a token of the login with "
                "Facebook",
                self._name,
            )

    def _upload(self, draft: Draft, handle: Handle) -> Staging:
        self._require_upload(draft)
        answer = self._graph.upload(handle.container, draft.video or b"")
        if answer.value is not None and answer.value.get("success") is not False:
            return self._staged(replace(handle, uploaded=True), self._patience.video)
        if _refuses_upload(answer):
            # Half of it may be there, or all of it when an answer was lost: it is not looked into.
            return self._anew(handle.without_container(), answer.words or "the upload was refused")
        raise error_of(answer, self._name)

    def _wait(self, *, is_video: bool) -> float:
        return self._patience.video if is_video else self._patience.picture

    def _now(self) -> int:
        return int(self._clock().timestamp())

    def _staged(self, handle: Handle, wait: float = 0.0, *, is_ready: bool = False) -> Staging:
        paced = max(wait, self._graph.pace.wait)
        return Staging(handle=write_handle(handle), wait=paced, is_ready=is_ready)


def _refuses_upload(answer: Answer) -> bool:
    """Tell whether the upload itself was refused, in the words of its own server."""
    return answer.genuine and not answer.code and answer.status < 500
