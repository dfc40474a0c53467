"""Prices as a table and as JSON: for every model its rates, where they come from, and what another source says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from rich.markup import escape
from rich.table import Table

from colonnade.cli.bars import bar
from colonnade.cost.cross_check import Difference
from colonnade.cost.prices import Price


def price_table(found: Mapping[str, Price]) -> Table:
    """One row a model; a bar shows the price of its output beside the others."""
    table = Table("model", box=None)
    table.add_column("input $/Mtok", justify="right")
    table.add_column("output $/Mtok", justify="right")
    for heading in ("", "source", "as of", "checked"):
        table.add_column(heading)
    dearest = max((_output(price) for price in found.values()), default=0.0)
    for name, price in found.items():
        drawn = bar(_output(price), dearest, 8)
        table.add_row(name, *_rates(price), drawn, escape(price.source), price.as_of, _checked(price))
    return table


def disputes(found: Mapping[str, Price]) -> list[str]:
    """One sentence for each price that another source gives otherwise."""
    return [
        f"{name} is disputed by {price.check.source} of {price.check.as_of}:"
        f" {', '.join(map(_difference, price.check.differences))}"
        for name, price in found.items()
        if price.check is not None and price.disputed
    ]


def price_as_json(price: Price) -> dict[str, Any]:
    """Everything that is known of a price."""
    check = price.check
    return {
        "known": price.known,
        "source": price.source,
        "as_of": price.as_of,
        "rates": price.rates and asdict(price.rates),
        "batch_factor": price.lane,
        "disputed": price.disputed,
        "cross_check": check
        and {
            "source": check.source,
            "as_of": check.as_of,
            "differences": [{**asdict(each), "share": each.share} for each in check.differences],
        },
    }


def _rates(price: Price) -> tuple[str, str]:
    if price.rates is None:
        return "unknown", "unknown"
    return f"{price.rates.fresh_input.per_mtok_usd:f}", f"{price.rates.output.per_mtok_usd:f}"


def _output(price: Price) -> float:
    return float(price.rates.output.per_mtok_usd) if price.rates else 0.0


def _checked(price: Price) -> str:
    """Whether a second source agrees; a dash where none lists the model."""
    if price.check is None:
        return "-"
    return "disputed" if price.disputed else "agrees"


def _difference(each: Difference) -> str:
    long = " in long calls" if each.input_tokens else ""
    return f"{each.kind.replace('_', ' ')} {each.other:f} and not {each.used:f}{long}"
