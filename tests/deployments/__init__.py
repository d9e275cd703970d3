"""Tests: what Prefect needs that is not a flow, against a server with all its services."""
