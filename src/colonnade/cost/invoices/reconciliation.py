"""What was recorded is held against what was billed, by day and model, and whatever only one side knows is named."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from colonnade.cost.evidence import Compared, Reconciliation
from colonnade.cost.invoices.bill import Bill, BilledLine
from colonnade.cost.invoices.fields import DAY_S
from colonnade.cost.invoices.naming import canonical
from colonnade.cost.token_kinds import made, sent
from colonnade.evidence.request import RequestRecord

HOUR_S = 3600.0
ALL = "(all)"
"""The model of a period in which the bill does not split by model."""


@dataclass(frozen=True, slots=True)
class Span:
    """A billed stretch of time, and what its bill says of it by model."""

    start: float
    end: float
    bill: Bill
    lines: tuple[BilledLine, ...]

    @property
    def period(self) -> str:
        """The day, or both days where it is longer than one."""
        first, last = (datetime.fromtimestamp(at, UTC).date() for at in (self.start, self.end - 1.0))
        return f"{first}" if first == last else f"{first} to {last}"

    @property
    def days(self) -> range:
        """The days that it touches, counted from the epoch."""
        return range(int(self.start // DAY_S), int((self.end - 1.0) // DAY_S) + 1)

    @property
    def split(self) -> bool:
        """Whether every line names its model."""
        return all(line.model for line in self.lines)

    def has(self, request: RequestRecord) -> bool:
        """Whether the request was made then, of one of these upstreams."""
        return self.start <= request.opened_at < self.end and request.upstream in self.bill.upstreams


@dataclass(slots=True)
class Sum:
    """What is recorded and billed of one model in one period, while it is added up."""

    requests: int = 0
    unpriced: int = 0
    recorded_usd: float = 0.0
    recorded_tokens: int = 0
    billed_usd: float | None = None
    billed_tokens: int | None = None

    def record(self, request: RequestRecord) -> None:
        """Count a request; what hits of the cache have as tokens was not sent."""
        self.requests += 1
        self.unpriced += not request.price_known
        self.recorded_usd += request.usd if request.price_known else 0.0
        self.recorded_tokens += sent(request) + made(request)

    def bill(self, line: BilledLine) -> None:
        """Add a line of the bill."""
        if line.usd is not None:
            self.billed_usd = (self.billed_usd or 0.0) + float(line.usd)
        if line.tokens is not None:
            self.billed_tokens = (self.billed_tokens or 0) + line.tokens


class Comparison:
    """Sums by period and model."""

    def __init__(self, found: Iterable[Span]) -> None:
        self._sums: dict[tuple[str, str], Sum] = {}
        self._by_day: dict[int, list[Span]] = defaultdict(list)
        for span in found:
            for day in span.days:
                self._by_day[day].append(span)
            for line in span.lines:
                self._sum(span, canonical(line.model) if span.split else ALL).bill(line)

    def record(self, request: RequestRecord) -> None:
        """Count a request in the narrowest span that has it; one that no bill covers is no difference."""
        covering = [
            span for span in self._by_day.get(int(request.opened_at // DAY_S), ()) if span.has(request)
        ]
        if not covering or not request.reached_upstream:
            return
        span = min(covering, key=lambda it: it.end - it.start)
        self._sum(span, self._model(span, request)).record(request)

    def rows(self) -> list[Compared]:
        """Every period and model, in that order."""
        return list(_rows(self._sums))

    def _model(self, span: Span, request: RequestRecord) -> str:
        """As the answer names it, or as it was asked for, whichever the bill has."""
        if not span.split:
            return ALL
        names = [canonical(name) for name in (request.answered_by, request.model) if name]
        return next(
            (name for name in names if (span.period, name) in self._sums), names[-1] if names else ALL
        )

    def _sum(self, span: Span, model: str) -> Sum:
        return self._sums.setdefault((span.period, model), Sum())


def spans(bills: Iterable[Bill], since: float) -> list[Span]:
    """The periods that ended after `since` and were over when they were exported; of two bills the newer one counts."""
    newest: dict[tuple[tuple[str, ...], bool, float, float], Span] = {}
    for bill in sorted(bills, key=lambda it: it.imported_at):
        by_time: dict[tuple[float, float], list[BilledLine]] = defaultdict(list)
        for line in bill.lines:
            by_time[line.start, line.end].append(line)
        for (start, end), lines in by_time.items():
            if since < end <= bill.imported_at:
                money = any(line.usd is not None for line in lines)
                newest[tuple(bill.upstreams), money, start, end] = Span(start, end, bill, tuple(lines))
    return list(newest.values())


def reconcile(found: Sequence[Span], requests: Iterable[RequestRecord], now: float) -> Reconciliation:
    """Compare the requests that `found` spans cover with their bills."""
    comparison = Comparison(found)
    for request in requests:
        comparison.record(request)
    newest = max((span.end for span in found), default=None)
    bills = {id(span.bill): span.bill for span in found}
    return Reconciliation(
        rows=comparison.rows(),
        bills=len(bills),
        rejected=sum(bill.rejected_count for bill in bills.values()),
        age_h=None if newest is None else (now - newest) / HOUR_S,
    )


def _rows(sums: dict[tuple[str, str], Sum]) -> Iterator[Compared]:
    for (period, model), it in sorted(sums.items()):
        yield Compared(
            period=period,
            model=model,
            requests=it.requests,
            unpriced=it.unpriced,
            recorded_usd=it.recorded_usd,
            billed_usd=it.billed_usd,
            recorded_tokens=it.recorded_tokens,
            billed_tokens=it.billed_tokens,
        )
