"""The text of an article, as far as it is written."""

import sqlalchemy as sa
from alembic import op

from promptpress.adapters.sql.tables import LONG

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the column, unless a migration that died half-way has: MySQL commits each change."""
    known = {column["name"] for column in sa.inspect(op.get_bind()).get_columns("posts")}
    if "article" not in known:
        # In parentheses, because MySQL takes a default of TEXT as an expression only; SQLite takes
        # none of those in a new column.
        default = "''" if op.get_bind().dialect.name == "sqlite" else "('')"
        column = sa.Column("article", LONG, server_default=sa.text(default), nullable=False)
        op.add_column("posts", column)
