"""Golden files and values as materials, and what adapters make of them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from colonnade.evidence.collection import Scope
from colonnade.evidence.record import Subject
from colonnade.evidence.view import topic_of
from colonnade.review.adapters.adapter import Adapter, Reading
from colonnade.review.adapters.material import Material

GOLDEN = Path(__file__).parent / "golden"
NOW = 1_795_435_200.0
SCOPE = Scope("rehearsal", Subject(models={"small": "sha256:m"}), NOW - 3600, NOW)
View = TypeVar("View", bound=msgspec.Struct)


def golden(*files: str) -> list[Material]:
    """Files as tools wrote them."""
    return [Material(Path(file).name, (GOLDEN / file).read_bytes(), GOLDEN / file) for file in files]


def material(value: Any, name: str = "export.json") -> Material:
    """A value as a file; bytes as they are."""
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return Material(name, data, Path(name))


def read(adapter: Adapter, *given: Any, at: float = NOW) -> Reading:
    """What the adapter makes of materials, or of values."""
    materials = [each if isinstance(each, Material) else material(each) for each in given]
    return adapter.read(materials, replace(SCOPE, window_end=at))


def view_of(reading: Reading, view: type[View]) -> View:
    """The one record of this view."""
    topic = topic_of(view)
    assert topic is not None
    [record] = [each for each in reading.records if each.topic == topic.name]
    return msgspec.convert(record.facts, view)


def reasons(reading: Reading) -> str:
    """Everything that was not taken, as one text."""
    return "\n".join(f"{each.where}: {each.reason}" for each in reading.rejects)
