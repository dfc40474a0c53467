"""`colonnade eval`: run the workload's evaluation set against what serves, and record the results."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import click
import msgspec

from colonnade.cli.figures import metrics_table
from colonnade.cli.options import json_option, workload_option
from colonnade.cli.progress import counted
from colonnade.drills.telephone import LoopbackTelephone
from colonnade.evaluation.run import EvaluationRun


@click.group()
def command() -> None:
    """Evaluate retrieval and answers."""


@command.command()
@workload_option
@json_option
def knowledge(folder: Path, as_json: bool) -> None:
    """Score retrieval on every question; needs no running gateway."""
    from colonnade.assembly.evaluating import evaluate_knowledge  # noqa: PLC0415 - loads every pillar

    with counted("questions", silent=as_json) as progress:
        run = asyncio.run(evaluate_knowledge(folder, progress))
    _show("retrieval", run, as_json=as_json)


@command.command()
@workload_option
@click.option(
    "--port", type=int, default=8080, envvar="PORT", show_default=True, help="Where the gateway listens."
)
@click.option("--key", envvar="COLONNADE_API_KEY", required=True, show_envvar=True, help="A caller's key.")
@click.option("--all", "whole", is_flag=True, help="Every question, not the seeded sample.")
@json_option
def answers(folder: Path, port: int, key: str, whole: bool, as_json: bool) -> None:
    """Ask a seeded sample through the gateway and score the answers."""
    from colonnade.assembly.evaluating import asking, evaluate_answers  # noqa: PLC0415 - loads every pillar

    ask = asking(LoopbackTelephone("127.0.0.1", port), key)
    with counted("answers", silent=as_json) as progress:
        run = asyncio.run(evaluate_answers(folder, ask, whole=whole, progress=progress))
    _show("answers", run, as_json=as_json)


def _show(title: str, run: EvaluationRun, *, as_json: bool) -> None:
    if as_json:
        facts = {name: msgspec.to_builtins(metric) for name, metric in run.metrics.items()}
        click.echo(json.dumps({"n": run.n, "dataset": run.dataset.digest, "metrics": facts}, indent=2))
    else:
        click.echo(metrics_table(title, run))
