"""Every name in the workload folder leads to something that exists, and no two statements contradict each other."""

from __future__ import annotations

from colonnade.errors import Fault
from colonnade.workload.references import bindings, files, limits, purposes, spreading
from colonnade.workload.references.draft import Draft, Known

__all__ = ["Draft", "Known", "reference_faults"]


def reference_faults(draft: Draft) -> list[Fault]:
    """What every check finds; only values that were read as they stand are judged."""
    checks = (*bindings.CHECKS, *limits.CHECKS, *files.CHECKS, *purposes.CHECKS, *spreading.CHECKS)
    return [fault for check in checks for fault in check(draft)]
