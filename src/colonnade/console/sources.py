"""What the console shows, as one protocol: pages ask it and know neither the store nor the folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from colonnade.console.series import Series, Span
from colonnade.drills.course import DrillRun
from colonnade.drills.diary import Event
from colonnade.evidence.content import Content
from colonnade.evidence.record import Environment, Record
from colonnade.evidence.request import RequestRecord
from colonnade.review.report import Report
from colonnade.usecase.evidence import Reading
from colonnade.workload.sections.purpose import Indicator


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A review as it is shown: the report, and what the ledger's own check found wrong."""

    report: Report
    breaks: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """A record of evidence; `kept` is whether the ledger holds it, or it was only observed for this console."""

    record: Record
    kept: bool


@dataclass(frozen=True, slots=True)
class Sought:
    """Which requests are asked for. `before` is the place to go on from: when a request opened, and its id."""

    route: str = ""
    outcome: str = ""
    text: str = ""
    before: tuple[float, str] | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Found:
    """Requests, newest first. `further` is where to go on, None at the end of the ledger.

    `looked_at` is how many requests were looked at for them: a rare outcome is not sought without end.
    """

    requests: Sequence[RequestRecord]
    further: tuple[float, str] | None
    looked_at: int


@dataclass(frozen=True, slots=True)
class Told:
    """One request, with the text of those sources that the index still holds, by source id."""

    record: RequestRecord
    passages: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KeptRun:
    """A run of a drill, and the id of its record."""

    id: str
    run: DrillRun


@dataclass(frozen=True, slots=True)
class Gauge:
    """An indicator as it was declared, and its reading in the window."""

    indicator: Indicator
    reading: Reading


@dataclass(frozen=True, slots=True)
class Gauges:
    """Every indicator of the workload, read in the window [`start`, `end`)."""

    gauges: Sequence[Gauge]
    environment: Environment
    start: float
    end: float


class Sources(Protocol):
    """Everything the console shows. Every method blocks and is safe from any thread.

    Each may raise SetupError (the store cannot be read), FaultyWorkload or KeyUnusable.
    """

    @property
    def workload(self) -> str:
        """The workload's name."""
        ...

    def reviewed(self) -> Reviewed:
        """The review now, at most some seconds old."""
        ...

    def record(self, record_id: str) -> Shown | None:
        """One record of evidence."""
        ...

    def requests(self, sought: Sought) -> Found:
        """Requests, newest first."""
        ...

    def request(self, request_id: str) -> Told | None:
        """One request."""
        ...

    def stored_text(self, request_id: str) -> Content | None:
        """The redacted text that is kept of a request; None where none ever was. Raises SealBroken."""
        ...

    def routes(self) -> Sequence[str]:
        """The names of the workload's routes."""
        ...

    def indicators(self) -> Gauges:
        """The reading of every indicator."""
        ...

    def drill_runs(self, most: int) -> Sequence[KeptRun]:
        """The newest runs of drills, newest first."""
        ...

    def drill_now(self) -> Event | None:
        """What happened last in a drill that is under way; None where none is."""
        ...

    def drill_chart(self, number: str) -> bytes | None:
        """The chart of a run as SVG; None where there is none."""
        ...

    def spent(self, span: Span) -> Series:
        """What was spent, over time."""
        ...
