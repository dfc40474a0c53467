"""No single byte of what the ledger keeps can change unnoticed."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from samples import fill

from colonnade.evidence.ledger import Ledger
from colonnade.store import open_store

COLUMNS = {
    "ledger": ("digest", "chain", "ref", "kind"),
    "request": ("body",),
    "record": ("body",),
    "change": ("body",),
    "content": ("prompt", "answer"),
}
PLACES = [(table, column) for table, columns in COLUMNS.items() for column in columns]


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    store = open_store(tmp_path_factory.mktemp("bytes") / ".colonnade")
    ledger = Ledger(store)
    fill(ledger, requests=3)
    yield ledger
    store.close()


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    place=st.sampled_from(PLACES), row=st.integers(0, 99), byte=st.integers(0, 4000), flip=st.integers(1, 127)
)
def test_any_changed_byte_is_found(filled, place, row, byte, flip):
    table, column = place
    with filled.store.connection() as connection:
        rows = connection.execute(f"SELECT rowid, {column} FROM {table} ORDER BY rowid").fetchall()
        rowid, value = rows[row % len(rows)]
        text = isinstance(value, str)
        changed = bytearray(value.encode() if text else value)
        changed[byte % len(changed)] ^= flip
        altered = changed.decode("latin-1") if text else bytes(changed)
        assume(altered not in {other for _, other in rows})  # two equal refs are refused by the table itself
        update = f"UPDATE {table} SET {column} = ? WHERE rowid = ?"
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute(update, (altered, rowid))
        try:
            assert not filled.verify().intact, (table, column, rowid)
        finally:
            connection.execute(update, (value, rowid))
    assert filled.verify().intact
