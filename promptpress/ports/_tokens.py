"""Tokens that die unless they are renewed, and where they are kept."""

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol


@dataclass(frozen=True)
class Token:
    """A right to act for an account until it ends."""

    value: str = field(repr=False)
    expires_at: datetime | None
    """None: nobody has said."""
    issued_at: datetime
    """When it was given, or first seen where that is not known."""


class TokenStore(Protocol):
    """Keeps tokens where they survive the process, and where only we can read them."""

    def get(self, name: str) -> Token | None:
        """Return the token that was put last under a name.

        Raises:
            SetupError: the store cannot be used, or others can read it.
            TransientError: it does not answer.
        """

    def put(self, name: str, token: Token) -> None:
        """Keep a token in place of the one before; it is durable when this returns.

        A put that is killed leaves the one before or the new one, whole. Errors as in `get`.
        """

    def lock(self, name: str) -> AbstractContextManager[None]:
        """Hold a name alone among all that use the store; `get` and `put` need no lock.

        Raises:
            TransientError: somebody else holds it for too long.
        """


@dataclass(frozen=True, kw_only=True)
class Renewal:
    """What came of looking after a token."""

    outcome: Literal["renewed", "not due", "too young"]
    """too young: the service renews no token on its first day, and this one may be in it."""
    expires_at: datetime | None
    """Of the token that is now in use; None: nobody has said."""


class TokenKeeper(Protocol):
    """Looks after the token of one account."""

    name: str
    """Of the channel."""

    def current(self, now: datetime) -> str:
        """Return the token to use.

        Raises:
            MissingSetting: there is none.
        """

    def expires_at(self, now: datetime) -> datetime | None:
        """Return when that token ends; None where nobody has said. Errors as in `current`."""

    def renew(self, now: datetime) -> Renewal:
        """Renew the token if it is time; harmless to repeat, and at any number of places at once.

        Raises:
            TransientError: not now; the token that is in use stays as good as it was.
            BadCredentials: it is dead: only a person can give a new one.
            SetupError: it cannot be renewed like this.
        """

    def warn(self, now: datetime) -> str:
        """Return what a person should know about its coming end, or an empty string."""
