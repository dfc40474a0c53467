"""`colonnade cost`: what was spent, on what, and what a model costs."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from colonnade.cli.journal import open_ledger
from colonnade.cli.options import json_option, workload_option
from colonnade.cost.prices import PriceBook
from colonnade.cost.summary import CAUSES, Spend, spending
from colonnade.registry.folder import load_workload

_DAY_S = 86_400.0


@click.group()
def command() -> None:
    """Show prices and spending."""


@command.command()
@workload_option
@click.option("--days", type=click.FloatRange(min=0.0, min_open=True), default=30.0, show_default=True)
@click.option("--by", type=click.Choice(list(CAUSES)), default="route", show_default=True)
@json_option
def summary(folder: Path, days: float, by: str, as_json: bool) -> None:
    """Add up what requests cost, by what caused it."""
    now = time.time()
    with open_ledger(folder, to_read=True) as ledger:
        rows = spending(ledger.requests(now - days * _DAY_S, now), by)
    if as_json:
        click.echo(
            json.dumps([{**asdict(row), "usd_per_answer": row.usd_per_answer} for row in rows], indent=2)
        )
    else:
        Console(highlight=False).print(_summary(rows, by, days))


@command.command()
@workload_option
@json_option
def prices(folder: Path, as_json: bool) -> None:
    """Show the price of every model of the workload, with source and date."""
    specification, now = load_workload(folder).specification, time.time()
    book = PriceBook.of(specification)
    found = {name: book.price(name, now) for name in specification.models}
    if as_json:
        rows = {
            name: {
                "known": it.known,
                "source": it.source,
                "as_of": it.as_of,
                "rates": it.rates and asdict(it.rates),
            }
            for name, it in found.items()
        }
        click.echo(json.dumps(rows, indent=2, default=str))
        return
    table = Table("model", "input $/Mtok", "output $/Mtok", "source", "as of", box=None)
    for name, it in found.items():
        known = (
            (f"{it.rates.fresh_input.per_mtok_usd:f}", f"{it.rates.output.per_mtok_usd:f}")
            if it.rates
            else None
        )
        table.add_row(name, *(known or ("unknown", "unknown")), it.source, it.as_of)
    Console(highlight=False).print(table)


def _summary(rows: list[Spend], by: str, days: float) -> Table:
    table = Table(title=f"Spending of the last {days:g} days by {by}", box=None, title_justify="left")
    table.add_column(by)
    for heading in (
        "requests",
        "answered",
        "cached",
        "input tok",
        "output tok",
        "avoided tok",
        "USD",
        "USD/answer",
    ):
        table.add_column(heading, justify="right")
    for row in rows:
        table.add_row(*_cells(row))
    return table


def _cells(row: Spend) -> tuple[str, ...]:
    per_answer = "unknown" if row.usd_per_answer is None else f"{row.usd_per_answer:.6f}"
    more = f" + {row.unpriced} unpriced" if row.unpriced else ""
    return (
        row.cause, str(row.requests), str(row.answered), str(row.cached), str(row.input_tokens),
        str(row.output_tokens), str(row.avoided_tokens), f"{row.usd:.6f}{more}", per_answer,
    )  # fmt: skip
