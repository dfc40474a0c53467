"""`colonnade waive`: a risk is accepted, by two people and until a day, in `waivers.yaml`."""

from __future__ import annotations

import json
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click
import msgspec

from colonnade.cli.options import json_option, workload_option

DAYS = 90


@click.command()
@click.argument("what", metavar="PRACTICE[.SIGNAL]")
@click.option("--reason", required=True, help="Why, for a reader who was not there.")
@click.option("--owner", required=True, help="Who carries the risk.")
@click.option(
    "--approver",
    "approvers",
    multiple=True,
    required=True,
    help="Who accepts it; never the owner; repeatable.",
)
@click.option(
    "--days", type=click.IntRange(1, 180), default=DAYS, show_default=True, help="How long from today."
)
@click.option("--ticket", default="", help="Where the work on it is followed.")
@click.option("--environment", type=click.Choice(["rehearsal", "staging", "production"]), help="Only there.")
@click.option("--tenant", default="", help="Only for this tenant.")
@click.option("--resource", default="", help="Only for this resource.")
@click.option("--ceiling", type=float, help="The worst value that is excused.")
@click.option(
    "--compensating", multiple=True, metavar="PRACTICE.SIGNAL", help="What must pass meanwhile; repeatable."
)
@workload_option
@json_option
def command(
    *,
    what: str,
    reason: str,
    owner: str,
    approvers: tuple[str, ...],
    days: int,
    ticket: str,
    environment: str | None,
    tenant: str,
    resource: str,
    ceiling: float | None,
    compensating: tuple[str, ...],
    folder: Path,
    as_json: bool,
) -> None:
    """Accept the risk of PRACTICE, or of one SIGNAL of it. Where the same is accepted already, it is renewed.

    The waiver is written into `waivers.yaml`, checked before; commit it through a review as everything else.
    """
    from colonnade.assembly.waiving import write_waiver  # noqa: PLC0415 - loads the catalogue

    today = datetime.fromtimestamp(time.time(), UTC).date()
    practice, _, signal = what.upper().partition(".")
    scope = {"environment": environment, "tenant": tenant, "resource": resource}
    entry = {
        "practice": practice,
        "signal": _number(signal) if signal else None,
        "scope": {name: value for name, value in scope.items() if value},
        "reason": reason,
        "ticket": ticket,
        "owner": owner,
        "approver": approvers[0],
        "co_approvers": list(approvers[1:]),
        "created": today.isoformat(),
        "expires": _after(today, days),
        "ceiling": ceiling,
        "compensating": [each.upper() for each in compensating],
    }
    written = write_waiver(
        folder, {name: value for name, value in entry.items() if value not in (None, "", [], {})}
    )
    if as_json:
        click.echo(json.dumps(msgspec.to_builtins(written), indent=2))
        return
    again = f", renewed for the {written.renewals}. time" if written.renewals else ""
    click.echo(f"{written.what} is accepted until {written.expires}{again}: waivers.yaml:{written.line}")
    click.echo("commit it; `colonnade waiver list` shows what it excuses")


def _number(text: str) -> int:
    if not text.isdecimal():
        raise click.BadParameter(
            f"{text!r} is no number of a signal, e.g. SEC-06.3", param_hint="PRACTICE.SIGNAL"
        )
    return int(text)


def _after(today: date, days: int) -> str:
    return (today + timedelta(days=days)).isoformat()
