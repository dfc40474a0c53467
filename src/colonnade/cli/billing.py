"""`colonnade cost import` and `colonnade cost reconcile`: what providers bill, beside what was recorded."""

from __future__ import annotations

import json
from pathlib import Path

import click
import msgspec
from rich.markup import escape
from rich.table import Table

from colonnade.cli.bars import bar
from colonnade.cli.options import json_option, workload_option
from colonnade.cli.screen import screen
from colonnade.cost.evidence import Compared, Reconciliation
from colonnade.cost.invoices.bill import Bill
from colonnade.cost.invoices.importing import KINDS

_SHOWN = 10
"""Rejected lines that are shown to a person; `--json` has up to a hundred."""


@click.command("import")
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@workload_option
@click.option(
    "--upstream", "upstreams", multiple=True, help="An upstream that this is the bill of; may repeat."
)
@json_option
def import_export(kind: str, file: Path, folder: Path, upstreams: tuple[str, ...], as_json: bool) -> None:
    """Import a provider's export of costs or usage as evidence."""
    from colonnade.assembly.billing import import_bill  # noqa: PLC0415 - loads every pillar

    bill = import_bill(folder, kind, file, upstreams)
    if as_json:
        click.echo(json.dumps(msgspec.to_builtins(bill), indent=2))
        return
    screen().print(_told(bill))
    for each in bill.rejected[:_SHOWN]:
        click.echo(f"  rejected: {each.where}: {each.reason}")
    if bill.rejected_count > _SHOWN:
        click.echo(f"  and {bill.rejected_count - _SHOWN} more")


@click.command()
@workload_option
@json_option
def reconcile(folder: Path, as_json: bool) -> None:
    """Compare what was recorded with what is billed, by day and model."""
    from colonnade.assembly.billing import reconcile_folder  # noqa: PLC0415 - loads every pillar

    found = reconcile_folder(folder)
    if as_json:
        click.echo(json.dumps(_as_json(found), indent=2))
    elif not found.bills:
        click.echo("nothing is billed yet: `colonnade cost import KIND FILE`")
    else:
        console = screen()
        console.print(_table(found))
        console.print(_sum(found))


def _told(bill: Bill) -> str:
    usd = sum(float(line.usd) for line in bill.lines if line.usd is not None)
    tokens = sum(line.tokens for line in bill.lines if line.tokens is not None)
    what = f"{usd:.4f} USD" if any(line.usd is not None for line in bill.lines) else f"{tokens:,} tokens"
    aside = f", {bill.aside} set aside" if bill.aside else ""
    rejected = f", {bill.rejected_count} rejected" if bill.rejected_count else ""
    upstreams = ", ".join(bill.upstreams)
    return escape(f"{bill.file}: {len(bill.lines)} lines of {upstreams}, {what}{aside}{rejected}")


def _table(found: Reconciliation) -> Table:
    table = Table("period", "model", box=None)
    for heading in ("requests", "recorded $", "billed $", "difference"):
        table.add_column(heading, justify="right")
    table.add_column("recorded █ billed ▒")
    table.add_column("")
    most = max((max(row.recorded_usd, row.billed_usd or 0.0) for row in found.rows), default=0.0)
    most_tokens = max((max(row.recorded_tokens, row.billed_tokens or 0) for row in found.rows), default=0)
    for row in found.rows:
        ours, theirs = _lengths(row, most, most_tokens)
        drawn = f"{ours}\n{theirs.translate(_LIGHT)}"
        table.add_row(row.period, escape(row.model), str(row.requests), *_figures(row), drawn, _note(row))
    return table


_LIGHT = str.maketrans("█▏▎▍▌▋▊▉", "▒▒▒▒▒▒▒▒")


def _lengths(row: Compared, most_usd: float, most_tokens: int) -> tuple[str, str]:
    if row.billed_usd is None and row.billed_tokens is not None:
        return bar(row.recorded_tokens, most_tokens), bar(row.billed_tokens, most_tokens)
    return bar(row.recorded_usd, most_usd), bar(row.billed_usd or 0.0, most_usd)


def _figures(row: Compared) -> tuple[str, str, str]:
    if row.billed_usd is None and row.billed_tokens is not None:
        share = f"{row.recorded_tokens / row.billed_tokens - 1.0:+.1%}" if row.billed_tokens else "-"
        return f"{row.recorded_tokens:,} tok", f"{row.billed_tokens:,} tok", share
    billed = "-" if row.billed_usd is None else f"{row.billed_usd:.4f}"
    return f"{row.recorded_usd:.4f}", billed, "-" if row.share is None else f"{row.share:+.1%}"


def _note(row: Compared) -> str:
    unpriced = f"{row.unpriced} unpriced" if row.unpriced else ""
    return ", ".join(each for each in (row.standing if row.standing != "both" else "", unpriced) if each)


def _sum(found: Reconciliation) -> str:
    apart = "" if found.apart is None else f"; differences add up to {found.apart:.1%} of the bill"
    rejected = f"; {found.rejected} lines could not be read" if found.rejected else ""
    until = "" if found.age_h is None else f"; the newest period ended {found.age_h:.0f} h ago"
    return f"{found.recorded_usd:.4f} USD recorded, {found.billed_usd:.4f} billed{apart}{rejected}{until}"


def _as_json(found: Reconciliation) -> dict[str, object]:
    rows = [{**msgspec.to_builtins(row), "share": row.share, "standing": row.standing} for row in found.rows]
    sums = {"recorded_usd": found.recorded_usd, "billed_usd": found.billed_usd, "apart": found.apart}
    return {**msgspec.to_builtins(found), "rows": rows, **sums}
