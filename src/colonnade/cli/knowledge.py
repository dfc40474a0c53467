"""`colonnade knowledge`: index documents, search them, and go back to an earlier generation."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from colonnade.assembly.opened import opened
from colonnade.assembly.preparation import SearchModels, index_knowledge, open_collections
from colonnade.cli.options import json_option, workload_option
from colonnade.cli.progress import progress_for, shown
from colonnade.errors import SetupError
from colonnade.evidence.change import Change, operator
from colonnade.evidence.ledger import Ledger
from colonnade.knowledge.collection import Collection
from colonnade.knowledge.index import Index
from colonnade.knowledge.passage import Retrieval
from colonnade.registry.models import ModelStore
from colonnade.workload.folder import Workload

name_option = click.option(
    "--name", metavar="NAME", help="The entry of `knowledge`, where there are several."
)

Told = Callable[[str, str, int, int], None]


@click.group()
def command() -> None:
    """Index the documents of a workload and search them."""


@command.command()
@workload_option
@json_option
def index(folder: Path, as_json: bool) -> None:
    """Bring every index to what its folder holds; only what changed is embedded."""
    with opened_collections(folder, silent=as_json) as (ledger, collections):
        with told(silent=as_json) as tell:
            index_knowledge(collections, ledger, tell)
        states = [collection.status() for collection in collections.values()]
    if as_json:
        click.echo(json.dumps([asdict(state) for state in states], indent=2))
        return
    for state in states:
        assert state.live is not None
        click.echo(
            f"{state.knowledge}: {state.live.chunks} passages of {state.live.documents} documents are live"
        )
        click.echo(f"generation {state.live.digest}")
        for reject in state.rejects:
            click.echo(f"not taken: {reject}", err=True)


@command.command()
@workload_option
@json_option
def status(folder: Path, as_json: bool) -> None:
    """Say whether each index is what its folder would give now. Exit code 1 where one is not."""
    with opened_collections(folder, silent=as_json) as (_, collections):
        states = [collection.status() for collection in collections.values()]
    if as_json:
        click.echo(json.dumps([asdict(state) for state in states], indent=2))
    for state in states if not as_json else []:
        live = (
            f"{state.live.digest[:19]}, {state.live.chunks} passages" if state.live else "nothing is indexed"
        )
        word = "current" if state.current else "out of date: run `colonnade knowledge index`"
        click.echo(
            f"{state.knowledge}: {state.documents} documents, {len(state.rejects)} not taken; {live}; {word}"
        )
        for reject in state.rejects:
            click.echo(f"  {reject}")
    if not all(state.current for state in states):
        sys.exit(1)


@command.command()
@workload_option
@click.argument("question")
@click.option("--passages", type=click.IntRange(1, 50), default=5, show_default=True)
@name_option
@json_option
def search(folder: Path, question: str, passages: int, name: str | None, as_json: bool) -> None:
    """Show what a question finds, with scores and without a floor."""
    with opened_collections(folder, silent=as_json) as (_, collections):
        collection = collections[chosen(list(collections), name)]
        found = asyncio.run(collection.retriever.retrieve(question, passages=passages))
    if as_json:
        click.echo(json.dumps(asdict(found), indent=2))
        return
    _print_passages(found)


@command.command()
@workload_option
@json_option
def generations(folder: Path, as_json: bool) -> None:
    """List the generations that are kept, the live one first."""
    with opened(folder) as (workload, ledger, _):
        kept = [(name, one) for name in entries_of(workload) for one in index_of(ledger, name).generations()]
    if as_json:
        click.echo(json.dumps([{"knowledge": name, **asdict(one)} for name, one in kept], indent=2))
        return
    table = Table(
        "knowledge", "generation", "state", "documents", "passages", "built", box=None, pad_edge=False
    )
    for name, one in kept:
        table.add_row(
            name, one.digest[:19], one.state, str(one.documents), str(one.chunks), _minute(one.created_at)
        )
    Console(highlight=False).print(table)


@command.command()
@workload_option
@click.argument("generation")
@click.option("--reason", required=True, help="Why; it goes into the ledger.")
@name_option
@json_option
def activate(folder: Path, generation: str, reason: str, name: str | None, as_json: bool) -> None:
    """Switch to a kept GENERATION; the beginning of its digest is enough."""
    with opened(folder) as (workload, ledger, _):
        entry = chosen(entries_of(workload), name)
        switch = index_of(ledger, entry).activate(generation)
        if switch.changed:
            ledger.append_change(
                Change(
                    kind="knowledge", name=entry, at=time.time(), actor=operator(), reason=reason,
                    before=switch.before, after=switch.after,
                )
            )  # fmt: skip
    if as_json:
        click.echo(json.dumps(asdict(switch), indent=2))
    elif switch.changed:
        click.echo(f"{entry}: {switch.after[:19]} is live, before it was {switch.before[:19]}")
    else:
        click.echo(f"{entry}: {switch.after[:19]} was live already")


@contextmanager
def opened_collections(folder: Path, *, silent: bool) -> Iterator[tuple[Ledger, dict[str, Collection]]]:
    """Every entry of `knowledge` with its models, which are obtained now where they are missing."""
    with opened(folder) as (workload, ledger, _):
        entries_of(workload)
        entries = workload.specification.knowledge.values()
        names = [name for entry in entries for name in (entry.embedding, entry.reranker) if name is not None]
        with progress_for(silent=silent) as progress:
            files = ModelStore().ensure_all(dict.fromkeys(names), progress)
        collections = open_collections(workload, ledger.store, SearchModels(files))
        try:
            yield ledger, collections
        finally:
            for collection in collections.values():
                collection.close()


def entries_of(workload: Workload) -> list[str]:
    """The names of the entries; a SetupError where the workload has none."""
    names = list(workload.specification.knowledge)
    if not names:
        raise SetupError("this workload has no `knowledge`; add an entry to workload.yaml")
    return names


def chosen(names: list[str], name: str | None) -> str:
    """The entry that is meant; a usage error where that is open."""
    if name is None and len(names) == 1:
        return names[0]
    if name not in names:
        raise click.UsageError(f"--name must be one of: {', '.join(names)}")
    return name


def index_of(ledger: Ledger, name: str) -> Index:
    """The index of an entry; needs no model."""
    found = Index(ledger.store.connection, name)
    found.prepare()
    return found


@contextmanager
def told(*, silent: bool) -> Iterator[Told]:
    """Shows how far indexing is."""
    if silent:
        yield lambda *_: None
        return
    with shown() as account:
        yield account.index


def _print_passages(found: Retrieval) -> None:
    click.echo(f"generation {found.generation[:19]}, {sum(found.timings.values()):.0f} ms")
    for passage in found.passages:
        place = f" ({passage.place})" if passage.place else ""
        click.echo(f"\n{passage.score:7.2f}  {passage.id}  {passage.document}{place}")
        click.echo(f"         {_beginning(passage.text)}")


def _beginning(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 200 else line[:199] + "…"


def _minute(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M")
