"""review, approve, reject, edit: what a person says about posts that wait for their yes."""

from dataclasses import asdict, dataclass
from typing import Annotated

from cyclopts import CycloptsError, Parameter

from promptpress import decisions, wiring
from promptpress.cli.deciding import all_in, decide_all
from promptpress.cli.output import say, say_table
from promptpress.cli.posts import PAGE
from promptpress.cli.story import describe_media, describe_order
from promptpress.model import Post, PostState, Stamp, Step
from promptpress.wiring.edits import read_edit

_Ids = Annotated[int, Parameter(required=True)]


def review() -> int:
    """Show the posts that wait for a yes: their words, and where their pictures are."""
    queue, after = wiring.services().queue, 0
    while page := queue.find((PostState.REVIEW,), limit=PAGE, after=after):
        for post in page:
            _say_waiting(post)
        after = page[-1].id
    if not after:
        say("no post waits for a yes")
    return 0


def _say_waiting(post: Post) -> None:
    say(f"Post {post.id}{' (held)' if post.held else ''}")
    for name, value in describe_order(post):
        say(f"  {name}: {value}")
    say_table(("picture", "made by", "how", "kept"), [describe_media(one) for one in post.media])
    say()


def approve(*ids: int, all_waiting: Annotated[bool, Parameter(name="--all")] = False) -> int:
    """Say yes to posts that wait for it: they go out when their time has come.

    Args:
        ids: Ids of the posts.
        all_waiting: Every post that waits, seen or not.
    """
    if all_waiting == bool(ids):
        raise CycloptsError(msg="name either ids or --all")
    chosen = list(ids) or _all_waiting()
    if not chosen:
        say("no post waits for a yes")
    return decide_all(chosen, decisions.approve, lambda post: f"approved, {post.state}")


def _all_waiting() -> list[int]:
    return [post.id for post in all_in(wiring.services().queue, (PostState.REVIEW,))]


def reject(*ids: _Ids, reason: str = "") -> int:
    """Say no to posts that wait for a yes; their pictures are kept, and `retry` brings them back.

    Args:
        ids: Ids of the posts.
        reason: Why, for the record.
    """

    def decision(post: Post, stamp: Stamp) -> Step | None:
        return decisions.reject(post, stamp, reason)

    return decide_all(ids, decision, lambda post: str(post.state))


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Changes:
    """What is to be changed of a post, as typed; the word none empties a field."""

    caption: str = ""
    """Text under the picture."""
    hashtags: str = ""
    """Words, divided by commas or blanks."""
    alt_text: str = ""
    """What the picture shows, for those who cannot see it."""
    link: str = ""
    """Address that the post points to."""
    channels: str = ""
    """Where it goes, divided by commas."""
    due_at: Annotated[str, Parameter(name=("--at", "--due-at"))] = ""
    """When at the earliest, such as "2026-11-21 09:00" (UTC unless it says otherwise)."""
    local_time: Annotated[str, Parameter(name=("--time", "--local-time"))] = ""
    """When it is published at the earliest, on a clock in its zone, such as "2026-12-01 08:30"."""
    zone: str = ""
    """Zone of that time, such as Europe/Berlin."""
    prompt: str = ""
    """Another one: new pictures."""
    negative_prompt: str = ""
    """What the pictures should not show: new ones."""
    style: str = ""
    """Style of the pictures: new ones."""
    seed: str = ""
    """A number: new pictures."""


def edit(post: int, /, *, again: bool = False, changes: Changes | None = None) -> int:
    """Change a post that waits for a yes; it goes on waiting. The word none empties a field.

    Its pictures stay, unless what they were made from is changed: then they are made anew, and
    paid for anew.

    Args:
        post: Id of the post.
        again: New pictures from the same prompt.
        changes: What is to be changed.
    """
    cells = asdict(changes or Changes())
    if not again and not any(cells.values()):
        raise CycloptsError(msg="name what shall change, such as --caption")
    services = wiring.services()

    def decision(seen: Post, stamp: Stamp) -> Step:
        typed = read_edit(services, seen, cells)
        written = decisions.find_written(services.queue.history(seen.id))
        return decisions.edit(seen, stamp, typed, again=again, written=written)

    def word(now: Post) -> str:
        return "edited" if now.state is PostState.REVIEW else "its pictures are made anew"

    return decide_all((post,), decision, word)
