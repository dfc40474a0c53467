"""Whether the name of an environment means production: it does unless it says that people only try things there."""

from __future__ import annotations

import re

_TRIAL = re.compile(
    r"(^|[^a-z])(staging|stage|preview|review|dev|develop|development|test|testing|qa|sandbox|demo|local|ci)($|[^a-z])"
)


def is_production(name: str, tier: str = "") -> bool:
    """By the tier where the system names one (`production`, `staging`, ...), else by the name."""
    if tier:
        return tier == "production"
    return not _TRIAL.search(name.lower())
