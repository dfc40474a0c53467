"""Guide section 2.3: each incident is studied, and its lessons become tests."""

from __future__ import annotations

from collections.abc import Sequence

from colonnade.evidence.imported.decided import Incident, Incidents
from colonnade.review.signal import signal
from colonnade.review.verdict import Verdict, insufficient, met, unmet
from colonnade.workload.specification import Specification

GRAVE = 2
"""Severities 1 and 2, as the catalogue's signal says."""


@signal(
    "OPS-15",
    1,
    improve="commit decisions/*.md with `kind: incident`: `severity`, `timeline`, `cause`, `actions` and `reviewed` within"
    " `incident.review_days`; without an incident, study the last failed or largest drill (`drill: NAME`)",
)
def grave_incidents_were_studied_in_time(register: Incidents, specification: Specification) -> Verdict:
    """Every grave incident, or without one a drill, has a complete review within the promised days."""
    studied = _to_study(register)
    if not studied:
        return insufficient("no incident of severity 1 or 2 and no drill is on record")
    limit = specification.incident.review_days
    open_yet = [it for it in studied if not it.reviewed and it.days <= limit]
    problems = [problem for it in studied if it not in open_yet for problem in _gaps(it, limit)]
    if problems:
        return unmet("; ".join(problems), n=len(studied))
    if len(open_yet) == len(studied):
        return insufficient(f"{len(open_yet)} younger than {limit} days and not reviewed yet", n=len(studied))
    return met(f"{len(studied) - len(open_yet)} studied within {limit} days", n=len(studied))


@signal(
    "OPS-15",
    2,
    improve="close `actions` by their `due` day, and link each reviewed incident to an evaluation or drill: `regression`",
)
def lessons_became_tests(register: Incidents, specification: Specification) -> Verdict:
    """Actions are closed on time, and each reviewed incident links what would notice it again."""
    reviewed = [it for it in register.incidents if it.complete and it.standing.commit]
    if not reviewed:
        return insufficient("no incident and no drill has a complete review")
    unlinked = [it.standing.file for it in reviewed if not it.regression]
    if unlinked:
        return unmet(f"nothing would notice it again: {', '.join(unlinked)}", n=len(reviewed))
    settled = [action for it in reviewed for action in it.actions if action.settled]
    if not settled:
        return insufficient("no action was due yet", n=len(reviewed))
    share = sum(not action.late for action in settled) / len(settled)
    asked = specification.incident.closure_min
    told = f"{share:.0%} of {len(settled)} actions closed on time, asked: {asked:.0%}"
    if share < asked:
        return unmet(told, value=share, threshold=asked, n=len(settled))
    return met(told, value=share, threshold=asked, n=len(settled))


def _to_study(register: Incidents) -> Sequence[Incident]:
    grave = [it for it in register.incidents if it.severity <= GRAVE and not it.drill]
    return grave or [it for it in register.incidents if it.drill]


def _gaps(incident: Incident, limit: int) -> list[str]:
    name = incident.standing.file
    if not incident.standing.commit:
        return [f"{name} is not committed as it stands"]
    if not incident.reviewed:
        return [f"{name} is not reviewed after {incident.days} days"]
    if not incident.complete:
        return [f"{name} lacks timeline, cause or actions"]
    return [f"{name} was reviewed after {incident.days} days"] if incident.days > limit else []
