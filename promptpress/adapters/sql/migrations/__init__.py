"""Migrations of the database, run by `promptpress.adapters.sql.migrate`."""
