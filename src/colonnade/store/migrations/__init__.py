"""Alembic's scripts: one file a revision of the schema."""
