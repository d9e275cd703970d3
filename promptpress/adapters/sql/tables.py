"""The tables: posts, media, publications and audit events.

`INSERT INTO posts (prompt) VALUES ('a lighthouse at dawn')` is a complete order: every other
column is nullable or has its default in the database. Times without a zone are in UTC; on MySQL
and MariaDB `created_at` is a TIMESTAMP, which keeps UTC whatever zone the typing session is in.
A change here needs a migration in `migrations/versions/`; a test compares the two.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    false,
    text,
)
from sqlalchemy.dialects import mysql
from sqlalchemy.sql.schema import SchemaItem
from sqlmodel import Field, SQLModel

from promptpress.adapters.sql.cells import LongText, Moment, Name
from promptpress.model import PostState, PublicationState

MAX_NAME = 190
"""Characters of a channel or key: what every version of InnoDB can index with 4-byte characters."""
ODD_DUE = (
    "due_at IS NOT NULL AND due_at NOT GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] "
    "[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]'"
)
"""SQLite only: a due time in another spelling than ours, which does not sort as time does."""
_MYSQL = {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}
# Names and keys are compared exactly, as the other databases do: hence the binary collation.
_MARIADB = {name.replace("mysql", "mariadb"): value for name, value in _MYSQL.items()}
_OPTIONS = {**_MYSQL, **_MARIADB, "sqlite_autoincrement": True}  # no id is ever given twice
_CREATED = Moment().with_variant(mysql.TIMESTAMP(), "mysql", "mariadb")
_FLAG = Boolean().with_variant(Integer(), "sqlite")  # SQLite's own Boolean raises on other cells
_SEQUENCE = BigInteger().with_variant(Integer(), "sqlite")  # only INTEGER counts by itself there


def _one_of(states: type[PostState] | type[PublicationState]) -> str:
    return f"state IN ({', '.join(repr(state.value) for state in states)})"


def _column(kind: Any, *rules: SchemaItem, **options: Any) -> Any:
    return Field(default=None, sa_column=Column(kind, *rules, **options))


def _text() -> Any:
    return _column(LongText)


def _name(length: int = MAX_NAME, default: str = "") -> Any:
    return _column(Name(length), nullable=False, server_default=text(f"'{default}'"))


def _count() -> Any:
    return _column(Integer, nullable=False, server_default=text("0"))


class _Base(SQLModel):
    metadata = MetaData()


class PostRow(_Base, table=True):
    """An order on its way."""

    __tablename__ = "posts"
    __table_args__ = (
        CheckConstraint(_one_of(PostState), name="ck_posts_state"),
        # `key` is unique where it is not empty; MySQL cannot say that: leave it NULL there.
        Index(
            "uq_posts_key",
            "key",
            unique=True,
            sqlite_where=text("key <> ''"),
            postgresql_where=text("key <> ''"),
        ),
        # The order of a claim, so that it reads no further than its limit.
        Index("ix_posts_claim", "state", "held", "due_at", text("priority DESC"), "id"),
        Index("ix_posts_owner", "owner"),
        Index("ix_posts_odd", "state", "id", sqlite_where=text(ODD_DUE)).ddl_if("sqlite"),
        _OPTIONS,
    )

    id: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True))
    prompt: str = Field(sa_column=Column(LongText, nullable=False))
    caption: str | None = _text()
    hashtags: str | None = _text()
    alt_text: str | None = _text()
    negative_prompt: str | None = _text()
    style: str | None = _text()
    width: int | None = _column(Integer)
    height: int | None = _column(Integer)
    num_images: int | None = _column(Integer)
    seed: int | None = _column(BigInteger)
    generator: str | None = _text()
    model: str | None = _text()
    channels: str | None = _text()
    kind: str | None = _text()
    due_at: Any = _column(Moment)
    priority: int = _count()
    key: str | None = _column(Name(MAX_NAME))
    state: str = _name(20, PostState.QUEUED)
    held: bool = _column(_FLAG, nullable=False, server_default=false())
    owner: str = _name(64)
    lease_until: Any = _column(Moment)
    attempts: int = _count()
    generating_by: str | None = _text()
    job: str | None = _text()
    repeats: int = _count()
    reason: str | None = _text()
    created_at: Any = _column(_CREATED, server_default=text("CURRENT_TIMESTAMP"))


def _post() -> Any:
    """Deleting a row of posts takes its pictures and publications along, but no audit event."""
    rule = ForeignKey("posts.id", name=None, ondelete="CASCADE")
    return Column(Integer, rule, nullable=False)


class MediaRow(_Base, table=True):
    """One picture of a post."""

    __tablename__ = "media"
    __table_args__ = (Index("ix_media_post", "post_id", "position"), _OPTIONS)

    id: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True))
    post_id: int = Field(sa_column=_post())
    position: int = _count()
    sha256: str = _name(64)
    format: str = _name(20)
    width: int = _count()
    height: int = _count()
    size: int = _column(BigInteger, nullable=False, server_default=text("0"))
    refs: str | None = _text()
    generator: str | None = _text()
    model: str | None = _text()
    seed: str | None = _text()
    """As text: services count beyond 63 bits."""
    cost: float | None = _column(Double)
    source: str | None = _text()


class PublicationRow(_Base, table=True):
    """One post on its way to one channel."""

    __tablename__ = "publications"
    __table_args__ = (
        CheckConstraint(_one_of(PublicationState), name="ck_publications_state"),
        Index("uq_publications_channel", "post_id", "channel", unique=True),
        _OPTIONS,
    )

    id: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True))
    post_id: int = Field(sa_column=_post())
    channel: str = _name()
    state: str = _name(20, PublicationState.PENDING)
    attempt: str = _name(64)
    attempts: int = _count()
    handle: str | None = _text()
    external_id: str | None = _text()
    url: str | None = _text()
    reason: str | None = _text()
    sent_at: Any = _column(Moment)


class EventRow(_Base, table=True):
    """One entry of the audit log; it outlives its post."""

    __tablename__ = "audit_events"
    __table_args__ = (
        Index("uq_audit_events_id", "id", unique=True),
        Index("ix_audit_events_post", "post_id", "seq"),
        Index("ix_audit_events_delivered", "delivered", "seq"),
        _OPTIONS,
    )

    seq: int | None = Field(default=None, sa_column=Column(_SEQUENCE, primary_key=True))
    """The order of writing; times may be equal."""
    id: str = _name(64)
    at: Any = _column(Moment, nullable=False)
    run: str | None = _text()
    post_id: int = _column(Integer, nullable=False)
    action: str | None = _text()
    outcome: str | None = _text()
    service: str | None = _text()
    detail: str | None = _text()
    delivered: bool = _column(_FLAG, nullable=False, server_default=false())
    """True once every other audit log has it."""


metadata = _Base.metadata
posts: Table = metadata.tables["posts"]
media: Table = metadata.tables["media"]
publications: Table = metadata.tables["publications"]
events: Table = metadata.tables["audit_events"]
