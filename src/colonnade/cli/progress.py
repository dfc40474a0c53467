"""Long work is seen: bars on a terminal, lines in a log, nothing beside JSON."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    TaskID,
    TextColumn,
    TransferSpeedColumn,
)
from rich.progress import Progress as Bars

from colonnade.registry.models import SILENT, Progress


@contextmanager
def progress_for(*, silent: bool) -> Iterator[Progress]:
    """Shows how far a download is."""
    if silent:
        yield SILENT
        return
    with shown() as account:
        yield account


@contextmanager
def shown() -> Iterator[Account]:
    """Shows how far downloads and indexing are, and passes lines on; all on the standard error."""
    if not sys.stderr.isatty():
        yield Account(None, None)
        return
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    counted = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    downloads, indexing = Bars(*columns, console=console), Bars(*counted, console=console)
    try:
        yield Account(downloads, indexing)
    finally:
        downloads.stop()
        indexing.stop()


@dataclass(slots=True)
class Account:
    """One bar a step where there are bars; else a line at the beginning and the end of each step."""

    downloads: Bars | None
    indexing: Bars | None
    _tasks: dict[str, TaskID] = field(default_factory=dict)
    _begun: dict[str, float] = field(default_factory=dict)

    def step(self, label: str, done: int, total: int) -> None:
        """`done` of `total` bytes of a download are through."""
        self._show(self.downloads, label, done, total, f"{total / 1e6:,.1f} MB")

    def index(self, knowledge: str, step: str, done: int, total: int) -> None:
        """`done` of `total` passages of one step of indexing are through."""
        self._show(self.indexing, f"{knowledge}: {step}", done, total, f"{total} passages")

    def count(self, what: str, done: int, total: int) -> None:
        """`done` of `total` things are through."""
        self._show(self.indexing, what, done, total, f"{total}")

    def note(self, text: str) -> None:
        """A sentence, above the bars."""
        if self.downloads is not None:
            self.downloads.console.print(text, markup=False, highlight=False)
        else:
            click.echo(text, err=True)

    def line(self, text: str) -> None:
        """A sentence, above the bars."""
        self.note(text)

    def _show(self, bars: Bars | None, label: str, done: int, total: int, amount: str) -> None:
        if bars is None:
            self._say(label, done, total, amount)
            return
        if label not in self._tasks:
            bars.start()
            self._tasks[label] = bars.add_task(label, total=total)
        bars.update(self._tasks[label], completed=done)

    def _say(self, label: str, done: int, total: int, amount: str) -> None:
        if label not in self._begun:
            self._begun[label] = time.monotonic()
            self.note(f"{label}: {amount}")
        elif done == total:
            self.note(f"{label}: done in {time.monotonic() - self._begun[label]:.1f} s")


@contextmanager
def counted(what: str, *, silent: bool) -> Iterator[Callable[[int, int], None]]:
    """Shows how many of something are done."""
    if silent:
        yield lambda _done, _total: None
        return
    with shown() as account:
        yield lambda done, total: account.count(what, done, total)
