"""What the adapters of evaluations share: a run from counts or from a standard error, and the record of all runs."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from colonnade.evidence.collection import Scope
from colonnade.evidence.imported.scores import ScoredRun, ScoredRuns, together
from colonnade.evidence.record import Record
from colonnade.review.adapters.adapter import Adapter, Reading
from colonnade.review.adapters.material import Material
from colonnade.review.adapters.taking import json_of
from colonnade.review.proportions import Z95, wilson_lower, wilson_upper

Runs = Callable[[Any, str, float, Reading], Sequence[ScoredRun]]
"""(the file's JSON, its name, when it is read at the latest, reading) -> the runs that it tells of."""


def adapter(kind: str, version: int, title: str, patterns: tuple[str, ...], runs: Runs) -> Adapter:
    """An adapter of one tool."""

    def read(materials: Sequence[Material], scope: Scope) -> Reading:
        reading, found = Reading(), list[ScoredRun]()
        for material in materials:
            value = json_of(material, reading)
            if value is not None:
                found += runs(value, material.name, scope.window_end, reading)
        if found:
            raw = b"".join(material.digest.encode() for material in materials)
            view = ScoredRuns(runs=together((), found))
            reading.records.append(
                scope.record(
                    view, kind="eval", source="eval", collector=made.collector, n=len(view.runs), raw=raw
                )
            )
        return reading

    made = Adapter(kind, version, title, patterns, read, join=joined)
    return made


def joined(record: Record, earlier: Record) -> Record:
    """Runs of an earlier import about the same models stay, until a run of the same kind takes their place."""
    if earlier.subject.models != record.subject.models:
        return record
    before, now = (msgspec.convert(each.facts, ScoredRuns).runs for each in (earlier, record))
    both = ScoredRuns(runs=together(before, now))
    return msgspec.structs.replace(record, facts=msgspec.to_builtins(both), n=len(both.runs))


def share(successes: float, n: int) -> tuple[float, float, float]:
    """Value and bounds of a share of `n` cases."""
    counted = round(successes)
    return (
        successes / n,
        min(successes / n, wilson_lower(counted, n)),
        max(successes / n, wilson_upper(counted, n)),
    )


def around(value: float, error: float, n: int) -> tuple[float, float, float]:
    """Value and bounds from a standard error; a standard error of 0 proves nothing, so Wilson's bounds are taken then."""
    if error <= 0.0:
        return share(value * n, n)
    return value, max(0.0, value - Z95 * error), min(1.0, value + Z95 * error)


def share_like(value: object) -> float | None:
    """A number from 0 to 1, None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value) if 0.0 <= value <= 1.0 else None


def digest(cases: Sequence[Any]) -> str:
    """`sha256:...` over cases, in whatever order they stand; empty where there are none."""
    if not cases:
        return ""
    lines = sorted(msgspec.json.encode(case, order="deterministic") for case in cases)
    return "sha256:" + hashlib.sha256(b"\n".join(lines)).hexdigest()
