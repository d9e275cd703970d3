"""What people read in the sheet: the status of a post, its link or its error, the row of Done."""

from datetime import datetime
from zoneinfo import ZoneInfo

from promptpress.model import Post, PostState, PublicationState

ENDED = (PostState.PUBLISHED, PostState.DELETED)
"""States in which a post is over: its row moves to the tab Done."""
ANSWERS = {
    "retry": "retry",
    "sent": "sent",
    "not sent": "not sent",
    "resend": "not sent",
    "approved": "approve",
    "approve": "approve",
    "yes": "approve",
    "rejected": "reject",
    "reject": "reject",
    "no": "reject",
    "again": "again",
}
"""What a person may write over the status of a post that asks for it, and what it means."""
_DRIVE = "https://drive.google.com/open?id="
"""Where whoever may see a file of Drive's sees it."""
_HOW = {
    PostState.FAILED: "write retry over the status to try again",
    PostState.REJECTED: "write retry over the status to decide anew",
    PostState.REVIEW: "look, then write approved, rejected or again (other pictures) over the "
    "status",
    PostState.IN_DOUBT: "look, then write sent or not sent over the status",
}


def status_of(post: Post) -> str:
    """Return the status cell; the number in it makes the text one that no other row has."""
    words = str(post.state).replace("_", " ")
    held = " (held)" if post.held else ""
    return f"{words}{held} #{post.id}"


def information_of(post: Post) -> str:
    """Return what there is to tell: where the post is to be seen, or why it did not go on."""
    links = [
        p.url or f"{p.channel} {p.external_id}"
        for p in post.publications
        if _is_sent(post, p.channel)
    ]
    if post.state is PostState.REVIEW:
        links += [_DRIVE + one.refs["drive"] for one in post.media if "drive" in one.refs]
    told = [*links, post.reason] if post.reason else links
    how = _HOW.get(post.state)
    return "; ".join([*told, how] if how else told)


def _is_sent(post: Post, channel: str) -> bool:
    return post.publication(channel).state is PublicationState.SENT


def note_of(post: Post) -> str:
    """Return the note cell; it begins with the number, as a person or a swap finds it."""
    return f"#{post.id} {information_of(post)}".strip()


def done_row(post: Post, at: datetime, zone: ZoneInfo) -> dict[str, object]:
    """Return the row of the tab Done, by heading; the time is the spreadsheet's own."""
    moment = at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
    told = (post.prompt, str(post.state), note_of(post), moment)
    return dict(zip(("Prompt", "Status", "Information", "Time"), told, strict=True))
