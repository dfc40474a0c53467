"""`colonnade waiver list`: every accepted risk, what it excuses now, and when it ends."""

from __future__ import annotations

import json
from pathlib import Path

import click
import msgspec

from colonnade.cli.options import json_option, workload_option
from colonnade.cli.review import environment_option, reviewed
from colonnade.evidence.record import Environment


@click.group()
def command() -> None:
    """Accepted risks; `colonnade waive` writes one."""


@command.command(name="list")
@workload_option
@environment_option
@json_option
def list_waivers(folder: Path, environment: Environment | None, as_json: bool) -> None:
    """List every waiver by state: standing, unused, lapsed, void, or for another environment; those near their end."""
    results = reviewed(folder, environment).waivers
    if as_json:
        click.echo(json.dumps(msgspec.to_builtins(results), indent=2))
        return
    for each in results:
        near = f" ({each.days_left} days left)" if each.near_expiry else ""
        excuses = f" [{', '.join(each.excuses)}]" if each.excuses else ""
        click.echo(
            f"{each.state:9} {each.waiver.what:9} {each.why}{near}{excuses}  waivers.yaml:{each.waiver.line}"
        )
    if not results:
        click.echo("nothing is accepted: `colonnade waive PRACTICE` accepts a risk")
