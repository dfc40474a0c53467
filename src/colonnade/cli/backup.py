"""`colonnade backup`: copies of what must not be lost, made, listed, read again and restored."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from colonnade.cli.options import json_option, workload_option

if TYPE_CHECKING:
    from colonnade.assembly.recovering import Made, Restored
    from colonnade.reliability.recovery.point import Point


@click.group()
def command() -> None:
    """Copies of the workload and its stores, closed with a key of their own."""


@command.command()
@workload_option
@json_option
def create(folder: Path, as_json: bool) -> None:
    """Make a backup of every store of `data.stores`, read it again, and let old ones go."""
    from colonnade.assembly.recovering import back_up  # noqa: PLC0415 - loads the store

    made = []
    for each in back_up(folder, _progress(silent=as_json)):
        made.append(_made(each))
        if not as_json:
            click.echo(_told(each))
    if as_json:
        click.echo(json.dumps(made, indent=2))


@command.command(name="list")
@workload_option
@json_option
def list_backups(folder: Path, as_json: bool) -> None:
    """List every backup, oldest first."""
    from colonnade.assembly.recovering import points  # noqa: PLC0415 - loads the store

    found = points(folder)
    if as_json:
        click.echo(json.dumps([_point(point) for point in found], indent=2))
        return
    for point in found:
        click.echo(
            f"{point.id}  {_moment(point.began_at)}  {point.store:<12} {len(point.copies):>5} files {point.size:>13,} bytes"
        )
    if not found:
        click.echo("no backup yet: run `colonnade backup create`")


@command.command()
@click.argument("name", default="latest", metavar="[NAME|latest]")
@workload_option
@json_option
def verify(name: str, folder: Path, as_json: bool) -> None:
    """Read every piece of a backup and compare it with what went in; exit 0 if whole."""
    from colonnade.assembly.recovering import read_again  # noqa: PLC0415 - loads the store

    point = read_again(folder, name, _progress(silent=as_json))
    click.echo(
        json.dumps({"whole": True, **_point(point)}, indent=2)
        if as_json
        else f"{point.id} is whole: {len(point.copies)} files, {point.size:,} bytes"
    )


@command.command()
@click.argument("name", default="latest", metavar="[NAME|latest]")
@click.option("--to", type=click.Path(path_type=Path), required=True, help="An empty or new folder.")
@workload_option
@json_option
def restore(name: str, to: Path, folder: Path, as_json: bool) -> None:
    """Put a backup into a new folder; exit 0 when all rows are there and the ledger is intact, else 1."""
    from colonnade.assembly.recovering import restore_to  # noqa: PLC0415 - loads the store

    done = restore_to(folder, name, to.resolve(), _progress(silent=as_json))
    click.echo(json.dumps(_restored(done), indent=2) if as_json else _said(done))
    sys.exit(0 if done.intact else 1)


def _progress(*, silent: bool) -> Callable[[str, int, int], None]:
    """One line on the standard error, written over on a terminal."""
    seen = not silent and sys.stderr.isatty()

    def told(name: str, number: int, count: int) -> None:
        if seen:
            click.echo(f"\r\033[K{number}/{count} {name[:60]}", err=True, nl=number == count)

    return told


def _told(made: Made) -> str:
    point = made.kept.point
    gone = f", {made.forgotten} older ones let go" if made.forgotten else ""
    return (
        f"{point.id}  {made.store}: {len(point.copies)} files, {point.size:,} bytes, {made.kept.written:,} of them new,"
        f" {point.finished_at - point.began_at:.1f} s{gone}"
    )


def _said(done: Restored) -> str:
    rows = sum(done.rows.values())
    state = (
        "the ledger is intact" if done.intact else "THE LEDGER IS NOT INTACT: see `colonnade ledger verify`"
    )
    return (
        f"{done.point.id} is restored to {done.to} in {done.seconds:.1f} s: {len(done.point.copies)} files, {rows} rows,"
        f" {state}"
    )


def _made(made: Made) -> dict[str, object]:
    return {
        **_point(made.kept.point),
        "written": made.kept.written,
        "forgotten": made.forgotten,
        "swept": made.swept,
    }


def _restored(done: Restored) -> dict[str, object]:
    return {
        **_point(done.point), "to": str(done.to), "seconds": done.seconds, "rows": done.rows, "intact": done.intact
    }  # fmt: skip


def _point(point: Point) -> dict[str, object]:
    return {
        "id": point.id,
        "store": point.store,
        "began_at": _moment(point.began_at),
        "finished_at": _moment(point.finished_at),
        "files": len(point.copies),
        "bytes": point.size,
    }


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
