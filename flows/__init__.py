"""Flows: the story of the data, one file per flow."""
