"""Guide sections 1 and 1.1: the problem, the people, the indicators and the limits of the use case."""

from __future__ import annotations

from colonnade.review.signal import signal
from colonnade.review.verdict import Verdict, holds, insufficient, met, unmet
from colonnade.usecase.evidence import IndicatorReadings, IntentHistory
from colonnade.workload.specification import Specification

NEEDED_ROLES = frozenset({"business", "end_user", "technical"})


@signal("UC-01", 1, improve="write `intent` in workload.yaml and commit it before the first `colonnade up`")
def intent_precedes_the_first_model(history: IntentHistory) -> Verdict:
    """The intent was settled, and written down, before any model was bound."""
    if not history.committed:
        return unmet("workload.yaml is not committed as it stands")
    if history.first_binding_at is None:
        return insufficient("no model binding is recorded yet")
    return holds(
        history.committed_at <= history.first_binding_at,
        f"committed in {history.commit[:12]} before the first model binding",
        f"a model was bound before commit {history.commit[:12]} stated the intent",
    )


@signal("UC-02", 1, improve="name a business, an end-user and a technical person under `stakeholders`")
def the_three_roles_are_named(specification: Specification) -> Verdict:
    """Business, end-user and technical people are named with a contact."""
    named = {person.role for person in specification.stakeholders if person.contact}
    missing = sorted(NEEDED_ROLES - named)
    return holds(not missing, "all three roles are named with a contact", f"not named: {', '.join(missing)}")


@signal("UC-03", 1, improve="complete every entry of `kpis` and run `colonnade check`")
def every_indicator_is_complete(specification: Specification) -> Verdict:
    """Every indicator has metric, unit, baseline, target, owner and a query that resolves."""
    kpis = specification.kpis
    blind = [kpi.id for kpi in kpis if kpi.baseline == kpi.target]
    return holds(
        not blind,
        f"{len(kpis)} indicators with baseline, target, owner and a known query",
        f"target equals baseline, so nothing would change: {', '.join(blind)}",
    )


@signal(
    "UC-03",
    2,
    improve="send traffic, run `colonnade eval answers --all` for indicators of evaluations, then `colonnade review`",
)
def every_indicator_has_a_reading(indicators: IndicatorReadings) -> Verdict:
    """Every indicator's query returned samples inside the window, and its value against target was stored."""
    silent = [reading.id for reading in indicators.readings if reading.value is None or reading.n == 0]
    if silent:
        return unmet(f"no samples for {', '.join(silent)}", n=len(indicators.readings))
    reached = sum(reading.reached for reading in indicators.readings)
    samples = min(reading.n for reading in indicators.readings)
    return met(
        f"{len(indicators.readings)} indicators read, {reached} at target; fewest samples: {samples}",
        n=samples,
    )


@signal("UC-04", 1, improve="state regimes, budget ceiling, residency and integrations under `constraints`")
def every_limit_is_stated(specification: Specification) -> Verdict:
    """Each kind of limit is listed, or `none` is written down for it; an empty list states nothing."""
    constraints = specification.constraints
    stated = {name: getattr(constraints, name) for name in type(constraints).model_fields}
    empty = sorted(name for name, value in stated.items() if value == [])
    return holds(not empty, "every kind of limit is listed or `none`", f"listed as empty: {', '.join(empty)}")
