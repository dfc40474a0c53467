"""One word says what came of a call, the same in the journal and in the metrics."""

from __future__ import annotations

from colonnade.evidence.request import Outcome
from colonnade.gateway.call import Call


def outcome_of(call: Call, status: int, error: str) -> Outcome:
    """`error` is the code of what ended the call early, empty where nothing did.

    >>> outcome_of(call, 200, "client_gone")
    'abandoned'
    """
    if error == "client_gone":
        return "abandoned"
    if not error and status < 400:
        return "answered"
    return "failed" if call.attempts or status >= 500 else "refused"
