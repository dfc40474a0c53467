"""`colonnade cost anomaly`: costs that stand out, and what somebody found of them."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec
from rich.markup import escape
from rich.table import Table

from colonnade.cli.bars import bar
from colonnade.cli.journal import open_ledger
from colonnade.cli.options import json_option, workload_option
from colonnade.cli.screen import screen
from colonnade.cost.evidence import SpendSeries
from colonnade.cost.series import DAY_S, HOUR_S, series
from colonnade.errors import SetupError
from colonnade.evidence.change import Change, operator
from colonnade.evidence.ledger import Ledger


@click.group()
def command() -> None:
    """Find costs that stand out, and say what they were."""


@command.command("list")
@workload_option
@click.option("--days", type=click.FloatRange(min=0.0, min_open=True), default=1.0, show_default=True)
@click.option("--by", type=click.Choice(["hour", "day"]), default="hour", show_default=True)
@json_option
def listed(folder: Path, days: float, by: str, as_json: bool) -> None:
    """Show the series of costs, and what stands out of it."""
    with open_ledger(folder, to_read=True) as ledger:
        found = _series(ledger, days, HOUR_S if by == "hour" else DAY_S)
    if as_json:
        click.echo(json.dumps(msgspec.to_builtins(found), indent=2))
        return
    console = screen()
    console.print(_table(found))
    for it in found.anomalies:
        said = escape(it.disposition) if it.disposition else "no disposition yet"
        console.print(f"{it.id}: {it.value:.6f} USD, usually {it.usual:.6f} (score {it.score:+.1f}): {said}")
    if not found.anomalies:
        console.print("nothing stands out")


@command.command()
@click.argument("anomaly")
@workload_option
@click.option("--reason", required=True, help="What it was: it stands in the ledger from now on.")
@click.option("--days", type=click.FloatRange(min=0.0, min_open=True), default=31.0, show_default=True)
def dispose(anomaly: str, folder: Path, reason: str, days: float) -> None:
    """Say what an anomaly was."""
    with open_ledger(folder, to_read=True) as ledger:
        known = {it.id: it for width in (HOUR_S, DAY_S) for it in _series(ledger, days, width).anomalies}
        if anomaly not in known:
            raise SetupError(f"nothing of that id stands out in the last {days:g} days: {anomaly}")
        value = f"{known[anomaly].value:.10f}"
        change = Change(
            kind="anomaly", name=anomaly, at=time.time(), actor=operator(), reason=reason, after="disposed",
            details={"value_usd": value},
        )  # fmt: skip
        ledger.append_change(change)
    click.echo(f"{anomaly}: {reason}")


def _series(ledger: Ledger, days: float, width_s: float) -> SpendSeries:
    now = time.time()
    said = {change.name: change.reason for change in ledger.changes(kind="anomaly")}
    return series(ledger.requests(now - days * DAY_S, now), said, width_s)


def _table(found: SpendSeries) -> Table:
    table = Table("from (UTC)", box=None)
    for heading in ("requests", "useful", "USD", "USD/request", "USD/useful"):
        table.add_column(heading, justify="right")
    table.add_column("USD/request")
    most = max((point.usd_per_request or 0.0 for point in found.points), default=0.0)
    standing_out = {it.start for it in found.anomalies}
    for point in found.points:
        at = f"{datetime.fromtimestamp(point.start, UTC):%Y-%m-%d %H:%M}"
        drawn = bar(point.usd_per_request or 0.0, most) + (" !" if point.start in standing_out else "")
        useful = "-" if point.usd_per_outcome is None else f"{point.usd_per_outcome:.6f}"
        each = f"{point.usd_per_request or 0.0:.6f}"
        counts = str(point.requests), str(point.outcomes), f"{point.usd:.6f}"
        table.add_row(at, *counts, each, useful, drawn)
    return table
