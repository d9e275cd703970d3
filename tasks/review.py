"""Posts that wait for a person's yes: shown, and what the person decides written down."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from prefect.artifacts import acreate_markdown_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed
from pydantic import BaseModel, ConfigDict, Field

from promptpress import decisions
from promptpress.errors import (
    IllegalTransition,
    InvalidPost,
    LeaseLost,
    PermanentError,
    PromptpressError,
)
from promptpress.model import Post, PostState, Stamp, Step
from promptpress.ports import Picture
from promptpress.wiring import services
from promptpress.wiring.edits import read_edit
from tasks.due import wanted_channels
from tasks.fan_out import in_threads
from tasks.gallery import place, thumbnail
from tasks.pages import pages
from tasks.policy import READ, step
from tasks.report import shown_if_possible
from tasks.summary import cell, link
from tasks.transform import fetch_pictures

logger = logging.getLogger("promptpress")
WIDTH = 240
"""Pixels of a picture on the page: enough to judge it by, and some ten kilobytes."""
MOST = 4
"""Pictures of one post on the page; the others are counted."""
LOOKS = 4
"""Posts whose pictures are fetched side by side."""
HOW = (
    "Run this flow again with the numbers under **approve** or **reject**, or with **edits**; the "
    "same from a shell: `python -m promptpress approve 3 4`."
)
DONE = {"approve": "approved", "reject": "rejected", "edit": "edited"}
"""What was done to a post, in a word."""

Decision = Callable[[Post, Stamp], Step | None]


class Edit(BaseModel):
    """What a person changes of one post; what is left blank stays, the word none empties it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    post: int = Field(description="number of the post")
    caption: str = Field("", description="text under the picture")
    hashtags: str = Field("", description="divided by blanks or commas")
    alt_text: str = Field("", description="what the picture shows, for those who cannot see it")
    link: str = Field("", description="address that the post points to")
    channels: str = Field("", description="where it goes, divided by commas")
    due_at: str = Field("", description="not before, such as 2026-12-01 09:00 (UTC)")
    local_time: str = Field("", description="published at, on a clock, such as 2026-12-01 08:30")
    zone: str = Field("", description="of that clock, such as Europe/Berlin")
    prompt: str = Field("", description="another one: the pictures are made and paid for anew")
    negative_prompt: str = Field("", description="as the prompt: other pictures")
    style: str = Field("", description="as the prompt: other pictures")
    seed: str = Field("", description="as the prompt: other pictures")
    again: bool = Field(False, description="other pictures of the same prompt, paid for anew")


@dataclass(frozen=True)
class Verdict:
    """What came of one decision."""

    post_id: int
    done: str
    """What was done; empty where it was refused."""
    refusal: str = ""


@step("find-waiting", READ, begins=True)
def find_waiting() -> list[Post]:
    """Return the posts that wait for a yes, oldest first."""
    return list(pages((PostState.REVIEW,)))


@step("decide", READ, run_name="{verb} post {post_id}", begins=True)
def _write(post_id: int, verb: str, decision: Decision, run: str) -> None:  # noqa: ARG001  names the run
    try:
        _write_over(post_id, decision, run)
    except LeaseLost:
        # Somebody was faster: whether this still holds follows from what they did.
        _write_over(post_id, decision, run)


def _write_over(post_id: int, decision: Decision, run: str) -> None:
    chosen = services()
    post = chosen.queue.get(post_id) if abs(post_id) < 2**63 else None
    if post is None:
        raise InvalidPost(f"there is no post {post_id}")
    decided = decision(post, chosen.stamp(run))
    if decided is not None:
        chosen.queue.record(decided)


def _decide(post_id: int, verb: str, decision: Decision, run: str) -> Verdict:
    """Write one decision down; one that is refused keeps no other from being written."""
    try:
        _write(post_id, verb, decision, run)
    except (PermanentError, LeaseLost, IllegalTransition) as error:
        logger.warning("%s", error)
        return Verdict(post_id, "", str(error))
    logger.info("post %s: %s by %s", post_id, DONE[verb], run)
    return Verdict(post_id, DONE[verb])


def approve(post_ids: Sequence[int], run: str) -> list[Verdict]:
    """Say yes to posts, each for itself."""
    return [_decide(one, "approve", decisions.approve, run) for one in dict.fromkeys(post_ids)]


