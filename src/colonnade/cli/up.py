"""`colonnade up`: prepare the workload, run gateway, console and embedded model, and keep them running."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import click

from colonnade.cli.options import json_option
from colonnade.cli.progress import shown
from colonnade.workload.folder import Workload


@click.command()
@click.option(
    "--workload",
    "folders",
    type=click.Path(path_type=Path),
    multiple=True,
    help="A workload folder; several share the port, each with keys of its own. [env: WORKLOAD]",
)
@click.option(
    "--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Gateway processes."
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen; loopback unless told.")
@click.option("--port", type=int, default=8080, envvar="PORT", show_default=True, show_envvar=True)
@click.option("--console-port", type=int, default=None, help="The console's port; PORT + 1 if not given.")
@click.option(
    "--console/--no-console", "with_console", default=True, show_default=True, help="Whether to start it."
)
@json_option
def command(
    *,
    folders: tuple[Path, ...],
    workers: int,
    host: str,
    port: int,
    console_port: int | None,
    with_console: bool,
    as_json: bool,
) -> None:
    """Run the workload, or several, until Ctrl-C. A changed folder is taken up while it runs."""
    from colonnade.assembly.starting import Addresses, start, tend  # noqa: PLC0415 - loads every pillar

    began = time.monotonic()
    addresses = Addresses(host, port, (console_port or port + 1) if with_console else None)
    with shown() as account:
        started = start(folders or (_usual_folder(),), addresses, account, workers=workers)
    if as_json:
        places = {
            "base_url": addresses.base_url,
            "key": started.key,
            "console": started.console_url if with_console else None,
        }
        keys = {each.workload.specification.name: each.key for each in started.prepared}
        click.echo(json.dumps({**places, "keys": keys}))
    else:
        for each in started.prepared:
            click.echo(_welcome(each.workload.specification.name, addresses.base_url, each.key))
        if with_console:
            click.echo(f"console   {started.console_url}")
        click.echo(f"\ntry       {_curl(addresses.base_url, started.key, _first_route(started.workload))}")
        click.echo(
            f"\nready after {time.monotonic() - began:.1f} s; a model may still load, see {addresses.gateway}/readyz"
        )
        click.echo("Ctrl-C stops everything")
    tend(started)
    click.echo("stopped", err=True)


def _usual_folder() -> Path:
    return Path(os.environ.get("WORKLOAD") or ".")


def _welcome(name: str, base_url: str, key: str) -> str:
    return f"\n{name} is running\n\nbase URL  {base_url}\nkey       {key}"


def _curl(base_url: str, key: str, route: str) -> str:
    body = json.dumps({"model": route, "messages": [{"role": "user", "content": "When does a drill count?"}]})
    return (
        f"curl {base_url}/chat/completions \\\n"
        f"            -H 'Authorization: Bearer {key}' -H 'Content-Type: application/json' \\\n"
        f"            -d '{body}'"
    )


def _first_route(workload: Workload) -> str:
    chats = (name for name, route in workload.specification.routes.items() if route.endpoint == "chat")
    return next(chats, "")
