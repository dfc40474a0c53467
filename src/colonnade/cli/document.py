"""A finished document goes to a file, or to standard output."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from colonnade.review.exports.formats import FORMATS
from colonnade.review.report import Report

if TYPE_CHECKING:
    from colonnade.assembly.exporting import Exported

Function = TypeVar("Function", bound=Callable[..., Any])


def out_option(function: Function) -> Function:
    """`--out FILE`: where a document is written; standard output if not given."""
    option = click.option(
        "--out",
        type=click.Path(path_type=Path, dir_okay=False),
        help="The file to write; else standard output.",
    )
    return option(function)


def format_option(function: Function) -> Function:
    """`--format NAME`: write the review as this document, as `colonnade export` does."""
    option = click.option(
        "--format",
        "written_as",
        type=click.Choice(list(FORMATS)),
        help="Write the review in this format; `colonnade export` lists what each is for.",
    )
    return option(function)


def write_report(
    report: Report, name: str, out: Path | None, folder: Path, *, before: Report | None, as_json: bool
) -> None:
    """Write a report in a format; `before` is the report of a milestone to compare with.

    Raises:
        CannotEvaluate: the format cannot hold the report.
        SetupError: the file cannot be written, or there is no key to sign with.
    """
    from colonnade.assembly.exporting import export  # noqa: PLC0415 - loads every pillar

    hand_over(export(FORMATS[name], report, folder, before=before), out, as_json=as_json)


def hand_over(finished: Exported, out: Path | None, *, as_json: bool) -> None:
    """Write a document to a file and say so, or to standard output.

    Raises:
        SetupError: the file cannot be written.
    """
    if out is None:
        sys.stdout.buffer.write(finished.content)
        sys.stdout.buffer.flush()
        return
    from colonnade.store.durable import replace_file  # noqa: PLC0415 - loads the database

    replace_file(out, finished.content)
    told = {
        "format": finished.format.name,
        "file": str(out),
        "bytes": len(finished.content),
        "digest": finished.digest,
    }
    click.echo(json.dumps(told) if as_json else f"{out}: {finished.format.title}")