def reject(post_ids: Sequence[int], reason: str, run: str) -> list[Verdict]:
    """Say no to posts, each for itself; their pictures are kept."""

    def decision(post: Post, stamp: Stamp) -> Step | None:
        return decisions.reject(post, stamp, reason)

    return [_decide(one, "reject", decision, run) for one in dict.fromkeys(post_ids)]


def edit(edits: Sequence[Edit], run: str) -> list[Verdict]:
    """Change posts, each for itself; one that gets new pictures waits once more."""
    return [_edit(one, run) for one in edits]


def _edit(wish: Edit, run: str) -> Verdict:
    chosen = services()
    cells = wish.model_dump(exclude={"post", "again"})
    changed: list[Step] = []

    def decision(post: Post, stamp: Stamp) -> Step:
        changes = read_edit(chosen, post, cells)
        if not changes and not wish.again:
            raise InvalidPost(f"post {post.id}: nothing is changed: fill in what shall be")
        written = decisions.find_written(chosen.queue.history(post.id))
        step_ = decisions.edit(post, stamp, changes, again=wish.again, written=written)
        changed.append(step_)
        return step_

    verdict = _decide(wish.post, "edit", decision, run)
    redraws = bool(verdict.done) and changed[-1].drops_media
    return Verdict(wish.post, "edited, its pictures are made anew") if redraws else verdict


def _pictures(post: Post) -> str:
    try:
        found = fetch_pictures(post)
    except PromptpressError as error:
        return cell(f"cannot be shown: {error}")
    shown = [thumbnail(one, WIDTH) for one in found[:MOST] if isinstance(one, Picture)]
    more = f"and {len(found) - MOST} more" if len(found) > MOST else ""
    return " ".join(filter(None, (*shown, more)))


def _goes_to(post: Post) -> str:
    try:
        return ", ".join(wanted_channels(post))
    except PromptpressError as error:
        return str(error)


def _told(post: Post) -> list[tuple[str, str]]:
    """Return what a person should know before a yes, by its name; what is blank is left out."""
    told = {
        "prompt": cell(post.prompt),
        "caption": cell(post.caption),
        "article": cell(post.article.title if post.article is not None else ""),
        "hashtags": cell(" ".join(f"#{tag}" for tag in post.hashtags)),
        "alt text": cell(post.alt_text),
        "link": link(post.link) if post.link else "",
        "goes to": cell(_goes_to(post)),
        "at": cell(f"{post.local_time} {post.zone}"),
        "not before": f"{post.due_at:%Y-%m-%d %H:%M} UTC" if post.due_at else "",
        "held": "yes" if post.held else "",
        "kept": " ".join(map(place, post.media)),
    }
    return [(name, text) for name, text in told.items() if text]


def _section(post: Post) -> str:
    lines = [f"- **{name}:** {text}" for name, text in _told(post)]
    return "\n".join([f"## Post {post.id}", "", _pictures(post), "", *lines, ""])


async def show_waiting(posts: Sequence[Post], limit: int) -> None:
    """Put the posts that wait on the page of this run, the oldest first, `limit` at the most."""
    shown = posts[:limit]
    sections = await in_threads(_section, shown, LOOKS)
    rest = f"{len(posts) - len(shown)} more wait: raise the limit to see them."
    lines = [HOW, "", *sections, *([rest] if len(posts) > len(shown) else [])]
    text = "\n".join(lines) if posts else "Nothing waits for a yes."
    description = "Posts that wait for a person's yes"
    async with shown_if_possible():
        await acreate_markdown_artifact(text, key="review", description=description)


def report_review(verdicts: Sequence[Verdict], waiting: int) -> State[None]:
    """Return the state of a review: PartlyDone where a decision was refused, with the sentence."""
    done: dict[str, list[int]] = {}
    for one in verdicts:
        if one.done:
            done.setdefault(one.done, []).append(one.post_id)
    told = [f"{word}: {', '.join(map(str, ids))}" for word, ids in done.items()]
    told += [one.refusal for one in verdicts if one.refusal]
    message = "; ".join([*told, f"{waiting} waiting for a yes" if waiting else "nothing waits"])
    if any(one.refusal for one in verdicts):
        return Completed(message=message, name="PartlyDone")
    return Completed(message=message, name=None if verdicts or waiting else "NothingToDo")
