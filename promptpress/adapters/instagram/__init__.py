"""A StagingPublisher for one Instagram account, by Meta's content publishing API.

A post is made ready as a container, under an id that is kept before anything shows; publishing it
is one call, and afterwards the container can be asked whether it is published. So a lost answer
makes no second post. Both logins are served: graph.facebook.com and graph.instagram.com
(developers.facebook.com/docs/instagram-platform/content-publishing).

What people do with a post that is out is asked for in `_counts`, as a CountingPublisher.
"""

import logging
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from promptpress.adapters.instagram._answers import parse_id, parse_quota
from promptpress.adapters.instagram._asking import (
    QUOTA,
    ask_quota,
    find_post,
    find_receipt,
    find_url,
    look,
    watch,
)
from promptpress.adapters.instagram._captions import MAX_HASHTAGS
from promptpress.adapters.instagram._counts import count
from promptpress.adapters.instagram._errors import (
    error_of_publish,
    error_of_question,
    how_to_resolve,
)
from promptpress.adapters.instagram._graph import Graph
from promptpress.adapters.instagram._handles import Handle, parse_handle
from promptpress.adapters.instagram._making import Making
from promptpress.adapters.instagram._patience import Patience
from promptpress.adapters.instagram._rules import require_whole, rules_for
from promptpress.adapters.instagram._sending import Draft, build_draft
from promptpress.errors import InvalidPost, OutcomeUnknown, RateLimited, TransientError
from promptpress.model import Post, Publication
from promptpress.ports import PictureRules, Receipt, Rendition, Staging

API_URL = "https://graph.instagram.com"
"""For tokens of the login with Instagram; those of the login with Facebook go to
https://graph.facebook.com."""
VERSION = "v25.0"
QUOTA_WAIT = 3_600.0
"""Seconds, when the posts of 24 hours are used up: the window slides."""
PATIENCE = Patience()
TOKEN_WARNING = timedelta(days=7)

__all__ = ["InstagramPublisher", "Patience"]

_log = logging.getLogger(__name__)


