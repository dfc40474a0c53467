"""`colonnade evidence`: what other tools wrote becomes evidence, and what became of it is told."""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec
from rich.markup import escape
from rich.table import Table

from colonnade.cli.options import json_option, workload_option
from colonnade.cli.review import environment_option
from colonnade.cli.screen import screen
from colonnade.evidence.record import Environment
from colonnade.review.adapters.gathering import FaultyImport
from colonnade.review.adapters.known import ADAPTERS
from colonnade.review.adapters.listing import kinds_page

if TYPE_CHECKING:
    from colonnade.assembly.importing import Imported

_SHOWN = 20
"""Rejects that are shown to a person; `--json` has all."""


@click.group()
def command() -> None:
    """Evidence of other tools: plans, manifests, scans, traces, bills."""


@command.command("import")
@click.argument("kind", type=click.Choice([each.kind for each in ADAPTERS]))
@click.argument("places", nargs=-1, required=True, metavar="PLACE...")
@workload_option
@environment_option
@click.option(
    "--key-from", "variable", metavar="NAME", help="Environment variable with the bearer token of an address."
)
@json_option
def import_(
    *,
    kind: str,
    places: tuple[str, ...],
    folder: Path,
    environment: Environment | None,
    variable: str | None,
    as_json: bool,
) -> None:
    """Read files, folders or addresses on this machine, together, as evidence about the workload as it is now.

    Exit code 0 when something was taken, 1 when everything was rejected, 2 for a wrong option or place.
    """
    from colonnade.assembly.importing import import_evidence  # noqa: PLC0415 - loads every pillar

    imported = import_evidence(folder, kind, *places, environment=environment, key=_key(variable))
    if as_json:
        click.echo(json.dumps(_as_json(imported), indent=2))
    else:
        _tell(imported)
    sys.exit(0 if imported.taken else 1)


@command.command()
@click.option("--markdown", is_flag=True, help="Print the table of the documentation.")
@json_option
def kinds(markdown: bool, as_json: bool) -> None:
    """What can be imported, and which file names are looked for in a folder."""
    if markdown:
        click.echo(kinds_page(ADAPTERS), nl=False)
    elif as_json:
        rows = [
            {"kind": it.kind, "version": it.version, "title": it.title, "patterns": it.patterns}
            for it in ADAPTERS
        ]
        click.echo(json.dumps(rows, indent=2))
    else:
        table = Table("kind", "reads", "looks for", box=None)
        for each in ADAPTERS:
            table.add_row(each.kind, escape(each.title), escape(", ".join(each.patterns) or "the folder"))
        screen().print(table)


@command.command("list")
@workload_option
@json_option
def list_(folder: Path, as_json: bool) -> None:
    """Every import into the ledger, oldest first."""
    from colonnade.assembly.importing import imports_of  # noqa: PLC0415 - loads every pillar

    changes = imports_of(folder)
    if as_json:
        click.echo(json.dumps([msgspec.to_builtins(each) for each in changes], indent=2))
        return
    if not changes:
        click.echo("nothing was imported yet: `colonnade evidence import KIND FILE`")
        return
    table = Table("when (UTC)", "kind", "by", "files", "records", "requests", "rejects", "digest", box=None)
    for each in changes:
        counts = [each.details.get(name, "") for name in ("files", "records", "requests", "rejects")]
        when = datetime.fromtimestamp(each.at, UTC).strftime("%Y-%m-%d %H:%M")
        table.add_row(when, each.name, escape(each.actor), *counts, each.after[:19])
    screen().print(table)


def _key(variable: str | None) -> str | None:
    if variable is None:
        return None
    if not os.environ.get(variable):
        raise FaultyImport(f"--key-from names the variable {variable}, which is not set")
    return os.environ[variable]


def _tell(imported: Imported) -> None:
    requests = f", {imported.requests} requests" if imported.requests else ""
    taken = f"{len(imported.records)} records{requests}" if imported.taken else "nothing"
    click.echo(f"{imported.collector}: {taken} from {imported.files} files, {len(imported.rejects)} rejected")
    for record in imported.records:
        click.echo(f"  {record.topic}: {record.n} things, {record.id[:19]}")
    for each in imported.rejects[:_SHOWN]:
        click.echo(f"  rejected: {each.where}: {each.reason}")
    if len(imported.rejects) > _SHOWN:
        click.echo(f"  and {len(imported.rejects) - _SHOWN} more rejected; `--json` has all")


def _as_json(imported: Imported) -> dict[str, object]:
    records = [{"id": it.id, "topic": it.topic, "n": it.n} for it in imported.records]
    return {
        "taken": imported.taken,
        "collector": imported.collector,
        "digest": imported.digest,
        "change": imported.change,
        "files": imported.files,
        "records": records,
        "requests": imported.requests,
        "rejects": [msgspec.to_builtins(each) for each in imported.rejects],
    }
