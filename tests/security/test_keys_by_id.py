"""Work that was left with the gateway is done in the name of its key, as long as that key is valid."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from colonnade.errors import Unavailable
from colonnade.evidence.ledger import Ledger
from colonnade.gateway.call import Identity
from colonnade.security import keyring
from colonnade.security.keyring import Keyring
from colonnade.security.keys import DAY_S, ApiKeys
from colonnade.store import open_store


@pytest.fixture
def keys(tmp_path: Path):
    store = open_store(tmp_path / "state")
    yield ApiKeys(Ledger(store))
    store.close()


def test_a_key_is_known_by_its_id_until_it_is_revoked_or_expires(keys: ApiKeys):
    now = [time.time()]
    made = keys.create("caller", {"team": "a"}, actor="test", now=now[0], expires_days=1)
    ring = Keyring(keys, clock=lambda: now[0])
    assert ring.known(made.key.id) == Identity(made.key.id, "caller", {"team": "a"})
    assert ring.known("nobody") is None
    now[0] += DAY_S + 1
    assert ring.known(made.key.id) is None
    now[0] -= DAY_S
    keys.revoke(made.key.id, actor="test", now=now[0])
    ring.refresh()
    assert ring.known(made.key.id) is None


def test_where_keys_cannot_be_read_nobody_is_known_and_nobody_is_revoked(keys: ApiKeys, monkeypatch):
    made = keys.create("caller", {}, actor="test", now=time.time())
    ring = Keyring(keys)
    monkeypatch.setattr(keyring, "BLIND_AT_MOST_S", -2.0)
    with pytest.raises(Unavailable):
        ring.known(made.key.id)
