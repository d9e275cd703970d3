"""slots: when the channels publish next."""

from typing import Annotated

from cyclopts import Parameter, validators

from promptpress import wiring
from promptpress.cli.output import complain, say, say_table
from promptpress.errors import SetupError
from promptpress.slots import next_moments

_Count = Annotated[int, Parameter(validator=validators.Number(gte=1, lte=1000))]


def slots(*channels: str, count: _Count = 10) -> int:
    """Show when each channel publishes next, on its own clock and in UTC.

    Args:
        channels: Names of channels; all that are set up when not given.
        count: How many moments of each, 10 when not given.
    """
    services = wiring.services()
    names = channels or tuple(services.publishers)
    rows: list[tuple[str, str, str]] = []
    code = 0
    for name in names:
        try:
            hours = services.hours(name)
        except SetupError as error:
            complain(f"{name}: {error.message}")
            code = 1
            continue
        moments = next_moments(hours, name, services.now(), count)
        rows += [(name, str(one), f"{one.instant:%Y-%m-%d %H:%M}") for one in moments]
        if not moments:
            rows.append((name, "always open", ""))
    if rows:
        say_table(("channel", "next", "UTC"), rows)
    else:
        say("no channel has slots")
    return code
