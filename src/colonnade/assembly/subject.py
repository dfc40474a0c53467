"""What runs now, by digest: the subject that evidence must be about to count."""

from __future__ import annotations

from collections.abc import Mapping

from colonnade.evidence.record import Subject
from colonnade.workload.folder import Workload


def subject_of(workload: Workload, *, policy: str, generations: Mapping[str, str]) -> Subject:
    """The subject of a workload.

    Args:
        workload: as loaded.
        policy: digest of the effective configuration of the gateway, empty if it never ran.
        generations: digest of the live generation of every entry of `knowledge`.
    """
    specification = workload.specification
    active = specification.bound
    used = {(route.prompt or "").split("@")[0] for route in specification.routes.values()} - {""}
    bindings = specification.models
    return Subject(
        workload=workload.digest,
        intent=workload.section_digest("intent"),
        policy=policy,
        models={
            name: pin_of(bindings[name].pin, bindings[name].snapshot, bindings[name].model) for name in active
        },
        prompts={name: workload.prompts[name].version for name in used if name in workload.prompts},
        knowledge=dict(generations),
    )


def pin_of(pin: str | None, snapshot: str | None, model: str) -> str:
    """What a binding is pinned to: the digest of weights, a dated snapshot, or only the model's name."""
    return pin or snapshot or model
