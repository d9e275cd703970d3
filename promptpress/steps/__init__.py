"""What may happen to a post next: pure functions from a post to a durable step.

A step carries the new state, the fields that change and its audit event; the queue writes it in
one transaction (`PromptQueue.record`). Nothing here does input or output, or asks a clock.
"""

from promptpress.steps._articles import (
    add_cover,
    begin_writing,
    drop_writing,
    is_unwritten,
    keep_outline,
    keep_text,
)
from promptpress.steps._ends import (
    hand_back,
    let_go,
    set_aside,
)
from promptpress.steps._events import (
    MAX_REASON,
    event_of,
)
from promptpress.steps._keeping import gave_up_media, give_up_media
from promptpress.steps._pictures import (
    WORDS,
    begin_generation,
    count_pictures,
    drop_generation,
    forget_media,
    keep_job,
    keep_media,
    refuse_media,
)
from promptpress.steps._sends import (
    await_review,
    begin_send,
    in_doubt,
    keep_handle,
    make_ready,
    missed,
    moved,
    not_sent,
    refused,
    rest,
    sent,
)

__all__ = [
    "MAX_REASON",
    "WORDS",
    "add_cover",
    "await_review",
    "begin_generation",
    "begin_send",
    "begin_writing",
    "count_pictures",
    "drop_generation",
    "drop_writing",
    "event_of",
    "forget_media",
    "gave_up_media",
    "give_up_media",
    "hand_back",
    "in_doubt",
    "is_unwritten",
    "keep_handle",
    "keep_job",
    "keep_media",
    "keep_outline",
    "keep_text",
    "let_go",
    "make_ready",
    "missed",
    "moved",
    "not_sent",
    "refuse_media",
    "refused",
    "rest",
    "sent",
    "set_aside",
]
