"""A whole fleet: Prefect on PostgreSQL and Redis, three workers, and whoever kills them."""
