"""What every adapter can do."""

from typing import Protocol, runtime_checkable


class Service(Protocol):
    """What every adapter can do."""

    @property
    def name(self) -> str:
        """The name by which settings, audit and messages call it."""

    def check(self) -> None:
        """Ask the service, at no cost, whether it would work.

        Raises:
            SetupError: it answers and refuses; the message says what to fix.
            TransientError: it does not answer.
        """


@runtime_checkable
class MigratingService(Service, Protocol):
    """A Service whose tables change with our versions."""

    def revision(self) -> tuple[str, str]:
        """Return the revision its tables are at, empty where there are none, and the one we need.

        Raises:
            SetupError: a newer version has changed them.
        """

    def migrate(self) -> None:
        """Bring the tables to the revision we need, also where that is left to a person."""
