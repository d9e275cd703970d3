"""The queue, and every service that the settings name."""

from collections.abc import Iterator

from deployments.preflight.line import Line, bad, clock_line, good, warning
from promptpress.cli.checking import verdict_of
from promptpress.errors import PromptpressError
from promptpress.ports import Service
from promptpress.settings import Settings
from promptpress.wiring import Services
from promptpress.wiring.queues import standing


def look_at_services(settings: Settings) -> Iterator[Line]:
    """Look what the settings lack, how the queue stands, and what every service says."""
    try:
        queue, *others = Services(settings).everything()
    except PromptpressError as error:
        for problem in error.message.split("; "):
            yield bad("settings", f"{problem}: set it here, in .env or in a Secret block")
        return
    yield good("settings", "nothing is missing")
    yield from _look_at_queue(settings, queue)
    for service in others:
        yield _ask(service)
    if not settings.notify_urls:
        yield warning("notices", "they go into the log only: set NOTIFY_URLS to be told")


def _ask(service: Service) -> Line:
    works, said = verdict_of(service)
    return good(service.name, said) if works else bad(service.name, said)


def _look_at_queue(settings: Settings, queue: Service) -> Iterator[Line]:
    """Look at the queue's revision and clock, and ask it if that changes nothing.

    Whoever uses an older queue may migrate it, under workers that are still at work.
    """
    try:
        found = standing(settings)
    except PromptpressError as error:
        yield bad(queue.name, error.message)
        return
    if found is None:
        yield _ask(queue)
        return
    at = f"at revision {found.revision}, {found.needed} is needed here"
    if found.is_newer:
        yield bad(queue.name, f"{at}: a newer Promptpress has used it; update this one")
    elif not found.revision:
        yield good(queue.name, "it has no tables yet: whoever uses it first makes them")
    elif found.revision != found.needed:
        yield bad(queue.name, f"{at}: python -m promptpress migrate")
    else:
        yield _ask(queue)
    if not settings.queue.startswith("sqlite"):
        yield clock_line("clock of the queue", found.ahead)
