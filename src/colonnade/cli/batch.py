"""`colonnade batch`: work that can wait is handed in, watched, cancelled and read from the workload's store."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from colonnade.assembly.batching import file_limits
from colonnade.cli.journal import open_ledger
from colonnade.cli.options import json_option, workload_option
from colonnade.cli.progress import counted
from colonnade.errors import SetupError
from colonnade.evidence.ledger import Ledger
from colonnade.gateway.application import ENDPOINTS
from colonnade.gateway.batches.batch import WINDOWS_S, Batch
from colonnade.gateway.batches.creation import Asked
from colonnade.gateway.batches.endpoints import batched
from colonnade.gateway.batches.service import create_batch
from colonnade.gateway.batches.store import BatchStore
from colonnade.gateway.call import Identity
from colonnade.gateway.files.keeping import keeps_content, refuse_unless
from colonnade.gateway.files.store import PART_BYTES, FileStore
from colonnade.gateway.files.tenant import tenant_of
from colonnade.registry.folder import load_workload
from colonnade.security.keys import ApiKeys

_LOOK_S = 0.2
_PATIENCE_S = 5.0


@click.group()
def command() -> None:
    """Batches: submit, list, show, results, cancel. Running gateways take up what is submitted."""


@command.command(name="list")
@workload_option
@json_option
def list_batches(folder: Path, as_json: bool) -> None:
    """List every tenant's batches, newest first."""
    with _opened(folder) as (_, batches):
        found = batches.since(0.0)
    if as_json:
        click.echo(json.dumps([_told(batch) for batch in found], indent=2))
        return
    for batch in found:
        click.echo(
            f"{batch.id}  {batch.status:11} {_counts(batch):>22}  until {_moment(batch.expires_at)}  key {batch.key_id}"
        )
    if not found:
        click.echo("no batches yet: `colonnade batch submit FILE` hands one in")


@command.command()
@click.argument("batch_id", metavar="ID")
@workload_option
@json_option
def show(batch_id: str, folder: Path, as_json: bool) -> None:
    """Tell how far the batch ID is, and what is wrong with its input."""
    with _opened(folder) as (_, batches):
        batch = batches.get(None, batch_id)
    _print(batch, as_json=as_json)


@command.command()
@click.argument("batch_id", metavar="ID")
@workload_option
@json_option
def cancel(batch_id: str, folder: Path, as_json: bool) -> None:
    """Cancel the batch ID: rows under way are finished, the others become error rows."""
    with _opened(folder) as (_, batches):
        batch = batches.cancel(None, batch_id)
    _print(batch, as_json=as_json)


@command.command()
@click.argument("batch_id", metavar="ID")
@click.option("--errors", is_flag=True, help="The rows that failed instead of those that were answered.")
@workload_option
def results(batch_id: str, errors: bool, folder: Path) -> None:
    """Write the answers of the batch ID to the standard output, one JSON a line."""
    with _opened(folder) as (files, batches):
        batch = batches.get(None, batch_id)
        if batch.active:
            raise SetupError(
                f"the batch {batch_id} is {batch.status}: its results are written when it is over"
            )
        file_id = batch.error_file_id if errors else batch.output_file_id
        for part in [] if file_id is None else files.parts(file_id):
            click.echo(part, nl=False)


@command.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--endpoint", default="/v1/chat/completions", show_default=True, help="What every line asks.")
@click.option(
    "--window",
    type=click.Choice(list(WINDOWS_S)),
    default="24h",
    show_default=True,
    help="Time to be complete in.",
)
@click.option("--key", "key_id", metavar="ID", help="The key that pays; the quickstart key if not given.")
@click.option("--wait", is_flag=True, help="Return when the batch is over.")
@workload_option
@json_option
def submit(
    *, file: Path, endpoint: str, window: str, key_id: str | None, wait: bool, folder: Path, as_json: bool
) -> None:
    """Hand in FILE, one request a line, in OpenAI's JSONL shape."""
    specification = load_workload(folder).specification
    stays = file_limits(specification.retention)
    refuse_unless(keeps_content(specification.privacy), "FILE")
    with open_ledger(folder) as ledger:
        files, batches = FileStore(ledger.store, stays), BatchStore(ledger.store)
        payer = _payer(ledger, folder, key_id)
        what = Asked(_stored(file, files, payer, silent=as_json), endpoint, window)
        batch = create_batch(batches, files, what, payer, batched(ENDPOINTS))
        if wait:
            batch = _awaited(batch, batches, silent=as_json)
    _print(batch, as_json=as_json)
    if wait and batch.status != "completed":
        raise SetupError(f"the batch {batch.id} is {batch.status}")


