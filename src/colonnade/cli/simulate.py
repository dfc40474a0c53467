"""`colonnade simulate`: the provider simulator, served alone."""

from __future__ import annotations

import asyncio
from typing import cast, get_args

import click
import uvicorn

from colonnade.gateway.server import listen
from colonnade.gateway.upstream.faults import MEANING
from colonnade.gateway.upstream.simulator import Simulator
from colonnade.gateway.upstream.simulator_server import server_config
from colonnade.workload.sections.serving import Fault, Simulation


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=0, show_default="any free one", help="Port to listen on.")
@click.option("--fault", type=click.Choice(get_args(Fault)), help="Fault that requests meet; see --faults.")
@click.option(
    "--share", default=1.0, show_default=True, help="Share of requests that meet the fault, 0 to 1."
)
@click.option("--seed", default=0, show_default=True, help="Another seed gives other answers.")
@click.option("--first-byte-s", default=0.02, show_default=True, help="Seconds before the first byte.")
@click.option("--tokens-per-s", default=200.0, show_default=True, help="Pace of an answer.")
@click.option("--answer-tokens", default=48, show_default=True, help="Length of an answer.")
@click.option("--faults", "listing", is_flag=True, help="List the faults and what they do.")
def command(
    *,
    host: str,
    port: int,
    fault: str | None,
    share: float,
    seed: int,
    first_byte_s: float,
    tokens_per_s: float,
    answer_tokens: int,
    listing: bool,
) -> None:
    """Answer as a provider of models would, with its faults: POST /v1/chat/completions, /v1/embeddings; GET /seen."""
    if listing:
        _list_faults()
        return
    if not 0.0 <= share <= 1.0 or min(seed, first_byte_s) < 0 or tokens_per_s <= 0 or answer_tokens < 1:
        raise click.UsageError("--share lies between 0 and 1, and no other number may be negative or zero")
    simulation = Simulation(
        seed=seed,
        fault=cast("Fault | None", fault),
        fault_share=share,
        first_byte_s=first_byte_s,
        tokens_per_s=tokens_per_s,
        answer_tokens=answer_tokens,
    )
    _serve(simulation, host, port)


def _list_faults() -> None:
    for name, meaning in MEANING.items():
        click.echo(f"{name:<20} {meaning}")


def _serve(simulation: Simulation, host: str, port: int) -> None:
    listener = listen(host, port)
    config = server_config(Simulator(simulation))
    click.echo(f"the simulator answers on http://{host}:{listener.getsockname()[1]}/v1 (Ctrl-C stops it)")
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(uvicorn.Server(config).serve([listener]))
