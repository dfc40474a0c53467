"""Guide section 4.1: failures are noticed and repaired without a person."""

from __future__ import annotations

from colonnade.reliability.evidence import KillDrill
from colonnade.review.signal import signal
from colonnade.review.verdict import Verdict, holds, insufficient
from colonnade.workload.specification import Specification


@signal("REL-03", 1, improve="run `colonnade drill run kill` while `colonnade up` runs")
def killed_components_come_back(drill: KillDrill, specification: Specification) -> Verdict:
    """Every component that was killed served again within `recovery.auto_s`, with no human step.

    The catalogue asks for hang and out-of-memory too; until those are drilled the signal stays insufficient.
    """
    limit = specification.recovery.auto_s
    untried = sorted(set(drill.components) - {recovery.component for recovery in drill.recoveries})
    if untried or not drill.recoveries:
        return insufficient(f"not killed: {', '.join(untried) or 'every component'}")
    blind = [recovery.component for recovery in drill.recoveries if not recovery.witnessed]
    if blind:
        return insufficient(f"the end of {', '.join(blind)} was not seen, so the recovery proves nothing")
    late = [r for r in drill.recoveries if not r.recovered or r.seconds > limit]
    told = ", ".join(f"{r.component} after {r.fault} in {r.seconds:.1f} s" for r in drill.recoveries)
    if late:
        return holds(False, "", f"not within {limit:.0f} s: {told}")
    faults = {recovery.fault for recovery in drill.recoveries}
    if not {"kill", "hang", "out-of-memory"} <= faults:
        return insufficient(f"{told}; hang and out-of-memory were not tried", n=len(drill.recoveries))
    return holds(True, told, "")
