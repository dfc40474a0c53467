"""A bill is what one export of a provider says: lines with money or tokens, and the lines that could not be read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import msgspec

from colonnade.evidence.view import view

LISTED = 100
"""Rejected lines that are kept with their reason; beyond it they are only counted."""


class BilledLine(msgspec.Struct, frozen=True, kw_only=True):
    """What one model is billed for in [start, end), seconds since the epoch.

    `model` is empty where the export does not split by model. `usd` is None in exports of usage alone, and `tokens` in
    exports of costs alone.
    """

    start: float
    end: float
    model: str
    usd: Decimal | None = None
    tokens: int | None = None


class Rejected(msgspec.Struct, frozen=True):
    """A line that could not be read: where, `line 7` or `$.data[0].results[3]`, and why."""

    where: str
    reason: str


@view("cost.bill")
class Bill(msgspec.Struct, frozen=True, kw_only=True):
    """One imported export.

    `upstreams` are those it is the bill of; `aside` counts lines that no meter records: taxes, credits, tools.
    """

    kind: str
    file: str
    upstreams: list[str]
    imported_at: float
    lines: list[BilledLine]
    rejected: list[Rejected] = []
    rejected_count: int = 0
    aside: int = 0

    @property
    def covered_until(self) -> float:
        """The end of the newest period that is billed, as far as it was over when the export was imported."""
        return max((line.end for line in self.lines if line.end <= self.imported_at), default=0.0)


@dataclass(slots=True)
class Reading:
    """Takes lines in one by one, and adds up what belongs together."""

    rejected: list[Rejected] = field(default_factory=list)
    rejected_count: int = 0
    aside: int = 0
    _sums: dict[tuple[float, float, str], list[Decimal | int | None]] = field(default_factory=dict)

    def take(self, line: BilledLine) -> None:
        """Add one line to those of the same model and period."""
        found = self._sums.setdefault((line.start, line.end, line.model), [None, None])
        if line.usd is not None:
            found[0] = (found[0] or 0) + line.usd
        if line.tokens is not None:
            found[1] = (found[1] or 0) + line.tokens

    def reject(self, where: str, reason: str) -> None:
        """Remember a line that cannot be read."""
        self.rejected_count += 1
        if len(self.rejected) < LISTED:
            self.rejected.append(Rejected(where, reason))

    @property
    def lines(self) -> list[BilledLine]:
        """What was taken in, in order of time."""
        return list(_lines(sorted(self._sums.items())))

    def bill(self, kind: str, file: str, upstreams: Sequence[str], imported_at: float) -> Bill:
        """Everything that was read, as a bill."""
        return Bill(
            kind=kind,
            file=file,
            upstreams=sorted(upstreams),
            imported_at=imported_at,
            lines=self.lines,
            rejected=self.rejected,
            rejected_count=self.rejected_count,
            aside=self.aside,
        )


def _lines(
    sums: Iterable[tuple[tuple[float, float, str], list[Decimal | int | None]]],
) -> Iterable[BilledLine]:
    for (start, end, model), (usd, tokens) in sums:
        yield BilledLine(
            start=start,
            end=end,
            model=model,
            usd=None if usd is None else Decimal(usd),
            tokens=None if tokens is None else int(tokens),
        )
