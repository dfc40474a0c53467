"""What was asked and not taken is paid all the same: failed, retried and hedged attempts are priced as far as is known."""

from __future__ import annotations

from typing import Final

from colonnade.gateway.asked import asked
from colonnade.gateway.call import Call, Try, Usage
from colonnade.gateway.estimate import tokens_in

AT_WORK: Final = frozenset(
    {
        "client_gone", "deadline_exceeded", "first_byte_timeout", "hedge_lost", "shutting_down", "slow_body",
        "upstream_cut", "upstream_empty", "upstream_malformed", "upstream_stalled", "upstream_wrong_model",
    }
)  # fmt: skip
"""Ends of attempts after which the upstream had the request, and is likely to bill at least what it read.

An upstream that refuses (429, 5xx) or cannot be reached bills nothing.
"""


def lost(call: Call) -> list[Try]:
    """The attempts of a call whose answers were not taken, although they may be billed."""
    if len(call.tried) == 1 and not call.tried[0].error:
        return []  # the usual case
    taken = _taken(call)
    others = (each for place, each in enumerate(call.tried) if place != taken)
    return [each for each in others if each.usage is not None or not each.error or each.error in AT_WORK]


def used(attempt: Try, call: Call, sent_tokens: int) -> Usage:
    """What an attempt used: as its upstream said, else what the answer that was taken had as input, else an estimate."""
    if attempt.usage is not None:
        return attempt.usage
    return Usage(fresh_input=sent_tokens or tokens_in(asked(call.request)), reported=False)


def _taken(call: Call) -> int:
    """The place of the attempt that answered: the last one of the binding that the call ended with."""
    answered = [
        place for place, it in enumerate(call.tried) if not it.error and it.binding == call.binding_name
    ]
    return answered[-1] if answered else -1
