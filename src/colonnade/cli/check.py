"""`colonnade check`: every fault of the workload folder at once."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from colonnade.assembly.checking import checked
from colonnade.cli.options import json_option, workload_option
from colonnade.errors import FaultyWorkload
from colonnade.workload import Workload


@click.command()
@workload_option
@json_option
def command(folder: Path, as_json: bool) -> None:
    """Name every fault of the workload folder: file:line:column, what is wrong, what to write.

    Exit code 0 without faults, 2 with faults.
    """
    if not as_json:
        click.echo(summary(checked(folder)))
        return
    try:
        report = _sound(checked(folder))
    except FaultyWorkload as error:
        report = {"ok": False, "faults": [asdict(fault) for fault in error.faults]}
    click.echo(json.dumps(report, indent=2, ensure_ascii=False))
    sys.exit(0 if report["ok"] else FaultyWorkload.exit_code)


def summary(workload: Workload) -> str:
    """One line: name, digest and counts."""
    counts = ", ".join(_counted(count, noun) for noun, count in counts_of(workload).items())
    return f"{workload.specification.name} is without faults: {counts} ({workload.digest[:19]})"


def counts_of(workload: Workload) -> dict[str, int]:
    """How many of each thing the workload declares."""
    specification = workload.specification
    return {
        "route": len(specification.routes),
        "model": len(specification.models),
        "upstream": len(specification.upstreams),
        "prompt": len(workload.prompts),
        "knowledge folder": len(specification.knowledge),
        "indicator": len(specification.kpis),
    }


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _sound(workload: Workload) -> dict[str, Any]:
    return {
        "ok": True,
        "workload": workload.specification.name,
        "digest": workload.digest,
        "counts": counts_of(workload),
        "prompts": {name: prompt.version for name, prompt in sorted(workload.prompts.items())},
        "faults": [],
    }
