"""What each stage decided about a request, at its place in the time that the request took."""

from __future__ import annotations

from dataclasses import dataclass

from colonnade.evidence.request import RequestRecord

WIDTH = 240.0


@dataclass(frozen=True, slots=True)
class Event:
    """One decision; `place` is on a scale of `WIDTH`, which stands for the whole latency."""

    stage: str
    what: str
    at_ms: float
    place: float


def timeline(record: RequestRecord) -> list[Event]:
    """The decisions in their order, with the first byte and the end of the answer among them."""
    lines = [(it.stage, it.what, it.at_ms) for it in record.decisions]
    if record.first_byte_ms is not None:
        lines.append(("answer", "the first byte left", record.first_byte_ms))
    if record.latency_ms:
        lines.append(("answer", f"closed: {record.outcome}", record.latency_ms))
    longest = max((at for _, _, at in lines), default=0.0) or 1.0
    ordered = sorted(lines, key=lambda line: line[2])
    return [Event(stage, what, at, round(at / longest * WIDTH, 1)) for stage, what, at in ordered]
