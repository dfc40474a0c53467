"""A gateway with files and batches over real HTTP, before a simulator that counts what it is asked."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from batch_world import World, begin

from colonnade.store import open_store


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty store, migrated once."""
    state = tmp_path_factory.mktemp("template") / "state"
    open_store(state).close()
    return state


@pytest.fixture
def world(template: Path, tmp_path: Path) -> Iterator[Callable[..., World]]:
    """Start a world; it is stopped when the test is over."""
    worlds: list[World] = []

    def start(**fields: object) -> World:
        state = shutil.copytree(template, tmp_path / f"state-{len(worlds)}")
        worlds.append(begin(state, **fields))
        return worlds[-1]

    yield start
    for each in worlds:
        each.stop()


@pytest.fixture(scope="module")
def steady(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One world for all tests of a module that leave it as it is."""
    started = begin(shutil.copytree(template, tmp_path_factory.mktemp("steady") / "state"))
    yield started
    started.stop()
