"""The scoreboard: the colonnade, the headline, what to do next, and the way to every practice and its evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from colonnade.console.frame import Frame
from colonnade.console.picture import colonnade
from colonnade.console.sources import Sources
from colonnade.review.catalogue import PILLARS
from colonnade.review.report import Report, RowResult
from colonnade.review.states import RowState

NEXT = 5
WORST_FIRST: tuple[RowState, ...] = (
    "failed", "conflict", "stale", "unknown", "partial", "proven", "not_applicable",
)  # fmt: skip
assert set(WORST_FIRST) == set(get_args(RowState)), "every state has its place"


@dataclass(frozen=True, slots=True)
class Scoreboard:
    """The review, from the roof down to one record."""

    sources: Sources
    frame: Frame

    def routes(self) -> list[Route]:
        """Where its pages are."""
        guarded = self.frame.guarded
        return [
            Route("/", guarded(self.board), methods=["GET"]),
            Route("/pillars/{pillar}", guarded(self.pillar), methods=["GET"]),
            Route("/practices/{practice}", guarded(self.practice), methods=["GET"]),
            Route("/records/{record:path}", guarded(self.record), methods=["GET"]),
        ]

    def board(self, request: Request) -> Response:
        """The whole review."""
        reviewed = self.sources.reviewed()
        report = reviewed.report
        return self.frame.show(
            request,
            "scoreboard.html",
            report=report,
            breaks=reviewed.breaks,
            columns=colonnade(report.pillars),
            open_high=_open_high(report),
            actions=[(each, [_signal_of(it) for it in each.closes]) for each in report.actions[:NEXT]],
            judged=len(report.rows) - report.headline.rows.get("not_applicable", 0),
        )

    def pillar(self, request: Request) -> Response:
        """One pillar: its practices, the worst first."""
        name = request.path_params["pillar"]
        if name not in PILLARS:
            raise HTTPException(404, f"There is no pillar {name!r}.")
        report = self.sources.reviewed().report
        place = PILLARS.index(name)
        rows = sorted((row for row in report.rows if row.pillar == name), key=_worst_first)
        return self.frame.show(
            request,
            "pillar.html",
            report=report,
            pillar=report.pillars[place],
            rows=rows,
            column=colonnade(report.pillars)[place],
        )

    def practice(self, request: Request) -> Response:
        """One practice: question, state, signals, evidence, and what to do."""
        identifier = request.path_params["practice"]
        report = self.sources.reviewed().report
        row = report.row(identifier)
        if row is None:
            raise HTTPException(404, f"The catalogue has no practice {identifier!r}.")
        return self.frame.show(request, "practice.html", report=report, row=row)

    def record(self, request: Request) -> Response:
        """One record of evidence as it was written."""
        shown = self.sources.record(request.path_params["record"])
        if shown is None:
            raise HTTPException(
                404,
                "No record has this id. What the console observes by itself is replaced by what it observes "
                "later; what `colonnade review` observes stays in the ledger.",
            )
        return self.frame.show(request, "record.html", record=shown.record, kept=shown.kept)


def _open_high(report: Report) -> list[RowResult]:
    rows = [row for row in report.rows if row.level == "HIGH" and not row.waived]
    return sorted(rows, key=_worst_first)


def _worst_first(row: RowResult) -> tuple[int, int, str]:
    return WORST_FIRST.index(row.state), ("high", "medium", "low").index(row.risk), row.id


def _signal_of(name: str) -> tuple[str, str]:
    """`COST-01.2` as the practice and the signal's number; a row without a number has none."""
    practice, _, number = name.partition(".")
    return practice, number
