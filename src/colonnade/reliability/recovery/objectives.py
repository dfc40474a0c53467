"""How much of each store may be lost."""

from __future__ import annotations

from colonnade.workload.specification import Specification


def objectives(specification: Specification) -> dict[str, float]:
    """The data-loss objective of each store, in seconds."""
    general = specification.recovery.rpo_s
    return {name: store.rpo_s or general for name, store in specification.data.kept.items()}
