"""How drills are told on a terminal: each phase as it happens, a line a drill, a line for all of them."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import click
from rich.console import Console

from colonnade.drills.diary import Event, Told, unheard
from colonnade.drills.drill import Outcome

_SAID: Final = {"inject", "witness", "measure", "remove", "abort", "verdict"}


@contextmanager
def live(*, shown: bool) -> Iterator[Told]:
    """What hears events: on a terminal one line that changes beside those that stay; in a log lines alone."""
    if not shown:
        yield unheard
        return
    began, console = time.time(), Console(stderr=True, highlight=False)
    if not sys.stderr.isatty():
        yield lambda event: _say(event, began)
        return
    with console.status("drills") as status:

        def told(event: Event) -> None:
            status.update(f"{event.experiment}: {event.text}")
            if event.what in {"verdict", "abort", "measure"}:
                console.print(_line(event, began), markup=False)

        yield told


def _say(event: Event, began: float) -> None:
    if event.what in _SAID:
        click.echo(_line(event, began), err=True)


def _line(event: Event, began: float) -> str:
    return f"{event.at - began:7.1f} s  {event.experiment:<34} {event.what:<8} {event.text}"


def line_of(outcome: Outcome) -> str:
    """One drill."""
    name = outcome.drill.name
    if outcome.run is None or outcome.run.verdict == "aborted":
        return f"{name:<15} not carried out: {outcome.problem or (outcome.run.reason if outcome.run else '')}"
    verdict = outcome.run.verdict
    incident = "; an incident is open" if outcome.run.incident else ""
    practices = ", ".join(outcome.drill.practices)
    if outcome.record is None:
        return f"{name:<15} {verdict}: {outcome.run.reason}"
    kept = f"recorded {outcome.record.id[:19]}, n={outcome.record.n}, judged by {practices}"
    return f"{name:<15} {verdict:<7} {kept}{incident}\n{'':<15} {outcome.run.reason}"


def summary(outcomes: Sequence[Outcome]) -> str:
    """All of them."""
    verdicts = Counter(it.run.verdict if it.run is not None else "not carried out" for it in outcomes)
    return f"{len(outcomes)} drills: " + ", ".join(
        f"{count} {verdict}" for verdict, count in verdicts.items()
    )


def plain(outcome: Outcome) -> dict[str, object]:
    """One drill for programs."""
    record, run = outcome.record, outcome.run
    return {
        "drill": outcome.drill.name,
        "verdict": run.verdict if run is not None else None,
        "reason": run.reason if run is not None else outcome.problem,
        "record": {"id": record.id, "n": record.n, "facts": record.facts} if record is not None else None,
        "run": outcome.run_record,
        "problem": outcome.problem,
    }
