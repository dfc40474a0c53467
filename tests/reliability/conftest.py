"""The tests of collectors share requests built by hand; those of resilience a gateway before several simulators."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "fixtures"))
sys.path.insert(0, str(Path(__file__).parent))

from fleets import Theatre, World

Make = Callable[..., World]


@pytest.fixture(scope="session")
def theatre() -> Iterator[Theatre]:
    """The servers, once for all tests."""
    begun = Theatre()
    yield begun
    begun.stop()


@pytest.fixture
def make(theatre: Theatre) -> Iterator[Make]:
    """Make a world, which plays until another one is made."""
    worlds: list[World] = []

    def begin(*arguments: Any, **fields: Any) -> World:
        worlds.append(World(theatre, *arguments, **fields))
        return worlds[-1]

    yield begin
    for world in worlds:
        world.close()
