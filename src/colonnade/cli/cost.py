"""`colonnade cost`: what was spent, on what and in vain, what a model costs, and whether bills agree."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import asdict
from pathlib import Path

import click
import msgspec
from rich.markup import escape
from rich.table import Table

from colonnade.assembly.counting import budget_accounts
from colonnade.cli import anomaly
from colonnade.cli.billing import import_export, reconcile
from colonnade.cli.journal import open_ledger
from colonnade.cli.options import json_option, workload_option
from colonnade.cli.pricing import disputes, price_as_json, price_table
from colonnade.cli.screen import screen
from colonnade.cli.tokens import kinds_table, waste_table
from colonnade.cost.prices import PriceBook
from colonnade.cost.summary import CAUSES, Spend, spending
from colonnade.cost.waste import kinds_used
from colonnade.cost.waste import waste as split_waste
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
            json.dumps(
                [
                    {
                        **asdict(row),
                        "usd_per_answer": row.usd_per_answer,
                        "provider_share": row.provider_share,
                    }
                    for row in rows
                ],
                indent=2,
            )
        )
    else:
        console = screen()
        console.print(_summary(rows, by, days))
        if any(row.charged for row in rows):
            console.print(_charged(rows))


@command.command()
@workload_option
@json_option
def prices(folder: Path, as_json: bool) -> None:
    """Show the price of every model of the workload, with source and date, and whether another source disputes it."""
    specification, now = load_workload(folder).specification, time.time()
    book = PriceBook.of(specification)
    found = {name: book.price(name, now) for name in specification.models}
    if as_json:
        rows = {name: price_as_json(price) for name, price in found.items()}
        click.echo(json.dumps(rows, indent=2, default=str))
    else:
        console = screen()
        console.print(price_table(found))
        for sentence in disputes(found):
            console.print(escape(sentence))


@command.command()
@workload_option
@click.option("--days", type=click.FloatRange(min=0.0, min_open=True), default=30.0, show_default=True)
@json_option
def waste(folder: Path, days: float, as_json: bool) -> None:
    """Show how many tokens of each kind were used, and how many bought nothing, by reason."""
    now = time.time()
    with open_ledger(folder, to_read=True) as ledger:
        requests = list(ledger.requests(now - days * _DAY_S, now))
    split, kinds = split_waste(requests), kinds_used(requests)
    if as_json:
        click.echo(json.dumps({**msgspec.to_builtins(split), "share": split.share, "kinds": kinds}, indent=2))
    else:
        console = screen()
        console.print(kinds_table(kinds, days))
        console.print(waste_table(split))


command.add_command(import_export)
command.add_command(reconcile)
command.add_command(anomaly.command, "anomaly")


@command.command()
@workload_option
@json_option
def budget(folder: Path, as_json: bool) -> None:
    """Show how the budgets of this day and month stand, over all workers: the workload's, and those of keys and teams."""
    accounts = asyncio.run(budget_accounts(folder))
    if as_json:
        click.echo(json.dumps([{**asdict(it), "remaining": it.remaining} for it in accounts], indent=2))
        return
    if not accounts:
        click.echo("no budget: set `budgets` or `constraints.budget_ceiling` in workload.yaml")
        return
    table = Table(
        "of", "budget", "period", "cap $", "spent $", "reserved $", "remaining $", "told at", box=None
    )
    for it in accounts:
        sums = (f"{usd:.6f}" for usd in (it.cap, it.spent, it.reserved, it.remaining))
        told = ", ".join("cap" if share >= 1.0 else f"{share:.0%}" for share in it.told)
        table.add_row(it.holder.replace("/", " ", 1) or "workload", it.budget, it.period, *sums, told or "-")
    screen().print(table)


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
        "in vain",
        "USD/answer",
    ):
        table.add_column(heading, justify="right")
    for row in rows:
        table.add_row(*_cells(row))
    return table


def _charged(rows: list[Spend]) -> str:
    """What upstreams named as their own cost, beside what our prices say of the same answers."""
    charged, named = sum(row.charged for row in rows), sum(row.provider_usd for row in rows)
    ours = sum(row.estimated_usd for row in rows)
    share = f"{named / ours - 1.0:+.1%}" if ours else "not comparable"
    return f"{charged} answers named their own cost: {named:.6f} USD; by our prices {ours:.6f} ({share})"


def _cells(row: Spend) -> tuple[str, ...]:
    per_answer = "unknown" if row.usd_per_answer is None else f"{row.usd_per_answer:.6f}"
    assumed = f" counted as {row.assumed_usd:.6f}" if row.assumed_usd else ""
    more = f" + {row.unpriced} unpriced{assumed}" if row.unpriced else ""
    vain = f"{row.lost_usd:.6f}"
    return (
        row.cause, str(row.requests), str(row.answered), str(row.cached), str(row.input_tokens),
        str(row.output_tokens), str(row.avoided_tokens), f"{row.usd:.6f}{more}", vain, per_answer,
    )  # fmt: skip
