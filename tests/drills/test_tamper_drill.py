"""An altered copy differs by one bit; what counts is the loader that accepts the original and refuses the copy."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import pytest
from observed import SCOPE, view_of

from colonnade.errors import SetupError
from colonnade.security.drills import tamper
from colonnade.security.evidence import TamperDrill

WEIGHTS = bytes(range(256)) * 5000


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "model.gguf"
    path.write_bytes(WEIGHTS)
    return path


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    place = tmp_path / "scratch"
    place.mkdir()
    return place


async def read(path: Path) -> bytes:
    return await asyncio.to_thread(path.read_bytes)


async def strict(path: Path) -> None:
    if hashlib.sha256(await read(path)).digest() != hashlib.sha256(WEIGHTS).digest():
        raise SetupError("the pin is another one")


async def careless(_: Path) -> None: ...


async def broken(_: Path) -> None:
    raise SetupError("out of memory")


async def test_a_loader_that_looks(weights, scratch):
    found = view_of(await tamper(weights, strict, scratch, SCOPE), TamperDrill)
    assert (found.original_accepted, found.altered_refused) == (True, True)
    assert found.message == "the pin is another one"


async def test_a_loader_that_does_not_look(weights, scratch):
    found = view_of(await tamper(weights, careless, scratch, SCOPE), TamperDrill)
    assert (found.original_accepted, found.altered_refused) == (True, False)


async def test_a_loader_that_refuses_everything_proves_nothing(weights, scratch):
    found = view_of(await tamper(weights, broken, scratch, SCOPE), TamperDrill)
    assert not found.original_accepted


async def test_the_copy_differs_by_one_bit_and_is_gone_afterwards(weights, scratch):
    offered: list[bytes] = []

    async def remember(path: Path) -> None:
        offered.append(await read(path))

    await tamper(weights, remember, scratch, SCOPE)
    original, copy = offered
    differing = [one ^ other for one, other in zip(original, copy, strict=True) if one != other]
    assert differing == [1]
    assert list(scratch.iterdir()) == []
    assert weights.read_bytes() == WEIGHTS
