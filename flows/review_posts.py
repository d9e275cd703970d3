"""review-posts: a person sees what waits for a yes, and approves, edits or rejects.

    edit → reject → approve → show what still waits

A run without decisions only shows. No run waits for a person: a decision is a run of its own.
"""

from typing import Annotated

from prefect import flow
from prefect.client.schemas.objects import State
from pydantic import Field

from flows._command import run
from promptpress.errors import SetupError, TransientError
from tasks import review
from tasks.load import deliver_audit_or_later
from tasks.report import new_owner, stopped
from tasks.stopping import stoppable

Approved = Annotated[
    tuple[int, ...],
    Field(description="numbers of posts that may go out", json_schema_extra={"position": 0}),
]
Rejected = Annotated[
    tuple[int, ...],
    Field(description="numbers of posts that may not", json_schema_extra={"position": 1}),
]
Reason = Annotated[
    str,
    Field(description="why they may not, for the record", json_schema_extra={"position": 2}),
]
Edits = Annotated[
    tuple[review.Edit, ...],
    Field(
        description="changes of posts that wait; they are made first",
        json_schema_extra={"position": 3},
    ),
]
Everything = Annotated[
    bool,
    Field(
        description="approve all that waits, seen or not, but for those rejected or edited here",
        json_schema_extra={"position": 4},
    ),
]
Limit = Annotated[
    int,
    Field(ge=1, le=100, description="posts shown at the most", json_schema_extra={"position": 5}),
]


@flow(name="review-posts")
@stoppable
async def review_posts(
    approve: Approved = (),
    reject: Rejected = (),
    reason: Reason = "",
    edits: Edits = (),
    approve_all: Everything = False,
    limit: Limit = 20,
) -> State[None]:
    """Show the posts that wait for a yes, and do what a person decides about them.

    Args:
        approve: numbers of posts that may go out.
        reject: numbers of posts that may not; their pictures are kept.
        reason: why they may not.
        edits: changes of posts that wait; they are made first.
        approve_all: approve all that waits, seen or not, but for those rejected or edited here.
        limit: posts shown at the most.
    """
    try:
        owner = new_owner()
        verdicts = [*review.edit(edits, owner), *review.reject(reject, reason, owner)]
        if approve_all:
            touched = {*reject, *(one.post for one in edits)}
            others = (post.id for post in review.find_waiting() if post.id not in touched)
            approve = (*approve, *others)
        verdicts += review.approve(approve, owner)
        waiting = review.find_waiting()
        await review.show_waiting(waiting, limit)
        deliver_audit_or_later()
    except (SetupError, TransientError) as error:
        return stopped(error)
    return review.report_review(verdicts, len(waiting))


if __name__ == "__main__":
    run(review_posts)
