"""Tokens as tables: of each kind, and of each reason for which they bought nothing."""

from __future__ import annotations

from collections.abc import Mapping

from rich.table import Table

from colonnade.cli.bars import bar
from colonnade.cost.evidence import Waste


def kinds_table(kinds: Mapping[str, int], days: float) -> Table:
    """Every kind of which there are any."""
    total = sum(kinds.values())
    table = Table(title=f"Tokens of the last {days:g} days by kind", box=None, title_justify="left")
    table.add_column("kind")
    table.add_column("tokens", justify="right")
    table.add_column("share", justify="right")
    table.add_column("")
    for kind, tokens in kinds.items():
        if tokens:
            table.add_row(kind.replace("_", " "), f"{tokens:,}", f"{tokens / total:.1%}", bar(tokens, total))
    table.add_row("all", f"{total:,}", "", "")
    return table


def waste_table(split: Waste) -> Table:
    """Every reason, with its share of all tokens that were used."""
    table = Table(title="Tokens that bought nothing, by reason", box=None, title_justify="left")
    table.add_column("reason")
    for heading in ("requests", "tokens", "USD", "of all"):
        table.add_column(heading, justify="right")
    table.add_column("")
    for part in split.parts:
        share = f"{part.tokens / split.tokens:.1%}" if split.tokens else "-"
        figures = str(part.requests), f"{part.tokens:,}", f"{part.usd:.6f}", share
        table.add_row(part.reason.replace("_", " "), *figures, bar(part.tokens, split.tokens))
    return table
