"""A backup of a workload that others write to holds together, and holds everything that was finished before it."""

from __future__ import annotations

import json
import threading
from pathlib import Path

from vaulted import Kept

from colonnade.evidence.ledger import Ledger
from colonnade.store import open_store
from colonnade.workload.folder import state_of


def test_writers_go_on_meanwhile(kept: Kept, tmp_path: Path) -> None:
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            kept.write(5)

    store = open_store(state_of(kept.folder))
    before = len(Ledger(store).changes())
    store.close()
    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(3):
            kept.run("create", "--json")
            done = kept.run("restore", "--to", str(tmp_path / f"copy-{number}"), "--json")
            found = json.loads(done.output)
            assert found["intact"]
            assert found["rows"]["change"] >= before
            before = found["rows"]["change"]
    finally:
        stop.set()
        writer.join()
