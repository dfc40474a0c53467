"""Evidence that contradicts itself is told from evidence that merely says something unwelcome."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from colonnade.evidence.record import Record, Subject

IMPORTED = "import."
"""How the collectors of imported evidence are named; all others saw what ran with their own eyes."""


def unsound(record: Record, now: float) -> str:
    """Why a record cannot be, in words; empty where nothing speaks against it."""
    if not all(map(math.isfinite, (record.window_start, record.window_end, record.collected_at))):
        return "its window is no span of time"
    if max(record.window_end, record.collected_at) > now:
        return "it is from the future"
    if record.window_start > record.window_end:
        return "its window ends before it begins"
    if record.n < 0:
        return f"it counts {record.n} samples"
    return "" if _finite(record.facts) else "it holds a value that is not a number"


def claims_a_period(record: Record) -> bool:
    """Whether it speaks of a time that was over when it was collected, rather than of the time until then."""
    return record.collected_at > record.window_end


def cuts_into(one: Record, other: Record) -> bool:
    """Whether two periods of one collector on one subject overlap, and neither is a later account of the whole other.

    An export that has grown covers the one before it; a window that is cut out of another, or laid across it, picks
    what it counts.
    """
    if (one.collector, one.topic, one.environment, one.subject) != (
        other.collector, other.topic, other.environment, other.subject,
    ):  # fmt: skip
        return False
    apart = max(one.window_start, other.window_start) >= min(one.window_end, other.window_end)
    return not (apart or one == other or _covers(one, other) or _covers(other, one))


def _covers(later: Record, earlier: Record) -> bool:
    return (
        later.collected_at > earlier.collected_at
        and later.window_start <= earlier.window_start
        and later.window_end >= earlier.window_end
    )


def digests_of(subject: Subject) -> Iterator[tuple[str, str]]:
    """Every part of a subject that says something, by name: `models.small` and its pin."""
    for part in subject.__struct_fields__:
        value = getattr(subject, part)
        if isinstance(value, str):
            if value:
                yield part, value
        else:
            yield from ((f"{part}.{name}", digest) for name, digest in sorted(value.items()) if digest)


def _finite(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, dict):
        return all(_finite(each) for each in value.values())
    if isinstance(value, list | tuple):
        return all(_finite(each) for each in value)
    return True
