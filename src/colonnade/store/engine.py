"""The encrypted database of a state folder: opened with the data key, at the newest schema, ready for vectors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy.pool import QueuePool
from sqlcipher3 import dbapi2

from colonnade.errors import KeyUnusable, SetupError
from colonnade.store.custody import Custody, custody_of
from colonnade.store.datakey import DATABASE_NAME, DataKey, Purpose, unlock
from colonnade.store.durable import make_folder
from colonnade.store.migration import bring_to_head

BUSY_TIMEOUT_S = 30


@dataclass(frozen=True, slots=True)
class Store:
    """An open store. `state` is its folder; close it when done."""

    state: Path
    engine: sqlalchemy.Engine
    key: DataKey

    def subkey(self, purpose: Purpose, salt: bytes | None = None) -> bytes:
        """32 bytes for one purpose, derived from the data key."""
        return self.key.subkey(purpose, salt)

    @contextmanager
    def reading(self, *, tolerant: bool = False) -> Iterator[sqlalchemy.Connection]:
        """One consistent view of the database; SetupError when it cannot be read.

        `tolerant` reads text that is no UTF-8 with escapes, for those who look for what was tampered with.
        """
        try:
            with self.engine.connect() as connection:
                if tolerant:
                    _read_any_text(connection)
                yield connection
        except sqlalchemy.exc.DatabaseError as error:
            raise SetupError(_sentence(self.state / DATABASE_NAME, error.orig)) from error

    @contextmanager
    def writing(self) -> Iterator[sqlalchemy.Connection]:
        """One transaction that writes alone from its first statement; SetupError when it cannot be kept."""
        try:
            with self.engine.execution_options(immediate=True).begin() as connection:
                yield connection
        except sqlalchemy.exc.DatabaseError as error:
            raise SetupError(_sentence(self.state / DATABASE_NAME, error.orig)) from error

    @contextmanager
    def connection(self) -> Iterator[Any]:
        """A raw sqlcipher3 connection (autocommit; sqlite-vec loaded), for SQL that only SQLite knows."""
        connection = _connect(self.state / DATABASE_NAME, self.key)
        try:
            yield connection
        finally:
            connection.close()

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def open_store(state: Path, custody: Custody | None = None) -> Store:
    """Open the store of a state folder and create what is missing.

    Args:
        state: the folder, e.g. `.colonnade`.
        custody: where the key comes from; `custody_of(state)` if not given.

    Raises:
        KeyUnusable: the key is wrong, lost or damaged.
        SetupError: the folder cannot be written, or a newer Colonnade wrote the database.
    """
    make_folder(state)
    key = unlock(state, custody or custody_of(state))
    engine = _engine(state / DATABASE_NAME, key)
    try:
        bring_to_head(engine, state)
    except BaseException:
        engine.dispose()
        raise
    return Store(state, engine, key)


def _engine(path: Path, key: DataKey) -> sqlalchemy.Engine:
    engine = sqlalchemy.create_engine(
        "sqlite://", module=dbapi2, creator=lambda: _connect(path, key), poolclass=QueuePool, pool_size=8
    )
    sqlalchemy.event.listen(engine, "begin", _begin)
    return engine


def _read_any_text(connection: sqlalchemy.Connection) -> None:
    driver: Any = connection.connection.driver_connection
    driver.text_factory = lambda raw: raw.decode("utf-8", "backslashreplace")
    connection.detach()  # the setting must not come back with the pooled connection


def _begin(connection: sqlalchemy.Connection) -> None:
    """The driver begins nothing by itself (`isolation_level=None`): writers take the lock at once."""
    immediate = connection.get_execution_options().get("immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def _connect(path: Path, key: DataKey) -> Any:
    try:
        path.touch(mode=0o600)
        connection = dbapi2.connect(
            str(path), timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
        )
    except (dbapi2.Error, OSError) as error:
        raise SetupError(_sentence(path, error)) from error
    try:
        _prepare(connection, key)
    except dbapi2.DatabaseError as error:
        connection.close()
        raise _unreadable(path, error) from error
    return connection


def _prepare(connection: Any, key: DataKey) -> None:
    connection.execute(f"PRAGMA key = \"x'{key.subkey('database').hex()}'\"")
    connection.execute("PRAGMA journal_mode = WAL")
    # A batch is one commit, written off the event loop; only FULL keeps it when the host loses power,
    # and the spool it came from is deleted on the strength of it.
    connection.execute("PRAGMA synchronous = FULL")
    # Pages are encrypted whenever they are written: fewer, larger checkpoints write a hot page once instead of often.
    connection.execute("PRAGMA wal_autocheckpoint = 8000")
    connection.execute("PRAGMA cache_size = -16000")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA secure_delete = ON")
    connection.enable_load_extension(True)
    connection.load_extension(_vectors())
    connection.enable_load_extension(False)


@cache
def _vectors() -> str:
    """The extension sqlite-vec. Importing its package would load numpy: 12 MB and 0.1 s in every process."""
    package = find_spec("sqlite_vec")
    assert package is not None, "sqlite-vec is a dependency"
    assert package.origin is not None, "it is a package with a file of its own"
    return str(Path(package.origin).with_name("vec0"))


def _unreadable(path: Path, error: Exception) -> KeyUnusable | SetupError:
    if "not a database" in str(error):
        return KeyUnusable(
            f"{path} does not open with the data key beside it: both must come from the same backup,"
            " or the file is damaged"
        )
    return SetupError(_sentence(path, error))


def _sentence(path: Path, error: BaseException | None) -> str:
    return f"the database {path} cannot be used: {error}"
