"""CPU of the gateway per request, next to a bare server in the same run; and the journal's and the review's share.

    make bench
    python benchmarks/run.py --requests 2000 --rounds 5

The whole gateway serves, as `colonnade up` starts it. Its CPU is counted until it has nothing left to do, so that
what it puts off to a thread (redaction, the encrypted ledger) is part of the figure. Targets take turns; medians are
shown with the lowest and the highest round. The figures also go to `benchmarks/results/`, as JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import journal
from callers import ask_all
from planted import Served, bare, gateway
from rich.console import Console
from rich.table import Table

import review

RESULTS = Path(__file__).parent / "results"
PARALLEL = 16
KINDS = {"JSON": False, "streamed, 52 events": True}


@dataclass(frozen=True)
class Round:
    """One round of one target: microseconds of CPU a request, and requests a second."""

    cpu_us: float
    rps: float


@dataclass(frozen=True)
class Figure:
    """What the rounds of one target came to."""

    target: str
    kind: str
    cpu_us: float
    lowest: float
    highest: float
    rps: float
    ratio: float


def main() -> None:
    """Measure, print, keep."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--requests", type=int, default=1000, help="in a round (default: 1000)")
    options.add_argument("--rounds", type=int, default=3, help="of each target (default: 3)")
    options.add_argument(
        "--records", type=int, default=3000, help="of the journal and the review (default: 3000)"
    )
    options.add_argument("--results", type=Path, default=RESULTS, help="folder for the figures")
    given = options.parse_args()
    console = Console()
    figures = requests(given.requests, given.rounds)
    console.print(_table(figures))
    journals = list(journal.figures(given.records))
    console.print(journal.table(journals))
    reviews = review.figures(given.records)
    console.print(review.table(reviews))
    kept = _keep(given.results, requests=[asdict(it) for it in figures], journal=journals, review=reviews)
    console.print(f"kept in {kept}")


def requests(count: int, rounds: int) -> list[Figure]:
    """The gateway and the bare server that is also its upstream, in turn."""
    with (
        tempfile.TemporaryDirectory() as scratch,
        bare() as upstream,
        gateway(Path(scratch), f"http://127.0.0.1:{upstream.port}/v1") as whole,
    ):
        targets = {"bare server": upstream, "gateway": whole}
        for served in targets.values():
            _round(served, max(count // 5, PARALLEL), stream=True)
        return [figure for kind in KINDS for figure in _figures(kind, targets, count, rounds)]


def _figures(kind: str, targets: dict[str, Served], count: int, rounds: int) -> list[Figure]:
    ran: dict[str, list[Round]] = {name: [] for name in targets}
    for _ in range(rounds):
        for name, served in targets.items():
            ran[name].append(_round(served, count, stream=KINDS[kind]))
    floor = statistics.median(it.cpu_us for it in ran["bare server"])
    return [_figure(name, kind, its, floor) for name, its in ran.items()]


def _figure(target: str, kind: str, ran: Sequence[Round], floor: float) -> Figure:
    cpu = [it.cpu_us for it in ran]
    middle, rps = statistics.median(cpu), statistics.median(it.rps for it in ran)
    return Figure(target, kind, middle, min(cpu), max(cpu), rps, middle / floor)


def _round(served: Served, count: int, *, stream: bool) -> Round:
    before = served.cpu_s()
    counted, seconds = asyncio.run(ask_all(served, count, parallel=PARALLEL, stream=stream))
    if counted.errors:
        raise SystemExit(f"{len(counted.errors)} of {count} requests failed, e.g. {counted.errors[0]}")
    return Round((served.settled_cpu_s() - before) * 1e6 / count, count / seconds)


def _table(figures: Sequence[Figure]) -> Table:
    table = Table(title=f"CPU a request, {PARALLEL} requests at a time")
    for name in ("answer", "target", "CPU, us", "range", "req/s", "x bare"):
        table.add_column(name, justify="left" if name in {"answer", "target"} else "right")
    for it in figures:
        span = f"{it.lowest:.0f}..{it.highest:.0f}"
        table.add_row(it.kind, it.target, f"{it.cpu_us:.0f}", span, f"{it.rps:.0f}", f"{it.ratio:.1f}")
    return table


def _keep(folder: Path, **figures: object) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    machine = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "load": os.getloadavg(),
    }
    path = folder / f"{time.strftime('%Y-%m-%dT%H%M%S')}.json"
    path.write_text(json.dumps({"at": time.time(), **machine, **figures}, indent=1) + "\n", encoding="utf-8")
    return path


if __name__ == "__main__":
    main()
