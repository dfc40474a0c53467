"""`colonnade export`: the review in the formats of other people and tools."""

from __future__ import annotations

import json
from pathlib import Path

import click

from colonnade.assembly.exporting import export, export_alone, read_report
from colonnade.cli.document import hand_over, out_option
from colonnade.cli.gate import earlier_report
from colonnade.cli.options import json_option, workload_option
from colonnade.cli.review import environment_option, reviewed
from colonnade.evidence.record import Environment
from colonnade.review.exports.formats import FORMATS
from colonnade.review.intact import refuse_broken_ledger
from colonnade.review.report import Report


@click.command()
@click.argument("name", metavar="FORMAT", type=click.Choice(list(FORMATS)), required=False)
@out_option
@click.option(
    "--from",
    "kept",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Export this report (`colonnade export json`) instead of reviewing anew.",
)
@click.option(
    "--against", metavar="MILESTONE", help="Tell what changed since this milestone (`pull-request`)."
)
@environment_option
@workload_option
@json_option
def command(
    *,
    name: str | None,
    out: Path | None,
    kept: Path | None,
    against: str | None,
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
    finished = export_alone(chosen)
    if finished is None:
        report = _report(kept, environment, folder)
        before = earlier_report(report, against, folder) if against is not None else None
        finished = export(chosen, report, folder, before=before)
    hand_over(finished, out, as_json=as_json)


def _report(kept: Path | None, environment: Environment | None, folder: Path) -> Report:
    if kept is not None:
        return read_report(kept)
    report = reviewed(folder, environment)
    refuse_broken_ledger(report)
    return report


def _list(as_json: bool) -> None:
    if as_json:
        told = [{"name": each.name, "title": each.title, "file": each.file} for each in FORMATS.values()]
        click.echo(json.dumps(told, indent=2))
        return
    widest = max(map(len, FORMATS))
    for each in FORMATS.values():
        click.echo(f"{each.name:<{widest}}  {each.title}")
