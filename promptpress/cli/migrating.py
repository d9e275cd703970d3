"""migrate: bring the tables of a database up to date, before the workers."""

from promptpress import wiring
from promptpress.cli.output import say
from promptpress.ports import MigratingService


def migrate(*, check: bool = False) -> int:
    """Bring the tables of the queue and of the audit logs up to date, and say from what to what.

    Harmless where nothing is to be done, and where several do it at once. A queue of a newer
    version is refused.

    Args:
        check: Change nothing; exit with 1 where something is to be done.
    """
    services = wiring.services()
    all_current = True
    for place in (services.queue, *services.audits):
        if not isinstance(place, MigratingService):
            say(f"{place.name}: has no tables")
            continue
        found, needed = place.revision()
        if found == needed:
            say(f"{place.name}: {needed}, up to date")
            continue
        if not check:
            place.migrate()
        say(f"{place.name}: {found or 'empty'} → {needed}{' is to be done' if check else ''}")
        all_current = all_current and not check
    return 0 if all_current else 1
