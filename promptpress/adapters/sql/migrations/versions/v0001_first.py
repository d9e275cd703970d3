"""Posts, media, publications and audit events.

MySQL and MariaDB commit each CREATE by itself: whatever a killed starter left behind is taken up.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0001"
down_revision = None

_MYSQL = ("mysql", "mariadb")
_TEXT = sa.Text().with_variant(mysql.LONGTEXT(), *_MYSQL)
_MOMENT = (
    sa.DateTime(timezone=True)
    .with_variant(sa.Text(), "sqlite")
    .with_variant(mysql.DATETIME(fsp=6), *_MYSQL)
)
_CREATED = _MOMENT.with_variant(mysql.TIMESTAMP(), *_MYSQL)
_FLAG = sa.Boolean().with_variant(sa.Integer(), "sqlite")
_SEQUENCE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_OPTIONS: dict[str, Any] = {
    "if_not_exists": True,
    "sqlite_autoincrement": True,
    **{
        f"{name}_{option}": value
        for name in _MYSQL
        for option, value in (
            ("engine", "InnoDB"),
            ("charset", "utf8mb4"),
            ("collate", "utf8mb4_bin"),
        )
    },
}
_POST_STATES = (
    "state IN ('queued', 'generating', 'generated', 'review', 'ready', 'publishing', 'published', "
    "'failed', 'rejected', 'in_doubt', 'deleted')"
)
_PUBLICATION_STATES = "state IN ('pending', 'sending', 'sent', 'failed', 'in_doubt', 'missed')"
_ODD_DUE = (
    "due_at IS NOT NULL AND due_at NOT GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] "
    "[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]'"
)


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, _TEXT)


def _name(name: str, length: int = 190, default: str = "") -> sa.Column[Any]:
    value = sa.text(f"'{default}'")
    return sa.Column(name, sa.String(length), nullable=False, server_default=value)


def _count(name: str, kind: Any = sa.Integer) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False, server_default=sa.text("0"))


def _flag(name: str) -> sa.Column[Any]:
    return sa.Column(name, _FLAG, nullable=False, server_default=sa.false())


def _post() -> sa.Column[Any]:
    rule = sa.ForeignKey("posts.id", ondelete="CASCADE")
    return sa.Column("post_id", sa.Integer, rule, nullable=False)


def _index(name: str, table: str, columns: list[Any], **options: Any) -> None:
    there = {index["name"] for index in sa.inspect(op.get_bind()).get_indexes(table)}
    if name not in there:
        op.create_index(name, table, columns, **options)


def _create_posts() -> None:
    op.create_table(
        "posts",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("prompt", _TEXT, nullable=False),
        *map(_text, ("caption", "hashtags", "alt_text", "negative_prompt", "style")),
        *(sa.Column(name, sa.Integer) for name in ("width", "height", "num_images")),
        sa.Column("seed", sa.BigInteger),
        *map(_text, ("generator", "model", "channels", "kind")),
        sa.Column("due_at", _MOMENT),
        _count("priority"),
        sa.Column("key", sa.String(190)),
        _name("state", 20, "queued"),
        _flag("held"),
        _name("owner", 64),
        sa.Column("lease_until", _MOMENT),
        _count("attempts"),
        *map(_text, ("generating_by", "job")),
        _count("repeats"),
        _text("reason"),
        sa.Column("created_at", _CREATED, server_default=sa.text("CURRENT_TIMESTAMP")),
        sa.CheckConstraint(_POST_STATES, name="ck_posts_state"),
        **_OPTIONS,
    )
    filled = sa.text("key <> ''")
    _index(
        "uq_posts_key", "posts", ["key"], unique=True, sqlite_where=filled, postgresql_where=filled
    )
    order = ["state", "held", "due_at", sa.text("priority DESC"), "id"]
    _index("ix_posts_claim", "posts", order)
    _index("ix_posts_owner", "posts", ["owner"])
    if op.get_bind().dialect.name == "sqlite":
        _index("ix_posts_odd", "posts", ["state", "id"], sqlite_where=sa.text(_ODD_DUE))


def _create_media() -> None:
    op.create_table(
        "media",
        sa.Column("id", sa.Integer, primary_key=True),
        _post(),
        _count("position"),
        _name("sha256", 64),
        _name("format", 20),
        _count("width"),
        _count("height"),
        _count("size", sa.BigInteger),
        *map(_text, ("refs", "generator", "model", "seed")),
        sa.Column("cost", sa.Double),
        _text("source"),
        **_OPTIONS,
    )
    _index("ix_media_post", "media", ["post_id", "position"])


def _create_publications() -> None:
    op.create_table(
        "publications",
        sa.Column("id", sa.Integer, primary_key=True),
        _post(),
        _name("channel"),
        _name("state", 20, "pending"),
        _name("attempt", 64),
        _count("attempts"),
        *map(_text, ("handle", "external_id", "url", "reason")),
        sa.Column("sent_at", _MOMENT),
        sa.CheckConstraint(_PUBLICATION_STATES, name="ck_publications_state"),
        **_OPTIONS,
    )
    _index("uq_publications_channel", "publications", ["post_id", "channel"], unique=True)


def _create_audit_events() -> None:
    op.create_table(
        "audit_events",
        sa.Column("seq", _SEQUENCE, primary_key=True),
        _name("id", 64),
        sa.Column("at", _MOMENT, nullable=False),
        _text("run"),
        sa.Column("post_id", sa.Integer, nullable=False),
        *map(_text, ("action", "outcome", "service", "detail")),
        _flag("delivered"),
        **_OPTIONS,
    )
    _index("uq_audit_events_id", "audit_events", ["id"], unique=True)
    _index("ix_audit_events_post", "audit_events", ["post_id", "seq"])
    _index("ix_audit_events_delivered", "audit_events", ["delivered", "seq"])


def upgrade() -> None:
    """Create the tables, as far as they are not there."""
    _create_posts()
    _create_media()
    _create_publications()
    _create_audit_events()
