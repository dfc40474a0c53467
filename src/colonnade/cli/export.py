"""`colonnade export`: the review in the formats of other people and tools."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from colonnade.assembly.exporting import Exported, export, export_alone, read_report, write_whole
from colonnade.cli.options import json_option, workload_option
from colonnade.cli.review import environment_option, refuse_broken_ledger, reviewed
from colonnade.evidence.record import Environment
from colonnade.review.exports.formats import FORMATS, Format


@click.command()
@click.argument("name", metavar="FORMAT", type=click.Choice(list(FORMATS)), required=False)
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="The file to write; else standard output."
)
@click.option(
    "--from",
    "kept",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Export this report (`colonnade export json`) instead of reviewing anew.",
)
@environment_option
@workload_option
@json_option
def command(
    *,
    name: str | None,
    out: Path | None,
    kept: Path | None,
    environment: Environment | None,
    folder: Path,
    as_json: bool,
) -> None:
    """Write the review in FORMAT; without FORMAT, list the formats.

    The same report gives the same bytes. With --json, say what was written, for programs: this needs --out.
    """
    if name is None:
        _list(as_json)
        return
    if as_json and out is None:
        raise click.UsageError("--json tells what was written to a file: add --out FILE")
    chosen = FORMATS[name]
    finished = export_alone(chosen) or _of_report(chosen, kept, environment, folder)
    if out is None:
        sys.stdout.buffer.write(finished.content)
        sys.stdout.buffer.flush()
        return
    write_whole(out, finished.content)
    click.echo(json.dumps(_told(finished, out)) if as_json else f"{out}: {chosen.title}")


def _of_report(chosen: Format, kept: Path | None, environment: Environment | None, folder: Path) -> Exported:
    if kept is not None:
        return export(chosen, read_report(kept), folder)
    report = reviewed(folder, environment)
    refuse_broken_ledger(report)
    return export(chosen, report, folder)


def _told(finished: Exported, out: Path) -> dict[str, str | int]:
    return {
        "format": finished.format.name,
        "file": str(out),
        "bytes": len(finished.content),
        "digest": finished.digest,
    }


def _list(as_json: bool) -> None:
    if as_json:
        told = [{"name": each.name, "title": each.title, "file": each.file} for each in FORMATS.values()]
        click.echo(json.dumps(told, indent=2))
        return
    widest = max(map(len, FORMATS))
    for each in FORMATS.values():
        click.echo(f"{each.name:<{widest}}  {each.title}")
