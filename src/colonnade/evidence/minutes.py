"""Once a minute the gateway notes what it counted, so that silence and absence can be told apart."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from colonnade.evidence.record import Record
from colonnade.evidence.view import view

MINUTE = "telemetry.minute"
"""Raw material of collectors, one a minute: no judge reads it, so reviews need not load it."""


@view(MINUTE)
class Minute(msgspec.Struct, frozen=True, kw_only=True):
    """One minute of one gateway process. Counters run from the start of the process (`run`).

    `cpu_s` is processor time of the process and its children, `rss_mb` resident memory, `net_kb` bytes over
    all interfaces including loopback, per kind since boot.
    """

    run: str
    minute: int
    admitted: int
    journaled: int
    answered: int
    failed: int
    render_failures: int
    cache_hits: int
    in_flight: int
    cpu_s: float
    rss_mb: float
    net_kb: float


def minutes_of(records: Iterable[Record]) -> list[Minute]:
    """The minutes among `records`, oldest first."""
    found = [msgspec.convert(record.facts, Minute) for record in records if record.topic == MINUTE]
    return sorted(found, key=lambda minute: (minute.minute, minute.run))


def runs_of(minutes: Iterable[Minute]) -> list[list[Minute]]:
    """The minutes of each process, in the order in which the processes began."""
    runs: dict[str, list[Minute]] = {}
    for minute in minutes:
        runs.setdefault(minute.run, []).append(minute)
    return list(runs.values())
