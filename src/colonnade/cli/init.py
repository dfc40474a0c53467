"""`colonnade init`: a new workload folder from a template."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from colonnade.cli.check import summary
from colonnade.registry.folder import load_workload
from colonnade.workload.scaffold import TEMPLATES, scaffold


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--template", type=click.Choice(list(TEMPLATES)), help="What to start from; asked if not given."
)
def command(folder: Path, template: str | None) -> None:
    """Write a workload folder that passes `colonnade check`; nothing is overwritten."""
    for path in scaffold(folder, template or _asked()):
        click.echo(f"wrote {folder / path}")
    click.echo(summary(load_workload(folder)))
    click.echo(f"next: edit {folder / 'workload.yaml'}, then colonnade check --workload {folder}")


def _asked() -> str:
    """The template that the person at the terminal chooses."""
    if not sys.stdin.isatty():
        names = ", ".join(TEMPLATES)
        raise click.UsageError(f"nobody is there to ask: name a template with --template ({names})")
    for name, about in TEMPLATES.items():
        click.echo(f"  {name:18} {about}")
    chosen: str = click.prompt("template", type=click.Choice(list(TEMPLATES)), default="support-assistant")
    return chosen
