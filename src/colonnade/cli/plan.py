"""`colonnade plan`: what to do next, by whom and until when, the most risk closed per effort first."""

from __future__ import annotations

import time
from pathlib import Path

import click
import msgspec

from colonnade.cli.options import json_option, workload_option
from colonnade.cli.review import environment_option, evaluating
from colonnade.evidence.record import Environment
from colonnade.review.task_list import csv_plan, markdown_plan
from colonnade.review.tasks import Task


@click.command()
@click.option("--csv", "as_csv", is_flag=True, help="Print a table for spreadsheets.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print a page with boxes to tick.")
@workload_option
@environment_option
@json_option
def command(
    *, as_csv: bool, as_markdown: bool, folder: Path, environment: Environment | None, as_json: bool
) -> None:
    """List what to do next: the exact command or change, its owner, the day, and every signal that it closes."""
    from colonnade.assembly.planning import plan  # noqa: PLC0415 - loads every pillar

    if as_csv + as_markdown + as_json > 1:
        raise click.UsageError("one of --csv, --markdown and --json at a time")
    with evaluating():
        found = plan(folder, environment, time.time())
    if as_json:
        click.echo(msgspec.json.encode(found, order="deterministic"))
    elif as_csv:
        click.echo(csv_plan(found), nl=False)
    elif as_markdown:
        click.echo(markdown_plan(found), nl=False)
    else:
        _show(found)


def _show(found: tuple[Task, ...]) -> None:
    for number, task in enumerate(found, start=1):
        click.echo(f"{number:>3}  {task.what}")
        click.echo(
            f"     due {task.due}, {task.owner}; {task.level}, effort {task.effort}, gains {task.gain:.2f};"
            f" closes {', '.join(task.closes)}"
        )
    if not found:
        click.echo("nothing that the owner can close now")
