"""The passphrase of a private key comes from a variable or is asked for; it never stands on a command line."""

from __future__ import annotations

import os

import click

from colonnade.errors import SetupError

ASK = "ask"


def passphrase_option(function: click.decorators.FC) -> click.decorators.FC:
    """`--passphrase ask|env:NAME`: what opens, or will open, the private key."""
    option = click.option(
        "--passphrase",
        metavar="ask|env:NAME",
        help="What protects the private key: asked for, or in a variable. None if not given.",
    )
    return option(function)


def passphrase_of(source: str | None, *, new: bool = False) -> bytes:
    """The passphrase, empty where none is used; a new one is asked for twice.

    Raises:
        SetupError: the source is none of the two, or the variable is not set.
    """
    if source is None:
        return b""
    if source == ASK:
        return str(click.prompt("passphrase", hide_input=True, confirmation_prompt=new, err=True)).encode()
    kind, _, name = source.partition(":")
    value = os.environ.get(name, "") if kind == "env" else ""
    if not value:
        raise SetupError(
            "--passphrase takes `ask`, or `env:NAME` with a variable that is set; never the passphrase itself"
        )
    return value.encode()
