"""watch-queue: is there anything in the queue that only a person can mend?

    look → posts in doubt, posts long overdue, too few posts left → an event each, or a notice

With a Prefect server each becomes an event, and the automations that answer it tell a person, once
a day. Without one, or where no automation answers, this flow tells a person itself: once per run.
"""

from prefect import flow
from prefect.client.schemas.objects import State

from flows._command import run
from promptpress.errors import SetupError, TransientError
from tasks.report import nothing_to_do, stopped, told
from tasks.stopping import stoppable
from tasks.watch import announce, find_worries


@flow(name="watch-queue")
@stoppable
async def watch_queue() -> State[None]:
    """Look for posts in doubt, posts long overdue and an empty queue, and let a person know."""
    try:
        worries = find_worries()
        if not worries:
            return nothing_to_do("nothing in the queue needs a person")
        await announce(worries)
    except (SetupError, TransientError) as error:
        return stopped(error)
    return told(*(worry.title for worry in worries), name="NeedsYou")


if __name__ == "__main__":
    run(watch_queue)
