"""CPU per request of the journal: what the event loop pays, and what the thread pays to bring it into the ledger.

python benchmarks/journal.py [REQUESTS]
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal, get_args

from rich.console import Console
from rich.table import Table

from colonnade.evidence.journal import Journal
from colonnade.evidence.ledger import Ledger
from colonnade.evidence.redaction import Kind, Redactor
from colonnade.evidence.request import DecisionLine, RequestRecord
from colonnade.store import open_store

AT_ONCE = 50
Sync = Literal["process", "host"]
SYNCS: tuple[Sync, ...] = get_args(Sync)
KINDS: tuple[Kind, ...] = get_args(Kind)
PROMPT = ("How do I keep a prompt under version control, and who approves a change to it? " * 12).encode()
ANSWER = (
    "Keep the prompt as a file, review it like code, and let the owner approve the release. " * 12
).encode()


def record(number: int) -> RequestRecord:
    """A request as the stages leave it."""
    now = time.time()
    return RequestRecord(
        id=f"req_{number:08d}",
        opened_at=now,
        closed_at=now + 0.2,
        environment="rehearsal",
        workload="bench",
        route="answer",
        outcome="answered",
        status=200,
        labels={"team": "bench", "use_case": "journal"},
        decisions=[
            DecisionLine(stage, "passed", 0.1) for stage in ("identify", "render", "attempt", "meter")
        ],
    )


async def measure(journal: Journal, requests: int) -> tuple[float, float, float]:
    """Microseconds a request: on the loop while the thread works too, in all until flushed, and wall time."""
    began_wall, began_all, began_loop = time.perf_counter(), time.process_time(), time.thread_time()

    async def one(number: int) -> None:
        made = record(number)
        journal.open(made)
        await journal.close(made, PROMPT, ANSWER)

    for number in range(0, requests, AT_ONCE):
        await asyncio.gather(*(one(number + offset) for offset in range(AT_ONCE)))
    loop_cpu = time.thread_time() - began_loop
    await journal.flush()
    total_cpu, wall = time.process_time() - began_all, time.perf_counter() - began_wall
    return tuple(seconds / requests * 1e6 for seconds in (loop_cpu, total_cpu, wall))  # type: ignore[return-value]


def figures(requests: int) -> Iterator[dict[str, Any]]:
    """One row for each way of keeping text, and of waiting for the disk."""
    for name, redact in (("as it is", str), ("all kinds redacted", Redactor(KINDS))):
        for sync in SYNCS:
            yield {"text": name, "sync": sync, **_figure(redact, sync, requests)}


def _figure(redact: Callable[[str], str], sync: Sync, requests: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder) / ".colonnade")
        ledger = Ledger(store)
        journal = Journal(ledger, redact=redact, sync=sync)
        journal.start()
        loop, total, wall = asyncio.run(measure(journal, requests))
        began = time.process_time()
        assert ledger.verify().intact
        verify = (time.process_time() - began) / requests * 1e6
        journal.stop()
        store.close()
    return {"loop_us": loop, "thread_us": total - loop, "wall_us": wall, "verify_us": verify}


def table(found: list[dict[str, Any]]) -> Table:
    """The figures, drawn."""
    title = f"Journal, prompt {len(PROMPT)} B, answer {len(ANSWER)} B; microseconds a request"
    drawn = Table("text", "survives", "event loop", "thread", "wall", "verify", title=title)
    for row in found:
        numbers = (f"{row[name]:.0f}" for name in ("loop_us", "thread_us", "wall_us", "verify_us"))
        drawn.add_row(row["text"], f"{row['sync']}'s death", *numbers)
    return drawn


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("requests", type=int, nargs="?", default=10_000)
    Console().print(table(list(figures(options.parse_args().requests))))


if __name__ == "__main__":
    main()
