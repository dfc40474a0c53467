"""Entries of an export are taken one by one: what has another shape is rejected by its place, and the rest is read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from colonnade.evidence.collection import Scope
from colonnade.review.adapters.adapter import Reading
from colonnade.review.adapters.material import Material, Unreadable, plain

Shape = TypeVar("Shape", bound=msgspec.Struct)
MOST_REJECTS = 100
"""Of one file; that there are more is said once."""
_FIRST, _LAST = 1_000_000_000.0, 4_102_444_800.0
"""2001 to 2100: other moments are mistakes of the file."""


def taken(
    entries: Sequence[Any], shape: type[Shape], where: str, reading: Reading, *, strict: bool = False
) -> Iterator[Shape]:
    """Every entry that has the shape; its other fields are left alone. Unless `strict`, numbers may stand as text."""
    rejected = 0
    for number, entry in enumerate(entries):
        try:
            yield msgspec.convert(entry, shape, strict=strict)
        except (msgspec.ValidationError, ValueError, OverflowError) as problem:
            rejected += 1
            if rejected <= MOST_REJECTS:
                reading.reject(f"{where}[{number}]", plain(f"has another shape: {problem}"))
    if rejected > MOST_REJECTS:
        reading.reject(where, f"{rejected - MOST_REJECTS:,} more entries have another shape")


def json_of(material: Material, reading: Reading) -> Any:
    """The JSON value of a file, or None with a reject."""
    try:
        return material.json()
    except Unreadable as problem:
        reading.reject(material.name, str(problem))
        return None


def listed(value: object) -> list[Any]:
    """The list, or nothing where it is none."""
    return value if isinstance(value, list) else []


def mapped(value: object) -> dict[str, Any]:
    """The mapping, or nothing where it is none."""
    return value if isinstance(value, dict) else {}


def moment(text: object) -> float | None:
    """Seconds since the epoch from an ISO 8601 time, without a zone in UTC; None where it is none, or absurd."""
    if not isinstance(text, str) or not 10 <= len(text) <= 40:
        return None
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return None
    try:
        found = (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()
    except (OverflowError, OSError):
        return None
    return found if _FIRST <= found <= _LAST else None


def as_of(scope: Scope, at: float | None = None) -> Scope:
    """The scope of something that was observed at one moment; without one it is that of the import."""
    return replace(scope, window_start=scope.window_end if at is None else min(at, scope.window_end))
