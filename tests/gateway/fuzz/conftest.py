"""Fuzzing shares the besieged process and the places that speak raw bytes with the tests beside it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "hostile"))
sys.path.insert(0, str(Path(__file__).parents[1] / "upstreams"))
sys.path.insert(0, str(Path(__file__).parents[1] / "endpoints"))

from besieged import Besieged


@pytest.fixture(scope="module")
def fast() -> Iterator[Besieged]:
    """Answers everything at once; half of a request is let go of after half a second."""
    with Besieged(head_s=0.5, body_s=0.5, simulation={"tokens_per_s": 1e6, "answer_tokens": 3}) as running:
        yield running
