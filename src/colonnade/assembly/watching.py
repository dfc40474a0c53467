"""The console of one workload: what it shows is read from the folder, the store and the ledger."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TypeVar

import msgspec
import uvicorn

from colonnade.assembly.browsing import newest_requests, passages
from colonnade.assembly.observing import look, observe
from colonnade.assembly.opened import opened
from colonnade.assembly.reviewing import current_subject, judges, scope_of
from colonnade.assembly.stored import KnowledgeShelf
from colonnade.assembly.waiving import waivers_of
from colonnade.console.application import create_console
from colonnade.console.kept import Kept
from colonnade.console.series import Series, Span, beginning, series
from colonnade.console.sources import Found, Gauge, Gauges, KeptRun, Reviewed, Shown, Sought, Told
from colonnade.drills.course import DrillRun
from colonnade.drills.diary import Event
from colonnade.drills.live import LiveLine
from colonnade.drills.shelf import Shelf
from colonnade.errors import SetupError
from colonnade.evidence.collection import Scope
from colonnade.evidence.content import Content
from colonnade.evidence.integrity import LedgerIntegrity
from colonnade.evidence.ledger import Ledger
from colonnade.evidence.newest import LedgerShelf
from colonnade.evidence.record import Record
from colonnade.evidence.view import topic_of
from colonnade.gateway.heart import Heart
from colonnade.registry.folder import load_workload
from colonnade.review.catalogue import catalogue
from colonnade.review.report import Report
from colonnade.review.review import review
from colonnade.security.keys import ApiKeys
from colonnade.usecase.evidence import IndicatorReadings
from colonnade.workload.folder import Workload

LASTS_S = 5.0
"""How old the review that is shown may be."""
REMEMBERED = 3000
"""Records that were observed for the console alone and can still be looked at."""
UNREADABLE = "the ledger holds something that cannot be read: run `colonnade ledger verify`, which names it"
Value = TypeVar("Value")
View = TypeVar("View", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class Seen:
    """One look at the workload: what collectors observed in which scope, and the review that rests on it."""

    workload: Workload
    scope: Scope
    observed: Sequence[Record]
    report: Report

    def newest(self, view: type[View]) -> View | None:
        """What was observed under a view's topic."""
        topic = topic_of(view)
        assert topic is not None, f"{view.__name__} is a view"
        found = (record for record in self.observed if record.topic == topic.name)
        return next((msgspec.convert(record.facts, view) for record in found), None)


