"""`colonnade carbon`: how clean the electricity is where the workload may run, and what an answer emits."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.table import Column, Table

from colonnade.cli.options import json_option, workload_option
from colonnade.registry.folder import load_workload
from colonnade.sustainability.datacentre import overhead
from colonnade.sustainability.estimators import ManagedModel, Work, footprint
from colonnade.sustainability.footprint import written
from colonnade.sustainability.model_sizes import PROVIDERS, published
from colonnade.sustainability.placement import placement
from colonnade.sustainability.regions import every_grid, grid


@click.group()
def command() -> None:
    """Show carbon intensities and estimate footprints."""


@command.command()
@workload_option
@click.option("--all", "every", is_flag=True, help="Every region of the tables; needs no workload folder.")
@json_option
def regions(folder: Path, every: bool, as_json: bool) -> None:
    """List regions, cleanest first: the permitted ones, or all."""
    names = [it.region for it in every_grid()] if every else []
    current = ""
    if not every:
        table = placement(load_workload(folder).specification.placement)
        names, current = [it.region for it in table.permitted], table.current
    found = {name: grid(name) for name in names}
    if as_json:
        rows = [
            {"region": name, "current": name == current, "grid": it and asdict(it)}
            for name, it in found.items()
        ]
        click.echo(json.dumps(rows, indent=2))
        return
    shown = Table(Column("region", no_wrap=True), "place", "gCO2e/kWh", "year", "basis", box=None)
    for name, it in found.items():
        here = f"{name} (here)" if name == current else name
        if it is None:
            shown.add_row(here, "", "unknown", "", "in no table")
        else:
            shown.add_row(here, it.place, f"{it.grams_per_kwh:.1f}", str(it.year), it.basis)
    Console(highlight=False).print(shown)


@command.command()
@click.option("--provider", type=click.Choice(sorted(PROVIDERS)), required=True)
@click.option("--model", required=True, help="Model id of the provider.")
@click.option("--tokens", type=click.IntRange(min=1), default=400, show_default=True, help="Output tokens.")
@click.option(
    "--region", default="", help="Region id, or local:XX with a country code; all regions if not given."
)
@json_option
def estimate(provider: str, model: str, tokens: int, region: str, as_json: bool) -> None:
    """Estimate energy and carbon of one answer of a managed model."""
    if region and grid(region) is None:
        raise click.BadParameter(
            f"{region} is in no table; see `colonnade carbon regions --all`", param_hint="--region"
        )
    size = published(provider, model)
    if size is None:
        raise click.BadParameter(f"no size is known of {model} of {provider}: nothing can be estimated")
    found = footprint(ManagedModel.of(size, overhead(provider))(Work(tokens, math.inf)), region)
    if as_json:
        click.echo(json.dumps(msgspec.to_builtins(found), indent=2))
        return
    click.echo(f"{tokens} output tokens of {model}")
    click.echo(f"energy  {found.energy_min_wh:.4g} to {found.energy_max_wh:.4g} Wh")
    click.echo(f"carbon  {written(found).replace('-', ' to ')} g CO2e")
    click.echo(f"method  {found.method}")
    click.echo(f"tier    {found.tier}")
