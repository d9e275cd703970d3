"""Posts, media, publications, audit events."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from promptpress.adapters.sql.tables import ID, KEY, LONG, OPTIONS, UtcTime

revision = "0001"
down_revision = None

# SQLite takes any text for a time; what would never sort into its place is refused when typed.
SQLITE_TIME = (
    "due_at IS NULL OR due_at = '' OR (datetime(due_at) IS NOT NULL "
    "AND due_at NOT GLOB '*[TtZz+]*' AND substr(due_at, 11, 1) IN ('', ' ') "
    "AND substr(due_at, 12) NOT GLOB '*-*')"
)


def _long(name: str) -> sa.Column[Any]:
    return sa.Column(name, LONG, server_default=sa.text("('')"), nullable=False)


def _name(name: str, length: int = 80, default: str = "") -> sa.Column[Any]:
    default_text = sa.text(f"'{default}'")
    return sa.Column(name, sa.String(length), server_default=default_text, nullable=False)


def _number(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer, server_default=sa.text("0"), nullable=False)


def _now() -> Any:
    """Return the default that means now, in UTC whatever the session's time zone."""
    name = op.get_bind().dialect.name
    return sa.text("(UTC_TIMESTAMP(6))" if name in ("mysql", "mariadb") else "CURRENT_TIMESTAMP")


def _create_index(name: str, table: str, columns: list[Any]) -> None:
    """Create an index unless a migration that died half-way has made it: MySQL commits each."""
    if name not in {index["name"] for index in sa.inspect(op.get_bind()).get_indexes(table)}:
        op.create_index(name, table, columns)


def _posts() -> None:
    checks = []
    if op.get_bind().dialect.name == "sqlite":
        checks.append(sa.CheckConstraint(SQLITE_TIME, name="ck_posts_due_at"))
        checks.append(sa.CheckConstraint("held IN (0, 1)", name="ck_posts_held"))
    if op.get_bind().dialect.name == "postgresql":
        checks.append(sa.CheckConstraint("isfinite(due_at)", name="ck_posts_due_at"))
    op.create_table(
        "posts",
        sa.Column("id", ID, primary_key=True, autoincrement=True),
        sa.Column("prompt", LONG, nullable=False),
        _long("caption"),
        _long("hashtags"),
        _long("alt_text"),
        _long("negative_prompt"),
        _long("style"),
        sa.Column("width", sa.Integer),
        sa.Column("height", sa.Integer),
        sa.Column("num_images", sa.Integer),
        sa.Column("seed", sa.BigInteger),
        _name("generator"),
        _name("model", 200),
        _long("channels"),
        _name("kind", 20, "photo"),
        sa.Column("due_at", UtcTime),
        _number("priority"),
        sa.Column("order_key", KEY, unique=True),
        _name("state", 20, "queued"),
        sa.Column("held", sa.Boolean, server_default=sa.text("false"), nullable=False),
        _name("owner", 120),
        sa.Column("lease_until", UtcTime),
        _number("attempts"),
        _name("generating_by"),
        _long("job"),
        _number("repeats"),
        _long("reason"),
        sa.Column("created_at", UtcTime, server_default=_now()),
        *checks,
        if_not_exists=True,
        **OPTIONS,
    )
    columns: list[Any] = ["state", "held", "due_at", sa.text("priority DESC"), "id"]
    _create_index("ix_posts_claim", "posts", columns)
    _create_index("ix_posts_owner", "posts", ["owner"])


def _media() -> None:
    op.create_table(
        "media",
        sa.Column("id", ID, primary_key=True, autoincrement=True),
        sa.Column("post_id", ID, sa.ForeignKey("posts.id", ondelete="CASCADE"), nullable=False),
        _number("position"),
        _name("sha256", 64),
        _name("format", 20),
        _number("width"),
        _number("height"),
        _number("size"),
        _long("refs"),
        _name("generator"),
        _long("model"),
        _name("seed", 40),
        sa.Column("cost", sa.Float),
        _name("source"),
        sa.UniqueConstraint("post_id", "position", name="uq_media_post_position"),
        if_not_exists=True,
        **OPTIONS,
    )


def _publications() -> None:
    op.create_table(
        "publications",
        sa.Column("id", ID, primary_key=True, autoincrement=True),
        sa.Column("post_id", ID, sa.ForeignKey("posts.id", ondelete="CASCADE"), nullable=False),
        _name("channel"),
        _name("state", 20, "pending"),
        _name("attempt", 64),
        _number("attempts"),
        _long("handle"),
        _long("external_id"),
        _long("url"),
        _long("reason"),
        sa.Column("sent_at", UtcTime),
        sa.UniqueConstraint("post_id", "channel", name="uq_publications_post_channel"),
        if_not_exists=True,
        **OPTIONS,
    )


def _audit_events() -> None:
    op.create_table(
        "audit_events",
        sa.Column("seq", ID, primary_key=True, autoincrement=True),
        sa.Column("id", KEY, nullable=False, unique=True),
        sa.Column("at", UtcTime, nullable=False),
        _name("run", 120),
        sa.Column("post_id", ID, nullable=False),
        _name("action", 40),
        _name("outcome", 40),
        _name("service"),
        _long("detail"),
        sa.Column("delivered", sa.Boolean, server_default=sa.text("true"), nullable=False),
        if_not_exists=True,
        **OPTIONS,
    )
    _create_index("ix_audit_events_post", "audit_events", ["post_id", "seq"])
    _create_index("ix_audit_events_delivered", "audit_events", ["delivered", "seq"])


def upgrade() -> None:
    """Make the tables of the first release."""
    _posts()
    _media()
    _publications()
    _audit_events()
