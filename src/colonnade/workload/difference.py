"""What changed between two states of a workload is named by section, for change records and reviews."""

from __future__ import annotations

from colonnade.workload.folder import Workload
from colonnade.workload.specification import Specification


def changed_sections(before: Workload, after: Workload) -> tuple[str, ...]:
    """Names of the sections that differ, in the order of the file."""
    names = Specification.model_fields
    return tuple(name for name in names if before.section_digest(name) != after.section_digest(name))


def changed_prompts(before: Workload, after: Workload) -> tuple[str, ...]:
    """Names of prompts that were added, removed or have another version, sorted."""
    versions = [{name: prompt.version for name, prompt in each.prompts.items()} for each in (before, after)]
    return tuple(sorted(name for name in versions[0] | versions[1] if _differs(name, *versions)))


def _differs(name: str, before: dict[str, str], after: dict[str, str]) -> bool:
    return before.get(name) != after.get(name)
