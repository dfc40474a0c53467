"""The database is encrypted, at the newest schema, shared by processes and ready for vectors."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from colonnade.errors import KeyUnusable, SetupError
from colonnade.store import migration, open_store, schema


@pytest.fixture
def state(tmp_path):
    return tmp_path / ".colonnade"


@pytest.fixture
def store(state):
    opened = open_store(state)
    yield opened
    opened.close()


def test_the_schema_that_migrations_make_is_the_one_in_code(store):
    from alembic.autogenerate import compare_metadata

    with store.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), schema.metadata) == []


def test_the_known_head_is_the_newest_revision():
    config = Config()
    config.set_main_option("script_location", str(migration._MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == migration.HEAD


def test_the_schema_compiles_for_postgresql():
    from sqlalchemy.dialects import postgresql

    for table in schema.metadata.sorted_tables:
        statement = str(sqlalchemy.schema.CreateTable(table).compile(dialect=postgresql.dialect()))
        assert "CREATE TABLE" in statement
        assert "DATETIME" not in statement


def test_opening_again_runs_no_migration(state, store, monkeypatch):
    def never(engine):
        raise AssertionError("migrated")

    monkeypatch.setattr(migration, "_upgrade", never)
    open_store(state).close()


def test_a_newer_database_is_refused(state, store):
    with store.writing() as connection:
        connection.execute(sqlalchemy.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SetupError, match="newer Colonnade"):
        open_store(state)


def test_connections_are_encrypted_durable_and_know_vectors(state, store):
    with store.connection() as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
        assert connection.execute("PRAGMA foreign_keys").fetchone() == (1,)
        assert connection.execute("PRAGMA cipher_version").fetchone()[0].startswith("4.")
        connection.execute("CREATE VIRTUAL TABLE v USING vec0(e float[2])")
        connection.execute("CREATE VIRTUAL TABLE f USING fts5(t)")
        connection.execute("INSERT INTO v(rowid, e) VALUES (1, '[1, 0]'), (2, '[0, 1]')")
        nearest = connection.execute("SELECT rowid FROM v WHERE e MATCH '[0, 0.9]' AND k = 1").fetchone()
    assert nearest == (2,)
    assert not (state / "colonnade.db").read_bytes().startswith(b"SQLite format 3")
    assert (state / "colonnade.db").stat().st_mode & 0o077 == 0


def test_a_database_of_another_store_is_refused(state, store, tmp_path):
    store.close()
    other = tmp_path / "other"
    open_store(other).close()
    (other / "colonnade.db").write_bytes((state / "colonnade.db").read_bytes())
    with pytest.raises(KeyUnusable, match="does not open with the data key beside it"):
        open_store(other)


def test_a_damaged_page_is_a_sentence(state, store):
    with store.writing() as connection:
        connection.execute(
            sqlalchemy.insert(schema.change),
            [
                {"id": f"c{n}", "seq": n, "kind": "key", "name": "x" * 2000, "at": 0.0, "body": b"y" * 2000}
                for n in range(50)
            ],
        )
    store.close()
    path = state / "colonnade.db"
    data = bytearray(path.read_bytes())
    data[-8000:-7000] = bytes(1000)
    path.write_bytes(data)
    with pytest.raises(SetupError, match="cannot be used"):
        _read_changes(state)


def _read_changes(state):
    store = open_store(state)
    with store.reading() as connection:
        connection.execute(sqlalchemy.select(schema.change)).all()


def test_an_opening_that_was_killed_needs_no_repair(tmp_path):
    script = Path(__file__).with_name("doomed_opener.py")
    ran = subprocess.run(
        [sys.executable, str(script), str(tmp_path), "20"], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.split() == [str(number) for number in range(20)]


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SetupError, match="cannot be created"):
        open_store(tmp_path / "file" / ".colonnade")