class WorkloadSources:
    """Everything that the console shows of one workload; implements `console.sources.Sources`.

    The console observes as a review does and writes nothing: a look at a page leaves no evidence.

    Args:
        folder: the workload folder, read again for every review.
        workload: as loaded at the start.
        ledger: its open ledger.
    """

    def __init__(self, folder: Path, workload: Workload, ledger: Ledger) -> None:
        self._folder = folder
        self._ledger = ledger
        self._started_as = workload
        self._seen = Kept(self._look, lasts_s=LASTS_S)
        self._spent: dict[Span, Kept[Series]] = {}
        self._observed: OrderedDict[str, Record] = OrderedDict()
        self._lock = Lock()

    @property
    def workload(self) -> str:
        """The workload's name."""
        return self._started_as.specification.name

    def reviewed(self) -> Reviewed:
        """The review now."""
        seen = self._seen.get()
        integrity = seen.newest(LedgerIntegrity)
        return Reviewed(seen.report, integrity.breaks if integrity is not None else ())

    def record(self, record_id: str) -> Shown | None:
        """One record, from the ledger or from the last observations."""
        kept = _readable(lambda: self._ledger.record(record_id))
        if kept is not None:
            return Shown(kept, kept=True)
        with self._lock:
            observed = self._observed.get(record_id)
        return None if observed is None else Shown(observed, kept=False)

    def requests(self, sought: Sought) -> Found:
        """Requests, newest first."""
        return _readable(lambda: newest_requests(self._ledger.store, sought))

    def request(self, request_id: str) -> Told | None:
        """One request and the passages that it was given."""
        record = _readable(lambda: self._ledger.request(request_id))
        if record is None:
            return None
        return Told(record, passages(self._started_as, self._ledger, record))

    def stored_text(self, request_id: str) -> Content | None:
        """What is kept of a request's text."""
        return self._ledger.content(request_id)

    def routes(self) -> Sequence[str]:
        """The names of the workload's routes."""
        return list(self._started_as.specification.routes)

    def indicators(self) -> Gauges:
        """The reading of every indicator in the window of the review."""
        seen = self._seen.get()
        readings = seen.newest(IndicatorReadings)
        declared = {kpi.id: kpi for kpi in seen.workload.specification.kpis}
        return Gauges(
            gauges=[Gauge(declared[it.id], it) for it in (readings.readings if readings else ())],
            environment=seen.scope.environment,
            start=seen.scope.window_start,
            end=seen.scope.window_end,
        )

    def drill_runs(self, most: int) -> Sequence[KeptRun]:
        """The newest runs of drills."""
        environment = self._started_as.specification.review.environment
        records = _readable(lambda: self._ledger.records(environment, "drill.run"))[-most:]
        return [KeptRun(it.id, msgspec.convert(it.facts, DrillRun)) for it in reversed(records)]

    def drill_now(self) -> Event | None:
        """What happened last in a drill that is under way."""
        return LiveLine.of(self._started_as.state).read()

    def drill_chart(self, number: str) -> bytes | None:
        """The chart of a run."""
        return Shelf.of(self._started_as.state).chart_of(number)

    def spent(self, span: Span) -> Series:
        """What was spent, over time."""
        with self._lock:
            kept = self._spent.setdefault(span, Kept(lambda: self._add_up(span), lasts_s=LASTS_S))
        return kept.get()

    def _add_up(self, span: Span) -> Series:
        now = time.time()
        return _readable(lambda: series(self._ledger.requests(beginning(span, now), now), span, now))

    def _look(self) -> Seen:
        return _readable(self._observe_and_judge)

    def _observe_and_judge(self) -> Seen:
        now, workload = time.time(), load_workload(self._folder)
        environment = workload.specification.review.environment
        shelf = KnowledgeShelf(workload, self._ledger.store)
        subject = current_subject(workload, self._ledger, shelf.live(), environment)
        scope = scope_of(workload, subject, environment, now)
        observed = list(observe(look(workload, self._ledger, ApiKeys(self._ledger), shelf, scope)))
        self._remember(observed)
        report = review(
            catalogue(),
            judges(),
            specification=workload.specification,
            subject=subject,
            records=LedgerShelf(self._ledger.store, environment, observed),
            waivers=waivers_of(workload.folder),
            now=now,
            environment=environment,
        )
        return Seen(workload, scope, observed, report)

    def _remember(self, records: Sequence[Record]) -> None:
        with self._lock:
            for record in records:
                self._observed[record.id] = record
            while len(self._observed) > REMEMBERED:
                self._observed.popitem(last=False)


def serve_console(folder: Path, host: str, port: int, token: str) -> None:
    """Serve the console until told to stop; blocks.

    Raises:
        ColonnadeError: the workload or its store do not allow a start.
    """
    with opened(folder) as (workload, ledger, _):
        sources = WorkloadSources(folder, workload, ledger)
        console = create_console(sources, host=host, port=port, token=token)
        config = uvicorn.Config(
            console, host=host, port=port, ws="none", lifespan="off", access_log=False, log_level="warning",
            server_header=False, timeout_graceful_shutdown=2,
            callback_notify=Heart.found().show, timeout_notify=0,
        )  # fmt: skip
        uvicorn.Server(config).run()


def _readable(read: Callable[[], Value]) -> Value:
    """What `read` gives; SetupError where a body in the ledger is none of ours."""
    try:
        return read()
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise SetupError(UNREADABLE) from error