class InstagramPublisher:
    """Publishes to one account; safe for any number of threads."""

    def __init__(
        self,
        token: Callable[[], str],
        account_id: str = "",
        *,
        api_url: str = API_URL,
        version: str = VERSION,
        upload_url: str = "",
        clock: Callable[[], datetime],
        sleep: Callable[[float], None] = time.sleep,
        token_dies: Callable[[], datetime | None] = lambda: None,
        max_hashtags: int = MAX_HASHTAGS,
        discloses_ai: bool = True,
        patience: Patience = PATIENCE,
        name: str = "instagram",
    ) -> None:
        """Keep what is needed; nothing is asked.

        Args:
            token: gives the access token of the moment: it is renewed while we run.
            account_id: number of the account; empty: the token's own (login with Instagram only).
            api_url: of the Graph API, without a version.
            version: of the Graph API.
            upload_url: for videos without a link (login with Facebook only); empty: none.
            clock: tells the time in UTC.
            sleep: waits some seconds.
            token_dies: tells until when the token is good, where that is known.
            max_hashtags: taken in a caption.
            discloses_ai: False leaves out the sign that a post was made by AI.
            patience: how long it is waited for, and for what.
            name: of the channel.
        """
        self.name = name
        self._clock = clock
        self._sleep = sleep
        self._token_dies = token_dies
        self._max_hashtags = max_hashtags
        self._discloses_ai = discloses_ai
        self._patience = patience
        self._graph = Graph(
            token,
            account_id.strip(),
            api_url=api_url,
            version=version,
            upload_url=upload_url,
            patience=patience,
            clock=clock,
            name=name,
        )
        self._making = Making(self._graph, clock=clock, patience=patience, name=name)

    def check(self) -> None:
        """Ask whether the token is good, sees the account and may publish; log what is near."""
        account = self._graph.account()
        for path, fields in ((account, "username"), (f"{account}/{QUOTA}", "quota_usage,config")):
            answer = self._graph.ask(path, fields)
            if answer.value is None:
                raise error_of_question(answer, self.name)
        quota = parse_quota(answer)
        if quota and quota[0] >= quota[1]:
            _log.warning("%s: %s of %s posts of 24 hours are used up", self.name, *quota)
        if warning := self.warning():
            _log.warning("%s: %s", self.name, warning)

    def warning(self) -> str:
        """Return what a person should do soon, or an empty string."""
        dies = self._token_dies()
        if dies is None or dies - self._clock() > TOKEN_WARNING:
            return ""
        return (
            f"the token dies on {dies:%Y-%m-%d}: run the flow refresh-tokens, or put a new one "
            "into INSTAGRAM_ACCESS_TOKEN"
        )

    def rules_for(self, kind: str) -> PictureRules:
        """Return what Instagram takes for a post of this kind; InvalidPost for other kinds."""
        return rules_for(kind, self.name)

    def stage(self, rendition: Rendition, publication: Publication) -> Staging:
        """Make or look at the next piece; errors as in the port.

        A PermanentError means that nothing made so far is of any use: without its handle, the post
        is made ready from the beginning.
        """
        require_whole(rendition, self.name)
        handle = self._handle_of(publication)
        self._graph.pace.require_room()
        return self._making.go_on(self._draft(rendition), handle, was_sent=publication.attempts > 0)

    def publish(self, rendition: Rendition, publication: Publication) -> Receipt:
        """Publish the container once; errors as in the port."""
        handle = self._handle_of(publication)
        if not handle.container:
            raise TransientError("nothing is made ready yet: it is tried again", self.name)
        self._graph.pace.require_leave()
        if handle.published or (publication.attempts > 1 and self._is_out(handle)):
            return find_receipt(self._graph, handle, sleep=self._sleep)
        doubt = how_to_resolve(rendition.post, publication)
        facts = {"container": handle.container, **self._draft(rendition).facts}
        path = f"{self._graph.account()}/media_publish"
        self._require_quota()
        # From here on nothing may stand between the answer and its receipt.
        answer = self._graph.order(path, {"creation_id": handle.container})
        media = parse_id(answer)
        if not media:
            raise error_of_publish(answer, self.name, doubt)
        return Receipt(external_id=media, url=find_url(self._graph, media), detail=facts)

    def settle(self, post: Post, publication: Publication) -> Receipt | None:
        """Ask the container what became of it; errors as in the port.

        Watches for up to `Patience.settle` where the publish may still be under way. None where
        the same container can be published again, or is surely of no use any more.
        """
        doubt = how_to_resolve(post, publication)
        try:
            handle = parse_handle(publication.handle)
        except ValueError:
            raise OutcomeUnknown(f"its handle cannot be read. {doubt}", self.name) from None
        if not handle.container:
            return None
        state = "PUBLISHED" if handle.published else self._watch(handle)
        if state == "PUBLISHED":
            return find_receipt(self._graph, handle, sleep=self._sleep)
        if state != "MISSING":
            return None
        if receipt := find_post(self._graph, handle):
            return receipt
        raise OutcomeUnknown(
            f"Instagram does not show the container {handle.container} any more. {doubt}",
            self.name,
        )

    def count(self, publication: Publication) -> Mapping[str, int]:
        """Return the likes, comments, views, … of a post; errors as in the port."""
        self._graph.pace.require_room()
        return count(self._graph, publication.external_id)

    def _watch(self, handle: Handle) -> str:
        return watch(
            self._graph,
            handle.container,
            self.name,
            seconds=self._patience.settle,
            sleep=self._sleep,
        )

    def _is_out(self, handle: Handle) -> bool:
        """Tell whether an earlier attempt has published the container; raise if it cannot be."""
        state = look(self._graph, handle.container, self.name).state
        if state in ("FINISHED", "PUBLISHED"):
            return state == "PUBLISHED"
        what = "is not ready yet" if state == "IN_PROGRESS" else "is of no use any more"
        raise TransientError(f"its container {what} ({state}): it is made ready again", self.name)

    def _require_quota(self) -> None:
        """Raise RateLimited where the posts of 24 hours are used up; what is not told is no no."""
        quota = ask_quota(self._graph)
        if quota is not None and quota[0] >= quota[1]:
            message = f"{quota[0]} of {quota[1]} posts of 24 hours are used up: it goes out later"
            raise RateLimited(message, self.name, QUOTA_WAIT)

    def _draft(self, rendition: Rendition) -> Draft:
        return build_draft(
            rendition,
            self.name,
            max_hashtags=self._max_hashtags,
            discloses_ai=self._discloses_ai,
        )

    def _handle_of(self, publication: Publication) -> Handle:
        try:
            return parse_handle(publication.handle)
        except ValueError:
            raise InvalidPost(
                f"what was made ready for it cannot be read ({publication.handle[:80]!r}): see "
                "whether it is on the account before it is sent again",
                self.name,
            ) from None
