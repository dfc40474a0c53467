"""SIGKILL at random: no opened request is missing, the chain verifies, no repair step is needed."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

from colonnade.evidence.journal import Journal
from colonnade.evidence.ledger import Ledger
from colonnade.store import open_store

KILLS = 50


def killed_writers(state: Path, kills: int) -> tuple[set[int], set[int]]:
    """Numbers whose `open`, and whose `close`, had returned in a process that was then killed."""
    script = Path(__file__).with_name("doomed_writer.py")
    ran = subprocess.run(
        [sys.executable, str(script), str(state), str(kills)], capture_output=True, text=True, check=True
    )
    lines = ran.stdout.splitlines()
    closed = {int(line.removeprefix("closed ")) for line in lines if line.startswith("closed")}
    return {int(line) for line in lines if line.isdigit()}, closed


async def replay(state: Path) -> None:
    store = open_store(state)
    journal = Journal(Ledger(store), redact=str)
    journal.start()
    await journal.flush()
    await asyncio.to_thread(journal.stop)
    store.close()


async def test_killed_fifty_times(state):
    open_store(state).close()  # the first migration may take longer than a writer lives
    opened, closed = await asyncio.to_thread(killed_writers, state, KILLS)
    await replay(state)
    store = open_store(state)
    ledger = Ledger(store)
    outcomes = {int(one.id.removeprefix("req_")): one.outcome for one in ledger.requests(0, 1e12)}
    verification = ledger.verify()
    store.close()
    assert len(opened) > KILLS
    assert opened - outcomes.keys() == set()
    assert {outcomes[number] for number in closed} == {"answered"}
    assert "interrupted" in outcomes.values()
    assert verification.intact, verification.breaks
    assert verification.entries == len(outcomes) >= len(opened)
