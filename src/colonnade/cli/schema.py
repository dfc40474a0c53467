"""`colonnade schema`: the workload file for editors and for the documentation."""

from __future__ import annotations

import json

import click

from colonnade.workload.page import reference_page
from colonnade.workload.schema import json_schema


@click.command()
@click.option("--markdown", is_flag=True, help="Print the reference page of the documentation.")
def command(markdown: bool) -> None:
    """Print the JSON Schema (2020-12) of workload.yaml."""
    if markdown:
        click.echo(reference_page(), nl=False)
    else:
        click.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))
