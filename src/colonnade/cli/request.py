"""`colonnade explain request ID`: the whole way of one request."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from colonnade.assembly.browsing import passages
from colonnade.cli.journal import open_ledger
from colonnade.cli.options import json_option, workload_option
from colonnade.errors import SetupError
from colonnade.registry.folder import load_workload
from colonnade.responsibility.explanation import explain

_LONGEST_PASSAGE = 400


@click.command()
@click.argument("identifier", metavar="ID")
@workload_option
@json_option
def request(identifier: str, folder: Path, as_json: bool) -> None:
    """Tell the whole way of a request: stages, decisions, sources, versions, cost and energy.

    ID is what the answer's header `x-request-id` says.
    """
    workload = load_workload(folder)
    with open_ledger(workload.folder, to_read=True) as ledger:
        record = ledger.request(identifier)
        if record is None:
            raise SetupError(f"the journal holds no request {identifier}: the header x-request-id has the id")
        explanation = explain(record, passages(workload, ledger, record))
    if as_json:
        click.echo(json.dumps(explanation, indent=2, ensure_ascii=False))
        return
    console = Console(highlight=False)
    for part in told(explanation):
        console.print(part)


command = request


def told(explanation: dict[str, Any]) -> Iterator[RenderableType]:
    """The explanation for people, part by part."""
    yield _facts("request", explanation["request"])
    yield _facts("outcome", explanation["outcome"])
    yield _facts("answered by", explanation["answered_by"])
    yield _way(explanation["way"])
    yield from _sources(explanation)
    yield _facts("tokens", explanation["tokens"])
    yield _facts("cost", explanation["cost"])
    yield _facts("footprint", explanation["footprint"])
    yield Text(explanation["limits"], style="dim")


def _facts(title: str, facts: dict[str, Any]) -> Table:
    table = Table(box=None, show_header=False, title=title, title_justify="left", title_style="bold")
    for name, value in facts.items():
        if value not in (None, "", [], {}):
            table.add_row(Text(name.replace("_", " "), style="dim"), Text(_shown(value)))
    return table


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list):
        return " to ".join(_shown(part) for part in value)
    if isinstance(value, dict):
        return ", ".join(f"{name}={part}" for name, part in value.items())
    return str(value)


def _way(steps: list[dict[str, Any]]) -> Table:
    table = Table(box=None, title="way", title_justify="left", title_style="bold", show_header=False)
    for step in steps:
        table.add_row(
            Text(f"{step['at_ms']:.1f} ms", justify="right"), Text(step["stage"]), Text(step["what"])
        )
    return table


def _sources(explanation: dict[str, Any]) -> Iterator[RenderableType]:
    if explanation["knowledge"]["nothing_found"]:
        yield Text("sources", style="bold")
        yield Text("no passage scored above the floor of the route")
    for number, source in enumerate(explanation["sources"], start=1):
        version = source["document_version"].removeprefix("sha256:")[:12]
        yield Text(
            f"source [{number}] {source['document']} @ {version}, score {source['score']}", style="bold"
        )
        passage = source["passage"] or "(the index no longer holds this generation)"
        yield Text(passage if len(passage) <= _LONGEST_PASSAGE else passage[:_LONGEST_PASSAGE] + " ...")
