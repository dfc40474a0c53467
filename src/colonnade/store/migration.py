"""The schema of an opened store is the newest one; a store that already has it pays one query."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy

from colonnade.errors import SetupError
from colonnade.store.durable import locked

HEAD = "0004"
"""The newest revision of `migrations/versions`; a test holds it equal to Alembic's own opinion."""

_MIGRATIONS = Path(__file__).parent / "migrations"


def bring_to_head(engine: sqlalchemy.Engine, state: Path) -> None:
    """Migrate if needed; processes that start together wait for the first of them.

    Raises:
        SetupError: a newer Colonnade wrote the database.
    """
    # The lock also covers the very first connection, which creates the file and turns it to WAL.
    with locked(state / "migration.lock"):
        found = revision(engine)
        if found is not None and found > HEAD:
            raise SetupError(
                f"the store in {state} was written by a newer Colonnade (schema {found}, this one knows {HEAD}):"
                " install that version, or restore a backup made before the upgrade"
            )
        if found != HEAD:
            _upgrade(engine)


def revision(engine: sqlalchemy.Engine) -> str | None:
    """The schema revision in the database, None for an empty one."""
    with engine.connect() as connection:
        if not sqlalchemy.inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.scalar(sqlalchemy.text("SELECT version_num FROM alembic_version"))
        return found


def _upgrade(engine: sqlalchemy.Engine) -> None:
    from alembic import command  # noqa: PLC0415 - a quarter of a second that only a migration should cost
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    with engine.execution_options(immediate=True).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
