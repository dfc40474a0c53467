"""Alembic runs the revisions on the connection that `store/migration.py` hands over, in its transaction."""

from alembic import context

from colonnade.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=False
)
context.run_migrations()
