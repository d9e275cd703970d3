"""Pictures are found by their content: whether another post has the same."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
NAME = "ix_media_sha256"


def upgrade() -> None:
    """Add the index, unless a migration that died half-way has: MySQL commits each step."""
    known = {index["name"] for index in sa.inspect(op.get_bind()).get_indexes("media")}
    if NAME not in known:
        op.create_index(NAME, "media", ["sha256"])
