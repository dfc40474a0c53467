"""Guide section 5.2: what is run by oneself, and not bought, has a reason."""

from __future__ import annotations

from colonnade.evidence.imported.decided import SelfRunComponent, SelfRunComponents
from colonnade.evidence.imported.infrastructure import Infrastructure, Resource
from colonnade.review.signal import signal
from colonnade.review.verdict import Verdict, insufficient, met, unmet


@signal(
    "PERF-06",
    2,
    improve="commit decisions/*.md with `kind: self_run`: `component` as the plan names it, `reason`, `owner` and `review_by`",
)
def what_is_run_by_oneself_has_a_reason(inventory: Infrastructure, register: SelfRunComponents) -> Verdict:
    """Each self-run component of the inventory has a committed reason, an owner and a review date ahead."""
    own = [resource for resource in inventory.resources if resource.run == "self"]
    problems = [problem for resource in own if (problem := _problem(resource, register))]
    if problems:
        return unmet("; ".join(problems), n=len(own))
    if inventory.incomplete:
        return insufficient(
            f"a part of the inventory was not read: {', '.join(inventory.incomplete)}", n=len(own)
        )
    if not own:
        return met(f"none of {len(inventory.resources)} components is run by oneself")
    return met(f"{len(own)} self-run components, each with a reason", n=len(own))


def _problem(resource: Resource, register: SelfRunComponents) -> str:
    found = [it for it in register.components if it.component in {resource.name, resource.type}]
    if not found:
        return f"{resource.name} has no reason"
    return (
        ""
        if any(_stands(it) for it in found)
        else f"the reason of {resource.name} is not committed, or overdue"
    )


def _stands(component: SelfRunComponent) -> bool:
    standing = component.standing
    return bool(standing.commit and standing.owner and standing.review_by) and not standing.overdue
