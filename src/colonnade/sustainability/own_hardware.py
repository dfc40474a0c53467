"""The energy of an answer from a model on one's own processors is bounded by the watts of known processors."""

from __future__ import annotations

from dataclasses import dataclass

from colonnade.sustainability.span import Span
from colonnade.sustainability.tables import processors

DESK_TO_SERVER_ROOM = Span(1.0, 1.58)
"""Power usage effectiveness: a machine on a desk, and the mean of the Uptime Institute's survey of 2023."""


@dataclass(frozen=True, slots=True)
class OwnProcessor:
    """Watts of one vCPU: of a known microarchitecture, or the whole span of the table."""

    idle_w: Span
    busy_w: Span

    @classmethod
    def of(cls, architecture: str | None = None) -> OwnProcessor:
        """The processor named as in the table, e.g. `Ice Lake`; any that the table has where none is named."""
        table = processors()
        rows = [table[architecture]] if architecture in table else list(table.values())
        idle, busy = [row.idle_w for row in rows], [row.busy_w for row in rows]
        return cls(Span(min(idle), max(idle)), Span(min(busy), max(busy)))

    def measured(self, cpu_seconds: float) -> Span:
        """Watt-hours of `cpu_seconds` that were really spent: busy all the time."""
        return self.busy_w * (cpu_seconds / 3600)

    def bounded(self, latency_s: float, vcpus: int) -> Span:
        """Watt-hours of `vcpus` over the time of the answer: between idle and busy throughout."""
        return Span(self.idle_w.low, self.busy_w.high) * (latency_s * vcpus / 3600)
