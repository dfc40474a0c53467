from __future__ import annotations

import pytest

from colonnade.evidence.ledger import Ledger
from colonnade.store import open_store


@pytest.fixture
def state(tmp_path):
    return tmp_path / ".colonnade"


@pytest.fixture
def ledger(state):
    store = open_store(state)
    yield Ledger(store)
    store.close()
