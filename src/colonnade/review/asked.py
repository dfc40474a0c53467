"""What a file asks for is not what runs: it may fail a signal, and never passes one."""

from __future__ import annotations

from colonnade.evidence.effective import RouteTable
from colonnade.review.verdict import Verdict, insufficient


def only_read_back(verdict: Verdict, table: RouteTable) -> Verdict:
    """The verdict; a pass counts only if the running gateway said so itself."""
    if verdict.outcome != "pass" or table.read_back:
        return verdict
    return insufficient(f"a file asks for it, and what runs was not read back: {verdict.reason}", n=verdict.n)
