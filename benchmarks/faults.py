"""What callers see of every fault of an upstream, through this gateway and, side by side, through others.

    python benchmarks/faults.py
    python benchmarks/faults.py --peers --page docs/benchmarks.md

The upstream is the provider simulator over HTTP; it also tells when a caller's departure reached it. Peers are started by
this script (`contenders.py`) where `peers/install.sh` has installed them. Everything goes to `benchmarks/results/faults.json`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import platform
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, cast

from contenders import CONTENDERS, Ours, Peer, Standing, await_answer
from onlooker import PATIENCE_S, ask, leave
from rich.console import Console
from rich.table import Table
from upstream import Upstream, played

from colonnade.gateway.upstream.faults import MEANING
from colonnade.workload.sections.serving import Fault

RESULTS = Path(__file__).parent / "results" / "faults.json"
WORDS = 12
BEGIN, END = "<!-- faults -->\n", "<!-- end of faults -->\n"
RECOVERY_S = 20.0
CANCELLED_WITHIN_S = 5.0
STREAMED: tuple[Fault, ...] = (
    "refuse", "http_429", "http_500", "slow_first_byte", "cut_early", "error_first", "whole_for_stream", "empty", "cut",
    "stall", "error_later", "malformed_chunk", "duplicate_chunk", "missing_done", "trailing_garbage", "usage_missing",
    "wrong_model", "endless_event",
)  # fmt: skip
WHOLE: tuple[Fault, ...] = (
    "refuse", "http_429", "http_500", "slow_first_byte", "error_first", "whole_for_stream", "empty", "cut", "stall",
    "malformed_chunk", "trailing_garbage", "usage_missing", "wrong_model",
)  # fmt: skip
DEPARTURES = {
    "leaves before the first byte of a stream": (True, 0, {"first_byte_s": 8.0}),
    "leaves after five words of a stream": (True, 5, {"tokens_per_s": 10.0, "answer_tokens": 60}),
    "leaves before a whole answer": (False, 0, {"first_byte_s": 8.0}),
}
"""Whether it is streamed, words before the caller leaves, and how the simulator plays."""


@dataclass(frozen=True)
class Cell:
    """What one gateway made of one row.

    `asked` is how often the upstream was asked, `recovered` whether the gateway answered again soon afterwards.
    """

    row: str
    form: str
    gateway: str
    told: str
    asked: int
    recovered: bool = True

    @property
    def text(self) -> str:
        """For the table."""
        often = f" (asked {self.asked}x)" if self.asked > 1 else ""
        return f"{self.told}{often}{'' if self.recovered else ', then unwell'}"


def main() -> None:
    """Play, print, keep."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--peers", action="store_true", help="also through the peers that are installed")
    options.add_argument("--only", nargs="+", metavar="NAME", help="these; what is known of others is kept")
    options.add_argument("--faults", nargs="+", metavar="FAULT", help="these rows")
    options.add_argument("--json", action="store_true", help="print the results as JSON")
    options.add_argument("--results", type=Path, default=RESULTS, help="file for the results")
    options.add_argument("--page", type=Path, help="page whose table is replaced")
    given = options.parse_args()
    console = Console(stderr=given.json)
    chosen = [it for it in CONTENDERS if isinstance(it, Ours) or given.peers]
    chosen = [it for it in chosen if not given.only or it.name in given.only]
    there = [it for it in chosen if it.home.exists()]
    for absent in set(chosen) - set(there):
        console.print(f"{absent.name}: not installed, left out")
    cells = [cell for contender in there for cell in measured(contender, given.faults, console)]
    kept = _with_others(_kept(there, cells), given.results) if given.only else _kept(there, cells)
    given.results.parent.mkdir(parents=True, exist_ok=True)
    given.results.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    if given.page:
        text = given.page.read_text(encoding="utf-8")
        before, rest = text.split(BEGIN)
        given.page.write_text(before + BEGIN + page(kept) + END + rest.split(END)[1], encoding="utf-8")
    if given.json:
        print(json.dumps(kept, indent=1))
    else:
        for form in _forms(cells):
            console.print(table(form, cells))


class Column:
    """One gateway's column: it is started again where it does not recover from a row by itself."""

    def __init__(self, contender: Ours | Peer, upstream: Upstream) -> None:
        self.contender = contender
        self.upstream = upstream
        self._running = ExitStack()
        self.at = self._start()

    def _start(self) -> Standing:
        self.upstream.play(None)
        return self._running.enter_context(self.contender.standing(self.upstream.url))

    def recovers(self) -> bool:
        """The upstream is well again: whether the gateway notices, so that every row begins alike."""
        self.upstream.play(None)
        try:
            await_answer(self.at, within_s=RECOVERY_S)
        except SystemExit:
            self.close()
            self.at = self._start()
            return False
        return True

    def close(self) -> None:
        """Stop the gateway."""
        self._running.close()

    def cells(self, only: Sequence[str] | None) -> Iterator[Cell]:
        """Row by row."""
        for form, faults in (("streamed", STREAMED), ("whole", WHOLE)):
            for fault in (fault for fault in faults if not only or fault in only):
                cell = _of_fault(self.contender.name, self.at, self.upstream, fault, form)
                yield replace(cell, recovered=self.recovers())
        for row in DEPARTURES if not only else ():
            cell = _of_departure(self.contender.name, self.at, self.upstream, row)
            yield replace(cell, recovered=self.recovers())


