"""What a column holds: types that take whatever a service said, and read whatever a person typed."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, String, Text
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.types import TypeDecorator, TypeEngine


def writable(text: str) -> str:
    """Return the text without what some database cannot keep: NUL and halves of surrogate pairs."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def canonical(moment: datetime) -> str:
    """Return the one spelling of a time that sorts as time does: 2026-11-21 09:00:00.000000 UTC."""
    naive = moment.astimezone(UTC).replace(tzinfo=None)
    return naive.isoformat(sep=" ", timespec="microseconds")


def as_moment(cell: object) -> datetime | None:
    """Return a cell as an aware time in UTC, or None where it is none; naive means UTC."""
    try:
        moment = cell if isinstance(cell, datetime) else datetime.fromisoformat(str(cell).strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


class LongText(TypeDecorator[str]):
    """Text of any length, 4-byte characters too."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """TEXT ends at 64 KB on MySQL and MariaDB; LONGTEXT at 4 GB."""
        long = dialect.name in ("mysql", "mariadb")
        return dialect.type_descriptor(mysql.LONGTEXT() if long else Text())

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002  SQLAlchemy's name
        """Take any text: a receipt must not be lost to a stray character in it."""
        return None if value is None else writable(str(value))


class Name(TypeDecorator[str]):
    """Short text that an index can hold."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002  SQLAlchemy's name
        """Take any text, as LongText does."""
        return None if value is None else writable(str(value))


class Moment(TypeDecorator[Any]):
    """A time; gives an aware datetime, or the bare text where somebody typed no time.

    SQLite keeps text: it has no type for times, and a text that is no time must not be lost.
    """

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Keep microseconds everywhere, and the zone where the database knows zones."""
        types: dict[str, TypeEngine[Any]] = {
            "postgresql": postgresql.TIMESTAMP(timezone=True),
            "sqlite": Text(),
        }
        return dialect.type_descriptor(types.get(dialect.name, mysql.DATETIME(fsp=6)))

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Write UTC; text that SQLite shall keep as it is stays as it is."""
        if not isinstance(value, datetime):
            return value
        if dialect.name == "postgresql":
            return value.astimezone(UTC)
        return canonical(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002  SQLAlchemy's name
        """Read UTC, or give what stands there."""
        return None if value is None else as_moment(value) or value
