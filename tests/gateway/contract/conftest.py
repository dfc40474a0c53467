"""The house of the contract, built once for all of its tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playhouse import House


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    built = House(tmp_path_factory.mktemp("books"))
    built.ask("usual")  # the first call of a kind takes longer than the limits that are tried here
    yield built
    built.close()
