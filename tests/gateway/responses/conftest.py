"""One gateway before a simulator that remembers, for the tests of a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from response_world import Remembering, World, world


@pytest.fixture(scope="module")
def near(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A gateway with a store, before a simulator without faults."""
    with world(tmp_path_factory.mktemp("responses") / ".colonnade", Remembering()) as made:
        yield made
