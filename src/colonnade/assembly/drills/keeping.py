"""What came of a drill is kept: its record for judges, how it ran, series and chart, and an incident where it failed."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from colonnade.assembly.drills.incident import close_incident, open_incident
from colonnade.assembly.drills.place import Place
from colonnade.drills.drill import Outcome
from colonnade.drills.shelf import Shelf


def keep(outcome: Outcome, place: Place) -> Outcome:
    """Write everything into the ledger and beside it; the outcome with the ids of what was written."""
    facts = place.ledger.append_record(outcome.record) if outcome.record is not None else ""
    if outcome.run is None:
        return outcome
    run = msgspec.structs.replace(outcome.run, facts=facts)
    raw = Shelf.of(place.workload.state).keep(run, outcome.diaries)
    record = place.scope().record(
        run, kind="drill", source="drill", collector="drills.run@1", n=len(run.courses), raw=raw
    )
    written = place.ledger.append_record(record)
    if run.verdict == "failed":
        run = msgspec.structs.replace(run, incident=open_incident(run, written, place))
    elif run.verdict == "passed":
        close_incident(run, written, place)
    return replace(outcome, run=run, run_record=written)
