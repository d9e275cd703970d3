"""What Prefect needs that is not a flow."""
