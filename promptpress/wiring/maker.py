"""What a line of the tables says: how one adapter is made, and what it cannot do without."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from promptpress.settings import Settings


def now() -> datetime:
    """Return the time, aware and in UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """Return an id that nobody else has: 32 hexadecimal digits."""
    return uuid.uuid4().hex


@dataclass(frozen=True)
class Maker:
    """How one kind of adapter is made."""

    make: Callable[[Settings], Any]
    needs: tuple[str, ...] = ()
    """Settings it cannot do without, in capitals."""
    instead: tuple[str, ...] = ()
    """Settings with which it works without the others, if it is named: a server of one's own."""
    makes_videos: bool = False
    """True for a generator whose answer is a video, so that only reels can be asked of it."""
