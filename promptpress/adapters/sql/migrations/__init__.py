"""Migrations: run by migrate.py, one file per revision."""
