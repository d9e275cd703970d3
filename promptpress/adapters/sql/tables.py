"""The tables of the SQL queue: SQLite, PostgreSQL, MySQL and MariaDB.

Every column but the prompt may be left out of a hand-written INSERT: it is nullable or has a
default in the database. Times are UTC.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    DateTime,
    Dialect,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.mysql import DATETIME, LONGTEXT, VARCHAR
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlmodel import Field, SQLModel


class UtcTime(TypeDecorator[datetime]):
    """An aware time in UTC, in a column that sorts: text in SQLite, native elsewhere."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the type that a database uses."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(Text())
        if dialect.name in ("mysql", "mariadb"):
            return dialect.type_descriptor(DATETIME(fsp=6))
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Return the value as the database takes it."""
        if value is None or dialect.name == "postgresql":
            return value
        naive = value.astimezone(UTC).replace(tzinfo=None)
        return naive.isoformat(" ", "microseconds") if dialect.name == "sqlite" else naive

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002  SQLAlchemy's
        """Return an aware time, or what a person typed where it is none: orders.py tells them."""
        if isinstance(value, str):
            try:
                value = datetime.fromisoformat(value)
            except ValueError:
                return value
        if isinstance(value, datetime):
            return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return value


LONG = Text().with_variant(LONGTEXT, "mysql", "mariadb")
"""Text of any length: MySQL's own TEXT ends at 65,535 bytes."""
KEY = String(64).with_variant(VARCHAR(64, collation="utf8mb4_bin"), "mysql", "mariadb")
"""A text compared as it is written: to MySQL's own collation all emoji are the same."""
ID = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only in a column of type INTEGER."""
OPTIONS = {
    "sqlite_autoincrement": True,  # no id is ever given twice
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mariadb_engine": "InnoDB",
    "mariadb_charset": "utf8mb4",
}
"""Every character can be kept, and transactions work, whatever the server's own defaults are."""


def _long() -> Any:
    # In parentheses, because MySQL takes a default of TEXT as an expression only.
    return Field("", sa_type=LONG, sa_column_kwargs={"server_default": text("('')")})


def _name(length: int = 80, default: str = "") -> Any:
    return Field(
        default, max_length=length, sa_column_kwargs={"server_default": text(f"'{default}'")}
    )


def _number(default: int = 0) -> Any:
    return Field(default, sa_column_kwargs={"server_default": text(str(default))})


def _time() -> Any:
    return Field(None, sa_type=UtcTime, nullable=True)


def _id(**more: Any) -> Any:
    return Field(None, sa_type=ID, **more)


class PostRow(SQLModel, table=True):
    """A post: what was asked for, how far it is, who works on it."""

    __tablename__ = "posts"
    __table_args__ = (
        Index("ix_posts_claim", "state", "held", "due_at", text("priority DESC"), "id"),
        Index("ix_posts_owner", "owner"),
        OPTIONS,
    )

    id: int | None = _id(primary_key=True)
    prompt: str = Field(sa_type=LONG)
    caption: str = _long()
    hashtags: str = _long()
    alt_text: str = _long()
    negative_prompt: str = _long()
    style: str = _long()
    width: int | None = None
    height: int | None = None
    num_images: int | None = None
    seed: int | None = Field(None, sa_type=BigInteger)
    generator: str = _name()
    model: str = _name(200)
    channels: str = _long()
    kind: str = _name(20, "photo")
    due_at: datetime | None = _time()
    local_time: str = _name(40)
    zone: str = _name()
    media_links: str = _long()
    link: str = _long()
    location: str = _name()
    user_tags: str = _long()
    article: str = _long()
    priority: int = _number()
    order_key: str | None = Field(None, sa_type=KEY, unique=True)
    state: str = _name(20, "queued")
    held: bool = Field(False, sa_column_kwargs={"server_default": text("false")})
    owner: str = _name(120)
    lease_until: datetime | None = _time()
    attempts: int = _number()
    generating_by: str = _name()
    job: str = _long()
    repeats: int = _number()
    reason: str = _long()
    created_at: datetime | None = _time()


class MediaRow(SQLModel, table=True):
    """A picture of a post; gone with the row of its post."""

    __tablename__ = "media"
    __table_args__ = (
        UniqueConstraint("post_id", "position", name="uq_media_post_position"),
        Index("ix_media_sha256", "sha256"),
        OPTIONS,
    )

    id: int | None = _id(primary_key=True)
    post_id: int = _id(foreign_key="posts.id", ondelete="CASCADE", nullable=False)
    position: int = _number()
    sha256: str = _name(64)
    format: str = _name(20)
    width: int = _number()
    height: int = _number()
    size: int = _number()
    refs: str = _long()
    generator: str = _name()
    model: str = _long()
    seed: str = _name(40)
    cost: float | None = None
    source: str = _name()


class PublicationRow(SQLModel, table=True):
    """A post on its way to a channel; gone with the row of its post."""

    __tablename__ = "publications"
    __table_args__ = (
        UniqueConstraint("post_id", "channel", name="uq_publications_post_channel"),
        OPTIONS,
    )

    id: int | None = _id(primary_key=True)
    post_id: int = _id(foreign_key="posts.id", ondelete="CASCADE", nullable=False)
    channel: str = _name()
    state: str = _name(20, "pending")
    attempt: str = _name(64)
    attempts: int = _number()
    handle: str = _long()
    external_id: str = _long()
    url: str = _long()
    reason: str = _long()
    sent_at: datetime | None = _time()
    rests_until: datetime | None = _time()


class AuditRow(SQLModel, table=True):
    """An event; it outlives the row of its post."""

    __tablename__ = "audit_events"
    __table_args__ = (
        Index("ix_audit_events_post", "post_id", "seq"),
        Index("ix_audit_events_delivered", "delivered", "seq"),
        Index("ix_audit_events_at", "at"),
        OPTIONS,
    )

    seq: int | None = _id(primary_key=True)
    id: str = Field(sa_type=KEY, unique=True)
    at: datetime = Field(sa_type=UtcTime)
    run: str = _name(120)
    post_id: int = _id(nullable=False)
    action: str = _name(40)
    outcome: str = _name(40)
    service: str = _name()
    detail: str = _long()
    delivered: bool = Field(True, sa_column_kwargs={"server_default": text("true")})


_TABLES = SQLModel.metadata.tables
POSTS = _TABLES["posts"]
MEDIA = _TABLES["media"]
PUBLICATIONS = _TABLES["publications"]
EVENTS = _TABLES["audit_events"]
