"""Clients share one gateway; each of them runs once, when the first test asks what it saw."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS / "fixtures"), str(TESTS / "assembly")]

import environment  # noqa: E402 - the paths above lead to what the next ones import
from roster import Client, Runtime  # noqa: E402
from world import Heard, World  # noqa: E402


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World(tmp_path_factory.mktemp("clients")) as running:
        yield running


def interpreter(runtime: Runtime) -> Path:
    """What runs scripts there; a test whose clients cannot be had is left out, with the reason."""
    if runtime == "own":
        return Path(sys.executable)
    try:
        return environment.python() if runtime == "python" else environment.node()
    except environment.NotToBeHad as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def run(world: World) -> Callable[..., Heard]:
    """Run a script to its end, once."""
    told: dict[tuple[str, ...], Heard] = {}

    def once(runtime: Runtime, *script: str) -> Heard:
        known = (runtime, *script)
        if known not in told:
            told[known] = world.run(interpreter(runtime), *script)
        return told[known]

    return once


@pytest.fixture
def heard(run: Callable[..., Heard], client: Client) -> Heard:
    """What a client saw."""
    return run(client.runtime, *client.script)
