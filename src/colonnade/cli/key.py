"""`colonnade key`: API keys for callers, and the custody of the key that protects the store."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import click

from colonnade.cli.journal import open_ledger
from colonnade.cli.options import json_option, workload_option
from colonnade.cli.person import person
from colonnade.errors import SetupError
from colonnade.evidence.change import operator
from colonnade.security.keys import EXPIRES_DAYS, ApiKey, ApiKeys, Role
from colonnade.store import custody_of
from colonnade.store.datakey import rotate

_LABEL = re.compile(r"([a-z][a-z0-9_]{0,62})=(\S.{0,199})")


@click.group()
def command() -> None:
    """API keys: create, list, revoke; people who may sign; and the custody of the store's own key."""


command.add_command(person)


@command.command()
@workload_option
@click.option("--role", type=click.Choice(get_args(Role)), default="caller", show_default=True)
@click.option("--expires-days", type=float, default=EXPIRES_DAYS, show_default=True, help="At most 730.")
@click.option("--label", "labels", multiple=True, metavar="NAME=VALUE", help="E.g. team=support; repeatable.")
@json_option
def create(folder: Path, role: Role, expires_days: float, labels: tuple[str, ...], as_json: bool) -> None:
    """Make a key and print it, this once: only its digest is stored."""
    named = dict(_label(text) for text in labels)
    with open_ledger(folder) as ledger:
        made = ApiKeys(ledger).create(
            role, named, actor=operator(), now=time.time(), expires_days=expires_days
        )
    if as_json:
        click.echo(json.dumps({"key": made.text, **_facts(made.key)}, indent=2))
        return
    click.echo(made.text)
    click.echo(
        f"id {made.key.id}, role {role}, until {_day(made.key.expires_at)}. Shown this once.", err=True
    )


@command.command(name="list")
@workload_option
@json_option
def list_keys(folder: Path, as_json: bool) -> None:
    """List keys by id with role, labels, term and last use."""
    with open_ledger(folder) as ledger:
        keys = ApiKeys(ledger).load().values()
    if as_json:
        click.echo(json.dumps([_facts(key) for key in keys], indent=2))
        return
    for key in keys:
        labels = " ".join(f"{name}={value}" for name, value in key.labels.items())
        used = key.last_used_day or "never used"
        click.echo(
            f"{key.id}  {key.role:9} {key.state(time.time()):8} until {_day(key.expires_at)}  {used}  {labels}"
        )
    if not keys:
        click.echo("no keys yet: `colonnade key create` makes one")


@command.command()
@click.argument("key_id", metavar="ID")
@workload_option
def revoke(key_id: str, folder: Path) -> None:
    """Revoke the key ID; running gateways refuse it within two seconds."""
    with open_ledger(folder) as ledger:
        ApiKeys(ledger).revoke(key_id, actor=operator(), now=time.time())
    click.echo(f"revoked {key_id}")


@command.group()
def custody() -> None:
    """The key-encryption key, which opens the store."""


@custody.command(name="rotate")
@workload_option
@click.option(
    "--to", "target", metavar="SOURCE", help="file:PATH, env:NAME or passphrase:NAME; the same if not given."
)
def rotate_custody(folder: Path, target: str | None) -> None:
    """Wrap the data key with a new key; nothing is re-encrypted, running gateways go on."""
    state = folder / ".colonnade"
    if not state.is_dir():
        raise SetupError(f"there is no store in {folder.resolve()} yet: it is made by the first start")
    old = custody_of(state)
    new = custody_of(state, target) if target else old
    rotate(state, old, new)
    click.echo(f"the store now opens with {new.reference}")
    if new.reference != custody_of(state).reference:
        click.echo(f"set COLONNADE_KEY={new.reference} for every later command", err=True)


def _label(text: str) -> tuple[str, str]:
    found = _LABEL.fullmatch(text)
    if found is None:
        raise click.BadParameter(f"{text!r} is not NAME=VALUE, e.g. team=support", param_hint="--label")
    return found[1], found[2]


def _facts(key: ApiKey) -> dict[str, Any]:
    names = ("id", "role", "labels", "created_at", "expires_at", "revoked_at", "last_used_day")
    return {**{name: getattr(key, name) for name in names}, "state": key.state(time.time())}


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")
