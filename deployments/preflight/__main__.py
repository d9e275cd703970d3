"""python -m deployments.preflight: the command."""

import sys
from collections.abc import Iterator

from deployments.prefect_server import connected
from deployments.preflight.deployed import (
    look_at_automations,
    look_at_deployed,
    look_at_limits,
)
from deployments.preflight.disks import look_at_disks
from deployments.preflight.line import Grade, Line, bad
from deployments.preflight.machine import look_at_machine
from deployments.preflight.server import look_at_server
from deployments.preflight.services import look_at_services
from promptpress.errors import PromptpressError
from promptpress.settings import Settings, load_settings


def look() -> Iterator[Line]:
    """Look at everything; what depends on something that is not there is left out."""
    settings: Settings | None = None
    try:
        settings = load_settings()
    except PromptpressError as error:
        yield bad("settings", error.message)
    yield from look_at_machine(settings.data_dir if settings else Settings().data_dir)
    try:
        with connected() as client:
            yield from look_at_server(client)
            yield from look_at_deployed(client)
            if settings:
                yield from look_at_disks(client, settings)
                yield from look_at_limits(client, settings)
            yield from look_at_automations(client)
    except PromptpressError as error:
        yield bad("Prefect's server", error.message)
    if settings:
        yield from look_at_services(settings)


def main() -> int:
    """Say how everything is, a line each; return the exit code."""
    grades: list[Grade] = []
    for line in look():
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
        grades.append(line.grade)
    number, warnings = grades.count(Grade.BAD), grades.count(Grade.WARNING)
    sys.stdout.write(f"\n{number} in the way, {warnings} to look at, {len(grades)} looked at.\n")
    return 1 if number else 0


if __name__ == "__main__":
    sys.exit(main())
