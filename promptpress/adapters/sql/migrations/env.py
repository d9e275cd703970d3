"""How Alembic meets the database: on the connection that migrate.py holds."""

from alembic import context

from promptpress.adapters.sql.tables import PostRow

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=PostRow.metadata)
# The transaction is migrate.py's, and so is its lock.
context.run_migrations()