@contextmanager
def _opened(folder: Path) -> Iterator[tuple[FileStore, BatchStore]]:
    with open_ledger(folder, to_read=True) as ledger:
        yield FileStore(ledger.store), BatchStore(ledger.store)


def _payer(ledger: Ledger, folder: Path, key_id: str | None) -> Identity:
    quickstart = folder / ".colonnade" / "keys" / "quickstart.key"
    if key_id is None and not quickstart.exists():
        raise SetupError("name the key that pays with --key ID: `colonnade key list` shows them")
    named = key_id or quickstart.read_text(encoding="ascii").split("-")[1]
    key = ApiKeys(ledger).load().get(named)
    if key is None or key.state(time.time()) != "valid":
        raise SetupError(
            f"the key {named} is unknown, revoked or expired: `colonnade key list` names those that are valid"
        )
    return Identity(key.id, key.role, key.labels)


def _stored(path: Path, files: FileStore, payer: Identity, *, silent: bool) -> str:
    """The id of the file in the store; it is read part by part."""
    draft, size, done = files.begin(tenant_of(payer), payer.key_id), path.stat().st_size, 0
    try:
        with path.open("rb") as source, counted("bytes stored", silent=silent) as told:
            for number, part in enumerate(iter(lambda: source.read(PART_BYTES), b"")):
                files.append(draft, number, part)
                done += len(part)
                told(done, size)
        return files.keep(draft, "batch", path.name).id
    except BaseException:
        files.discard(draft)
        raise


def _awaited(batch: Batch, batches: BatchStore, *, silent: bool) -> Batch:
    patience = time.monotonic() + _PATIENCE_S
    with counted("rows", silent=silent) as told:
        while batch.active:
            if batch.status == "validating" and time.monotonic() > patience:
                click.echo(
                    "waiting for a gateway that serves this workload: `colonnade up` starts one", err=True
                )
                patience = float("inf")
            time.sleep(_LOOK_S)
            batch = batches.get(None, batch.id)
            if batch.total:
                told(batch.completed + batch.failed, batch.total)
    return batch


def _print(batch: Batch, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(_told(batch), indent=2))
        return
    shape = batch.shape()
    facts: dict[str, object] = {
        "batch": batch.id,
        "status": batch.status,
        "rows": _counts(batch),
        "endpoint": batch.endpoint,
        "window": f"{batch.completion_window}, until {_moment(batch.expires_at)}",
        "key": batch.key_id,
        "input": batch.input_file_id,
        "output": batch.output_file_id,
        "errors": batch.error_file_id,
    }
    for name, value in facts.items():
        if value is not None:
            click.echo(f"{name:9} {value}")
    for fault in (shape["errors"] or {"data": []})["data"]:
        place = f"line {fault['line']}: " if fault["line"] else ""
        click.echo(f"fault     {place}{fault['message']} ({fault['code']})")


def _told(batch: Batch) -> dict[str, object]:
    waits = {"key_id": batch.key_id, "missed": batch.missed, "longest_wait_s": round(batch.longest_wait_s, 3)}
    return {**batch.shape(), **waits}


def _counts(batch: Batch) -> str:
    failed = f", {batch.failed} failed" if batch.failed else ""
    return f"{batch.completed} of {batch.total}{failed}"


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")
