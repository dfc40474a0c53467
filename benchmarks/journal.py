"""CPU per request of the journal: what the event loop pays, and what the thread pays to bring it into the ledger.

python benchmarks/journal.py [REQUESTS]
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from colonnade.evidence.journal import Journal
from colonnade.evidence.ledger import Ledger
from colonnade.evidence.redaction import Redactor
from colonnade.evidence.request import DecisionLine, RequestRecord
from colonnade.store import open_store

AT_ONCE = 50
PROMPT = ("How do I keep a prompt under version control, and who approves a change to it? " * 12).encode()
ANSWER = (
    "Keep the prompt as a file, review it like code, and let the owner approve the release. " * 12
).encode()


def record(number: int) -> RequestRecord:
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


def main() -> None:
    requests = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    kinds = ("email", "phone", "card", "iban", "ip", "secret")
    print(
        f"{requests} requests, prompt {len(PROMPT)} B, answer {len(ANSWER)} B; microseconds a request, {AT_ONCE} at once"
    )
    for name, redactor in (("no redaction", str), ("all kinds redacted", Redactor(kinds))):
        for sync in ("process", "host"):
            with tempfile.TemporaryDirectory() as folder:
                store = open_store(Path(folder) / ".colonnade")
                ledger = Ledger(store)
                journal = Journal(ledger, redact=redactor, sync=sync)  # type: ignore[arg-type]
                journal.start()
                loop, total, wall = asyncio.run(measure(journal, requests))
                began = time.process_time()
                assert ledger.verify().intact
                verify = (time.process_time() - began) / requests * 1e6
                journal.stop()
                store.close()
            print(
                f"  {name:18}  sync={sync:7}  loop {loop:6.1f}  thread {total - loop:6.1f}"
                f"  wall {wall:6.1f}  verify {verify:6.1f}"
            )


if __name__ == "__main__":
    main()
