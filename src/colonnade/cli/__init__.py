"""The command line: one module a noun, loaded only when it is used."""

from __future__ import annotations

import importlib
import sys

import click

from colonnade.errors import ColonnadeError, FaultyWorkload

COMMANDS: dict[str, str] = {
    "attest": "attest",
    "backup": "backup",
    "batch": "batch",
    "bundle": "bundle",
    "carbon": "carbon",
    "cost": "cost",
    "check": "check",
    "drill": "drill",
    "eval": "eval",
    "evidence": "evidence",
    "explain": "explain",
    "export": "export",
    "init": "init",
    "key": "key",
    "knowledge": "knowledge",
    "ledger": "ledger",
    "milestone": "milestone",
    "model": "model",
    "plan": "plan",
    "review": "review",
    "schema": "schema",
    "up": "up",
    "vouch": "vouch",
    "waive": "waive",
    "waiver": "waiver",
    "simulate": "simulate",
}
"""Command name -> module of this package; each module has a click command or group named `command`."""


class LazyGroup(click.Group):
    """Loads the module of a command when the command is asked for, so that `colonnade --help` stays fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names of all commands."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of that name, or None."""
        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        loaded: click.Command = importlib.import_module(f"colonnade.cli.{module}").command
        return loaded


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="colonnade", prog_name="colonnade")
def colonnade() -> None:
    """Run a generative-AI use case well-architected, and prove it."""


def main() -> None:
    """Run the command; an error is one line, or a line a fault, and an exit code."""
    try:
        colonnade(standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("stopped", err=True)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except FaultyWorkload as error:
        for fault in error.faults:
            click.echo(str(fault), err=True)
        click.echo(str(error), err=True)
        sys.exit(error.exit_code)
    except ColonnadeError as error:
        click.echo(f"colonnade: {error}", err=True)
        sys.exit(error.exit_code)
