"""A copy of the minimal workload, to be broken."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from minimal_workload import MINIMAL

from colonnade.errors import Fault, FaultyWorkload
from colonnade.workload import Known, load


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "workload"
    shutil.copytree(MINIMAL, copy)
    return copy


@pytest.fixture
def edit(folder: Path) -> Callable[..., None]:
    """Replace text of `workload.yaml` (or of another file); the text must be there."""

    def change(old: str, new: str, file: str = "workload.yaml") -> None:
        path = folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


@pytest.fixture
def faults(folder: Path) -> Callable[..., list[Fault]]:
    """The faults of the folder as it is now; none is an empty list."""

    def found(known: Known | None = None) -> list[Fault]:
        try:
            load(folder, known or Known())
        except FaultyWorkload as error:
            return error.faults
        return []

    return found
