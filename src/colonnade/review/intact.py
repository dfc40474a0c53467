"""A report over a ledger that does not verify is none, whatever it says."""

from __future__ import annotations

from colonnade.errors import CannotEvaluate
from colonnade.review.report import Report

CHAIN = ("RAI-07", 1)
"""The signal that says whether the ledger verifies."""


def refuse_broken_ledger(report: Report) -> None:
    """Let a report pass whose ledger verified.

    Raises:
        CannotEvaluate: the hash chain does not verify.
    """
    row = report.row(CHAIN[0])
    states = [signal.state for signal in row.signals if signal.number == CHAIN[1]] if row else []
    if "fail" in states:
        raise CannotEvaluate(
            "the ledger does not verify, so no verdict on it counts: see `colonnade ledger verify`"
        )
