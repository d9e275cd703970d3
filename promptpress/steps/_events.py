"""What the audit is told of a step."""

from collections.abc import Mapping

from promptpress.errors import PromptpressError
from promptpress.model import AuditEvent, Post, Stamp

MAX_REASON = 500
"""Characters of an error kept with a post: a sentence or two for a person."""


def event_of(
    post: Post,
    stamp: Stamp,
    action: str,
    outcome: str,
    service: str = "",
    detail: Mapping[str, object] | None = None,
) -> AuditEvent:
    """Return the audit event of something that happens to a post."""
    return AuditEvent(
        id=stamp.id,
        at=stamp.at,
        run=stamp.run,
        post_id=post.id,
        action=action,
        outcome=outcome,
        service=service,
        detail=dict(detail or {}),
    )


def error_detail(error: PromptpressError) -> dict[str, object]:
    """Return what the audit keeps of an error."""
    return {"error": type(error).__name__, "message": str(error)[:MAX_REASON]}
