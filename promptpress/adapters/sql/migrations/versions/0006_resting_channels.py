"""One channel of a post rests by itself after an error; its other channels go on."""

import sqlalchemy as sa
from alembic import op

from promptpress.adapters.sql.tables import UtcTime

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the column, unless a migration that died half-way has: MySQL commits each change."""
    known = {column["name"] for column in sa.inspect(op.get_bind()).get_columns("publications")}
    if "rests_until" not in known:
        op.add_column("publications", sa.Column("rests_until", UtcTime))
