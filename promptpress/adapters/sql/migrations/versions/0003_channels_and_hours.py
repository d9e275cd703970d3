"""What a post may say of its time, its own media, and what channels show beside it."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from promptpress.adapters.sql.tables import LONG

revision = "0003"
down_revision = "0002"
NAMES = {"local_time": 40, "zone": 80, "location": 80}
"""Columns of short texts, and how long they may be."""
TEXTS = ("media_links", "link", "user_tags")


def _columns() -> list[sa.Column[Any]]:
    def column(name: str, kind: Any, default: str) -> sa.Column[Any]:
        return sa.Column(name, kind, server_default=sa.text(default), nullable=False)

    short = [column(name, sa.String(length), "''") for name, length in NAMES.items()]
    # In parentheses, because MySQL takes a default of TEXT as an expression only; SQLite takes
    # none of those in a new column.
    default = "''" if op.get_bind().dialect.name == "sqlite" else "('')"
    return short + [column(name, LONG, default) for name in TEXTS]


def upgrade() -> None:
    """Add the columns, but for those of a migration that died half-way: MySQL commits each."""
    known = {column["name"] for column in sa.inspect(op.get_bind()).get_columns("posts")}
    for column in _columns():
        if column.name not in known:
            op.add_column("posts", column)
