"""The keeper carries what workers write, finishes what dead ones left, and may itself die at any time."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from samples import opening, request

from colonnade.errors import Unavailable
from colonnade.evidence import carriage
from colonnade.evidence.journal import Journal
from colonnade.evidence.keeper import Keeper
from colonnade.evidence.ledger import Ledger
from colonnade.evidence.redaction import Redactor
from colonnade.evidence.spooled import ContentPolicy
from colonnade.store import open_store

KEEPER = """
import signal, sys
from pathlib import Path
from colonnade.evidence.keeper import Keeper
from colonnade.evidence.ledger import Ledger
from colonnade.store import open_store
told = []
signal.signal(signal.SIGTERM, lambda *_: told.append(1))
Keeper(Ledger(open_store(Path(sys.argv[1])))).run(lambda: bool(told))
"""


@pytest.fixture
def begin(state: Path) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Starts a keeper of the state folder as a process; whatever still runs is ended."""
    running: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        running.append(subprocess.Popen([sys.executable, "-c", KEEPER, str(state)]))
        return running[-1]

    yield start
    for process in running:
        process.terminate()
        process.wait(20)


def journal_for(state: Path, **options: Any) -> Journal:
    store = open_store(state)
    return Journal(Ledger(store), redact=Redactor(["email"]), keeper=True, **options)


async def serve(journal: Journal, numbers: range) -> None:
    for number in numbers:
        journal.open(opening(number))
        await journal.close(request(number), b"A question.", b"An answer.")


async def test_what_workers_write_arrives_and_the_end_waits_for_it(state, begin, ledger):
    begin()
    workers = [journal_for(state) for _ in range(2)]
    for place, journal in enumerate(workers):
        journal.start()
        await serve(journal, range(100 * place, 100 * place + 50))
    for journal in workers:
        await asyncio.wait_for(journal.flush(), 15)
        assert journal.state().waiting_bytes == 0
        await asyncio.to_thread(journal.stop)
    assert len(list(ledger.requests(0.0, 1e12))) == 100
    assert not [path for path in (state / "spool").iterdir() if path.is_dir()]
    assert ledger.verify().intact


async def test_a_keeper_that_was_killed_is_followed_by_one_that_goes_on(state, begin, ledger):
    first = begin()
    journal = journal_for(state, segment_bytes=4_000)
    journal.start()
    await serve(journal, range(30))
    await asyncio.wait_for(journal.flush(), 15)
    first.kill()
    first.wait()
    await serve(journal, range(30, 60))
    begin()
    await asyncio.wait_for(journal.flush(), 15)
    await asyncio.to_thread(journal.stop)
    assert len(list(ledger.requests(0.0, 1e12))) == 60


async def test_what_a_dead_worker_left_is_finished_and_what_it_had_open_was_interrupted(state, begin, ledger):
    journal = journal_for(state)
    await serve(journal, range(20))
    journal.open(opening(999))
    journal._writer.close()
    journal._carriage._claim.release()  # as the kernel does for a process that is killed
    begin()
    found = await _eventually(lambda: _of_ledger(ledger, 21))
    assert [request.outcome for request in found].count("interrupted") == 1


async def test_each_frame_says_what_is_kept_of_it(state, begin, ledger):
    begin()
    journal = journal_for(state)
    journal.start()
    await journal.close(request(1), b"write to ann@example.org", b"I did.")
    journal.keep_as(ContentPolicy(Redactor([]), "digest", ledger.seal))
    await journal.close(request(2), b"write to ann@example.org", b"I did.")
    await asyncio.wait_for(journal.flush(), 15)
    await asyncio.to_thread(journal.stop)
    assert ledger.content(request(1).id).prompt == "write to [email]"
    assert ledger.content(request(2).id) is None


async def test_without_a_keeper_the_journal_says_so_and_loses_nothing(state, begin, ledger, monkeypatch):
    monkeypatch.setattr(carriage, "SILENT_S", 0.1)
    journal = journal_for(state)
    journal.start()
    await serve(journal, range(5))
    with pytest.raises(Unavailable, match="keeper"):
        await asyncio.wait_for(journal.flush(), 15)
    assert "keeper" in journal.state().failure
    await asyncio.to_thread(journal.stop)
    begin()
    assert len(await _eventually(lambda: _of_ledger(ledger, 5))) == 5


def test_a_keeper_keeps_nothing_open_of_a_workload_that_never_wrote(state, ledger):
    Keeper(ledger).run(lambda: True)
    assert not (state / "spool" / carriage.STATUS).exists()


def _of_ledger(ledger: Ledger, number: int) -> list[Any]:
    found = list(ledger.requests(0.0, 1e12))
    return found if len(found) >= number else []


async def _eventually(seen: Callable[[], Any]) -> Any:
    end = time.monotonic() + 15
    while time.monotonic() < end:
        if found := seen():
            return found
        await asyncio.sleep(0.05)
    raise AssertionError("not seen within 15 s")
