"""The database of a running workload is copied whole, at one moment, while others go on writing."""

from __future__ import annotations

from pathlib import Path

from sqlcipher3 import dbapi2

from colonnade.errors import SetupError
from colonnade.store.datakey import DATABASE_NAME, DataKey
from colonnade.store.durable import make_folder
from colonnade.store.engine import Store

_PAGES = 2000
"""Pages a step; between two steps others may write."""


def copy_database(store: Store, target: Path) -> dict[str, int]:
    """Copy the database to the file `target`, closed with the same key; the rows of each table in the copy.

    SQLite's own backup: a page that is written meanwhile is copied again.

    Raises:
        SetupError: the copy cannot be written, or it does not hold together.
    """
    make_folder(target.parent)
    try:
        target.touch(mode=0o600)
        copy = dbapi2.connect(str(target), isolation_level=None)
        try:
            _unlock(copy, store.key)
            with store.connection() as source:
                source.backup(copy, pages=_PAGES)
            return _rows(copy, target)
        finally:
            copy.close()
    except (dbapi2.Error, OSError) as error:
        raise SetupError(f"the database of {store.state} cannot be copied to {target}: {error}") from error


def rows_of(path: Path, key: DataKey) -> dict[str, int]:
    """Rows of each table of a database file that nobody writes to.

    Raises:
        SetupError: it does not open with this key, or it does not hold together.
    """
    try:
        connection = dbapi2.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
        try:
            _unlock(connection, key)
            return _rows(connection, path)
        finally:
            connection.close()
    except dbapi2.Error as error:
        raise SetupError(f"the database {path} cannot be read: {error}") from error


def database_of(state: Path) -> Path:
    """Where a state folder has its database."""
    return state / DATABASE_NAME


def _unlock(connection: dbapi2.Connection, key: DataKey) -> None:
    connection.execute(f"PRAGMA key = \"x'{key.subkey('database').hex()}'\"")


def _rows(connection: dbapi2.Connection, path: Path) -> dict[str, int]:
    found = connection.execute("PRAGMA quick_check(1)").fetchone()
    if found != ("ok",):
        raise SetupError(f"the database {path} does not hold together: {found[0] if found else 'no answer'}")
    names = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE TABLE%'"
    )
    tables = sorted(name for (name,) in names if not name.startswith("sqlite_"))
    return {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in tables}  # noqa: S608 - names from the file's own schema
