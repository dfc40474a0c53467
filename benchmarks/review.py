"""How long a review takes over many records: `python benchmarks/review.py`, and over a ledger with `--ledger 1000000`.

The promises: under 2 s over 10,000 records, under 30 s over 1,000,000 with bounded memory.
"""

from __future__ import annotations

import argparse
import hashlib
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "review"))

from review_world import NOW, SIGNALS, record, reviewed

from colonnade.assembly.reviewing import review_workload
from colonnade.evidence.chain import Item, extend
from colonnade.evidence.ledger import Ledger
from colonnade.evidence.newest import LedgerShelf
from colonnade.evidence.record import Record, Subject
from colonnade.store import open_store, schema
from colonnade.store.bulk import insert_all

TESTS = Path(__file__).parents[1] / "tests"
RECORDS = 10_000
ROUNDS = 5
BATCH = 20_000
SPAN_DAYS = 400.0
"""Records of a ledger are spread over so many days, as retention keeps them."""


def main() -> None:
    """Print the median of some reviews in memory, or what a large ledger costs."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--records", type=int, default=RECORDS, help="records in memory")
    options.add_argument(
        "--ledger", type=int, default=0, metavar="N", help="records in a ledger on disk instead"
    )
    given = options.parse_args()
    if given.ledger:
        Console().print(ledger_table(ledger_figures(given.ledger)))
    else:
        Console().print(table(figures(given.records)))


def figures(records: int) -> list[dict[str, float]]:
    """Milliseconds for one record of every signal, and for many."""
    many = [record(*SIGNALS[i % len(SIGNALS)], age_days=0.1 + i / 1000) for i in range(records)]
    few = [record(*key) for key in SIGNALS]
    return [{"records": len(those), "ms": _median_s(those) * 1000.0} for those in (few, many)]


def table(found: list[dict[str, float]]) -> Table:
    """The figures, drawn."""
    drawn = Table("records", "a review, ms", title=f"Review, median of {ROUNDS}")
    for row in found:
        drawn.add_row(f"{row['records']:.0f}", f"{row['ms']:.1f}")
    return drawn


def ledger_figures(records: int) -> list[tuple[str, float, float]]:
    """What is done, seconds of time, seconds of processor; the last line holds the peak of memory, MiB."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "workload"
        shutil.copytree(TESTS / "fixtures" / "workloads" / "minimal", folder)
        store = open_store(folder / ".colonnade")
        planting = _took(lambda: _plant(Ledger(store), records))
        before = _peak_mib()
        other = Subject(workload="sha256:other", policy="sha256:other")
        found = [
            ("planted", *planting),
            ("judged", *_took(lambda: reviewed(LedgerShelf(store, "rehearsal")))),
            (
                "judged, all of it stale",
                *_took(lambda: reviewed(LedgerShelf(store, "rehearsal"), subject=other)),
            ),
            ("verified", *_took(lambda: Ledger(store).verify())),
            ("observed, verified, judged", *_took(lambda: review_workload(folder, None, NOW))),
            ("memory before and at the peak, MiB", before, _peak_mib()),
        ]
        store.close()
        return found


def ledger_table(found: list[tuple[str, float, float]]) -> Table:
    """The figures, drawn."""
    drawn = Table("what", "s", "s of processor", title="Review from a ledger")
    for what, took, cpu in found:
        drawn.add_row(what, f"{took:.2f}", f"{cpu:.2f}")
    return drawn


def _plant(ledger: Ledger, records: int) -> None:
    """Records as collectors write them, chained; the last ones are of today."""
    batch: list[Record] = []
    for i in range(records):
        age = SPAN_DAYS * (records - 1 - i) / max(1, records - 1)
        batch.append(record(*SIGNALS[i % len(SIGNALS)], age_days=age))
        if len(batch) == BATCH or i == records - 1:
            _append(ledger, batch)
            batch = []
    ledger.checkpoint()


def _append(ledger: Ledger, batch: list[Record]) -> None:
    bodies = [each.canonical() for each in batch]
    digests = [hashlib.sha256(body).digest() for body in bodies]
    refs = [f"sha256:{digest.hex()}" for digest in digests]
    with ledger.store.writing() as connection:
        items = [
            Item("record", ref, it.collected_at, digest)
            for ref, it, digest in zip(refs, batch, digests, strict=True)
        ]
        places = extend(connection, items)
        rows = [
            (ref, seq, it.topic, it.kind, it.environment, it.window_end, it.collected_at, body)
            for ref, seq, it, body in zip(refs, places, batch, bodies, strict=True)
        ]
        insert_all(connection, schema.record, rows)


def _took(work: Callable[[], Any]) -> tuple[float, float]:
    started, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - started, time.process_time() - cpu


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


def _median_s(records: list[Any]) -> float:
    took = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        reviewed(records)
        took.append(time.perf_counter() - started)
    return statistics.median(took)


if __name__ == "__main__":
    main()
