"""How far a thing is that was ordered, and what providers' answers have in common. Pure."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from promptpress.adapters._bodies import is_address


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How far it is: here, somewhere, still in work, or failed. All blank: none of it."""

    content: bytes = field(default=b"", repr=False)
    url: str = ""
    """Where it lies."""
    poll: str = ""
    """Where below the provider's part of the router to ask for it."""
    failure: str = ""
    """Why there will be none, in the provider's words."""
    seed: int | None = None
    unsafe: bool = False

    @property
    def is_blank(self) -> bool:
        """True when it says nothing of what was ordered."""
        return not (self.content or self.url or self.poll or self.failure)


def dig(value: Any, *path: str | int) -> Any:
    """Return what lies at the path in a value of JSON, or None."""
    for key in path:
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def read_text(value: Any) -> str:
    """Return a text, or an empty one for anything else."""
    return value if isinstance(value, str) else ""


def read_address(value: Any) -> str:
    """Return an address that something can be fetched from, or an empty text."""
    return value if is_address(value) else ""


def read_seed(value: Any) -> int | None:
    """Return a seed, or None for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def read_path(value: Any) -> str:
    """Return the path of an address, or an empty text."""
    try:
        # The address names the provider's own host; asked is the router, by the same path.
        path = urlsplit(read_text(value)).path
    except ValueError:
        return ""
    return path if path.startswith("/") else ""


def number_path(path: str, number: Any) -> str:
    """Return the path followed by the number of a job, or an empty text without one."""
    return path + quote(read_text(number), safe="") if read_text(number) else ""


def give_up(words: Any) -> Outcome:
    """Return that nothing will come, in the provider's words."""
    return Outcome(failure=read_text(words) or "the provider gives no reason")


def finish(outcome: Outcome) -> Outcome:
    """Return the outcome of a finished job, which is a failure where it has no address."""
    return outcome if outcome.url else Outcome(failure="the provider is done with nothing made")