def measured(contender: Ours | Peer, only: Sequence[str] | None, console: Console) -> Iterator[Cell]:
    """Every cell of one gateway's column."""
    with played() as upstream:
        try:
            with closing(Column(contender, upstream)) as column:
                console.print(f"{contender.name} {contender.version(contender.home)}")
                yield from column.cells(only)
        except SystemExit as reason:
            console.print(f"{contender.name}: left out: {reason}")


def _of_fault(name: str, at: Standing, upstream: Upstream, fault: str, form: str) -> Cell:
    upstream.play(cast("Fault", fault), answer_tokens=WORDS)
    before = upstream.asked
    seen = asyncio.run(ask(at, stream=form == "streamed"))
    return Cell(fault, form, name, seen.told(WORDS, stream=form == "streamed"), upstream.asked - before)


def _of_departure(name: str, at: Standing, upstream: Upstream, row: str) -> Cell:
    stream, words, play = DEPARTURES[row]
    upstream.play(None, **play)
    before, asked = len(upstream.departures), upstream.asked
    asyncio.run(leave(at, stream=stream, after_words=words))
    left_at = time.time()
    end = time.monotonic() + CANCELLED_WITHIN_S
    while time.monotonic() < end and len(upstream.departures) == before:
        time.sleep(0.005)
    if len(upstream.departures) == before:
        told = f"not stopped within {CANCELLED_WITHIN_S:.0f} s"
    else:
        told = _stopped(upstream.departures[-1].at - left_at)
    return Cell(row, "departure", name, told, upstream.asked - asked)


def _stopped(after_s: float) -> str:
    return "stopped within 100 ms" if after_s <= 0.1 else f"stopped after {after_s:.1f} s"


def _forms(cells: Sequence[Cell]) -> list[str]:
    return list(dict.fromkeys(cell.form for cell in cells))


def table(form: str, cells: Sequence[Cell]) -> Table:
    """One table, for people."""
    made = Table(title=f"{form}: what the caller sees" if form != "departure" else "departure: the upstream")
    mine = [cell for cell in cells if cell.form == form]
    gateways = list(dict.fromkeys(cell.gateway for cell in mine))
    for title in ("fault", *gateways):
        made.add_column(title)
    for row in dict.fromkeys(cell.row for cell in mine):
        made.add_row(row, *(_text(mine, row, gateway) for gateway in gateways))
    return made


def _text(cells: Sequence[Cell], row: str, gateway: str) -> str:
    return next((cell.text for cell in cells if (cell.row, cell.gateway) == (row, gateway)), "-")


def page(kept: dict[str, Any]) -> str:
    """The tables as Markdown."""
    cells = [Cell(**cell) for cell in kept["cells"]]
    versions = ", ".join(f"{name} {each['version']}" for name, each in kept["gateways"].items())
    lines = [f"Seen on {kept['day']}, Python {kept['python']}: {versions}.", ""]
    for form in _forms(cells):
        lines += [f"**{_TITLES[form]}**", "", *_markdown(form, cells), ""]
    return "\n".join(lines)


_TITLES = {
    "streamed": "Streamed: what the caller sees",
    "whole": "Whole: what the caller sees",
    "departure": "The caller leaves: when the upstream sees it",
}


def _markdown(form: str, cells: Sequence[Cell]) -> Iterator[str]:
    mine = [cell for cell in cells if cell.form == form]
    gateways = list(dict.fromkeys(cell.gateway for cell in mine))
    yield f"| {' | '.join(('the upstream', *gateways))} |"
    yield "|---" * (len(gateways) + 1) + "|"
    for row in dict.fromkeys(cell.row for cell in mine):
        named = f"{MEANING[cast('Fault', row)]} (`{row}`)" if row in MEANING else row
        yield f"| {' | '.join((named, *(_text(mine, row, gateway) for gateway in gateways)))} |"


def _with_others(kept: dict[str, Any], results: Path) -> dict[str, Any]:
    """Together with what earlier runs found of other gateways."""
    known = (
        json.loads(results.read_text(encoding="utf-8")) if results.exists() else {"gateways": {}, "cells": []}
    )
    names = [it.name for it in CONTENDERS if it.name in {**known["gateways"], **kept["gateways"]}]
    cells = [*kept["cells"], *(cell for cell in known["cells"] if cell["gateway"] not in kept["gateways"])]
    order = {name: place for place, name in enumerate(names)}
    return {
        **kept,
        "gateways": {name: kept["gateways"].get(name) or known["gateways"][name] for name in names},
        "cells": sorted(cells, key=lambda cell: order[cell["gateway"]]),
    }


def _kept(there: Sequence[Ours | Peer], cells: Sequence[Cell]) -> dict[str, Any]:
    seen = {cell.gateway for cell in cells}
    gateways = {
        it.name: {"version": it.version(it.home), "limits": it.settings} for it in there if it.name in seen
    }
    return {
        "day": time.strftime("%Y-%m-%d"),
        "python": platform.python_version(),
        "machine": platform.machine(),
        "patience_s": PATIENCE_S,
        "gateways": gateways,
        "cells": [asdict(cell) for cell in cells],
    }


if __name__ == "__main__":
    main()
