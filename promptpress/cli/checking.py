"""check: would every service work."""

from promptpress import wiring
from promptpress.cli.output import one_line, say
from promptpress.errors import PromptpressError, TransientError
from promptpress.ports import Service


def verdict_of(service: Service) -> tuple[bool, str]:
    """Ask one service; return whether it works, and what it says."""
    try:
        service.check()
    except TransientError as error:
        return False, f"offline: {one_line(error.message)}"
    except PromptpressError as error:
        return False, f"refused: {one_line(error.message)}"
    return True, "works"


def check() -> int:
    """Ask every configured service whether it would work.

    One line each: works, refused (and what to fix), or offline. Costs nothing.
    """
    all_work = True
    for service in wiring.services().everything():
        works, verdict = verdict_of(service)
        say(f"{service.name}: {verdict}")
        all_work = all_work and works
    return 0 if all_work else 1
