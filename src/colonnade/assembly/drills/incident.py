"""A drill that failed opens an incident with an owner and a day by which what it found must be mended."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from colonnade.assembly.drills.place import Place
from colonnade.drills.course import DrillRun
from colonnade.evidence.change import Change
from colonnade.workload.specification import Specification


def open_incident(run: DrillRun, record: str, place: Place) -> str:
    """The id of the incident; an open one of the same drill is gone on with, so that it keeps its day."""
    known = [it for it in place.ledger.changes("incident", run.drill) if it.after == "open"]
    closed = [it.at for it in place.ledger.changes("incident", run.drill) if it.after == "closed"]
    still = [it for it in known if not closed or it.at > closed[-1]]
    declared = place.workload.specification.drills
    due = datetime.fromtimestamp(run.ended, UTC) + timedelta(days=declared.due_days)
    change = Change(
        kind="incident",
        name=run.drill,
        at=run.ended,
        actor=run.actor,
        reason=run.reason,
        before="open" if still else "",
        after="open",
        evaluation=record,
        details={
            "owner": owner_of(place.workload.specification),
            "due": still[0].details["due"] if still else due.strftime("%Y-%m-%d"),
            "runbook": run.runbook,
        },
    )
    return place.ledger.append_change(change)


def close_incident(run: DrillRun, record: str, place: Place) -> None:
    """A drill that passed closes what was open; nothing happens where nothing was."""
    changes = place.ledger.changes("incident", run.drill)
    if not changes or changes[-1].after != "open":
        return
    place.ledger.append_change(
        Change(
            kind="incident",
            name=run.drill,
            at=run.ended,
            actor=run.actor,
            reason="the drill passed",
            before="open",
            after="closed",
            evaluation=record,
            details=changes[-1].details,
        )
    )


def owner_of(specification: Specification) -> str:
    """Who answers for failed drills."""
    named = specification.drills.owner
    technical = next((it.name for it in specification.stakeholders if it.role == "technical"), "")
    return named or technical or specification.stakeholders[0].name
