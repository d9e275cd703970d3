"""Tasks: one Prefect task is one policy and one call of a port."""
