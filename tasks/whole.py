"""Whether the queue knows all that other audit logs know: one from a backup does not."""

import logging

from promptpress.errors import PromptpressError, SetupError
from promptpress.wiring import services

logger = logging.getLogger("promptpress")


def require_whole_queue() -> None:
    """Raise where another audit log knows of an event that the queue does not; asked once a run.

    Such a queue was restored from a backup: it would pay and send again what was done since. It is
    asked before posts are claimed, and before any event is delivered: the newest event of the other
    log would then be one that the queue knows. A log that does not answer tells nothing, and stops
    no run.

    Raises:
        SetupError: there is such an event.
    """
    services().once("whole", _look)


def _look() -> bool:
    chosen = services()
    for audit in chosen.audits:
        try:
            newest = audit.newest()
        except PromptpressError as error:
            logger.warning("whether the queue is whole is not known: %s", error)
            continue
        if newest is None or not chosen.queue.find((), 1):
            continue
        if newest.id not in {event.id for event in chosen.queue.history(newest.post_id)}:
            message = (
                f"another audit log knows of post {newest.post_id}, {newest.at:%Y-%m-%d %H:%M} "
                f"UTC, what the queue does not: was it restored from a backup? Then run `python -m "
                "promptpress restored --from` with the time of that backup, before anything else; "
                "if it is a new queue, name a new AUDIT_URL"
            )
            raise SetupError(message, "queue")
    return True
