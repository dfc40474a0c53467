"""Guide section 4.3: failed experiments are followed up, and the plan for losing a region is written."""

from __future__ import annotations

from colonnade.evidence.imported.decided import DisasterPlan, DisasterPlans, Experiments
from colonnade.review.signal import signal
from colonnade.review.verdict import Verdict, holds, insufficient, unmet
from colonnade.workload.specification import Specification


@signal(
    "REL-05",
    2,
    improve="commit decisions/*.md with `kind: experiment`: `drill`, `outcome`, and for a failed one `actions` with `owner` and"
    " `due`",
)
def failed_experiments_are_followed_up(register: Experiments) -> Verdict:
    """Each failed experiment has an owner and a dated action."""
    if not register.experiments:
        return insufficient("no experiment is on record")
    problems = [
        f"{it.standing.file} is not committed as it stands"
        for it in register.experiments
        if not it.standing.commit
    ]
    problems += [
        f"{it.standing.file} failed and has no action"
        for it in register.experiments
        if it.failed and not it.actions
    ]
    failed = sum(it.failed for it in register.experiments)
    told = f"{len(register.experiments)} experiments, {failed} failed and each of them has owner and action"
    return holds(not problems, told, "; ".join(problems))


@signal(
    "REL-07",
    1,
    improve="commit decisions/*.md with `kind: disaster_recovery`: `rto_s`, `rpo_s`, `roles` with contacts, and `order`",
)
def the_plan_is_whole(register: DisasterPlans, specification: Specification) -> Verdict:
    """A committed plan names both objectives, roles, order of work and contacts, and promises what the workload promises."""
    if not register.plans:
        return unmet("no decision record of kind `disaster_recovery`")
    problems = {plan.standing.file: _gaps(plan, specification) for plan in register.plans}
    told = "; ".join(f"{file}: {', '.join(gaps)}" for file, gaps in problems.items() if gaps)
    plan = register.plans[0]
    whole = f"back within {plan.rto_s:g} s, losing at most {plan.rpo_s:g} s; {len(plan.roles)} roles, {len(plan.order)} steps"
    return holds(not told, whole, told)


def _gaps(plan: DisasterPlan, specification: Specification) -> list[str]:
    promised = specification.recovery
    gaps = [] if plan.standing.commit else ["not committed as it stands"]
    gaps += [] if plan.roles and all(plan.contacts) else ["no roles with contacts"]
    gaps += [] if plan.order else ["no order of work"]
    gaps += ["its review is overdue"] if plan.standing.overdue else []
    if (plan.rto_s, plan.rpo_s) != (promised.rto_s, promised.rpo_s):
        gaps.append("other objectives than `recovery` of the workload file")
    return gaps
