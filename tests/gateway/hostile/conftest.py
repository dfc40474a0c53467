"""One besieged gateway for all tests that need no bounds of their own."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from besieged import Besieged


@pytest.fixture(scope="session")
def besieged() -> Iterator[Besieged]:
    with Besieged() as running:
        yield running
