"""Views of step 6: whether spend can be tied to those who cause it."""

from __future__ import annotations

import msgspec

from colonnade.evidence.view import view


@view("cost.labels")
class LabelCoverage(msgspec.Struct, frozen=True, kw_only=True):
    """Metered requests that carry workload, team, environment and use-case labels; US dollars."""

    requests: int
    labelled: int
    usd: float
    usd_unallocated: float
