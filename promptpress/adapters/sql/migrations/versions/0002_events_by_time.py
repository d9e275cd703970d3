"""Events are found by their time: what was made and spent today."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
NAME = "ix_audit_events_at"


def upgrade() -> None:
    """Add the index, unless a migration that died half-way has: MySQL commits each step."""
    known = {index["name"] for index in sa.inspect(op.get_bind()).get_indexes("audit_events")}
    if NAME not in known:
        op.create_index(NAME, "audit_events", ["at"])
