"""What a failed attempt means: whether another is safe, where, after how long, and what the target is blamed for.

Nothing here is reached after the first byte: an answer that began is never asked for again.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final, Literal

from colonnade.errors import (
    CallError,
    DeadlineExceeded,
    Forbidden,
    InvalidRequest,
    RateLimited,
    UpstreamFailed,
    UpstreamLimited,
)
from colonnade.reliability.breaker import Failure
from colonnade.workload.sections.serving import Retry

Next = Literal["nowhere", "anywhere", "elsewhere", "larger"]
"""Where the call may be tried: not at all, also at the same target, at another one, at one with a larger context."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """`blame` is the class of failure that the target's breaker counts; None counts neither way."""

    blame: Failure | None
    next: Next


FINAL: Final = Meaning(None, "nowhere")
UNASKED: Final = Meaning(None, "elsewhere")
"""The workload's own limit of that model is reached: nothing was asked, so looking elsewhere is no retry."""

_BY_CODE: Final[dict[str, Meaning]] = {
    "upstream_unreachable": Meaning("connect", "anywhere"),
    "upstream_unknown_host": Meaning("connect", "elsewhere"),
    "upstream_tls": Meaning("connect", "elsewhere"),
    "upstream_cut": Meaning("server", "anywhere"),
    "upstream_error": Meaning("server", "anywhere"),
    "upstream_malformed": Meaning("malformed", "anywhere"),
    "upstream_empty": Meaning("malformed", "anywhere"),
    "upstream_wrong_model": Meaning("malformed", "elsewhere"),
    "upstream_starting": Meaning(None, "elsewhere"),
    "upstream_refused": Meaning("denied", "elsewhere"),
    "upstream_credentials": Meaning("denied", "elsewhere"),
    "upstream_501": Meaning("denied", "elsewhere"),
    "upstream_505": Meaning("denied", "elsewhere"),
    "upstream_408": Meaning("timeout", "elsewhere"),
    "first_byte_timeout": Meaning("timeout", "elsewhere"),
    "deadline_exceeded": Meaning("timeout", "nowhere"),
    "context_length_exceeded": Meaning(None, "larger"),
    "unsupported_parameter": Meaning(None, "elsewhere"),
    "unsupported_value": Meaning(None, "elsewhere"),
    "residency_refused": Meaning(None, "elsewhere"),
}

_QUOTA: Final = frozenset({"insufficient_quota", "billing_hard_limit_reached", "quota_exceeded"})
"""429s that waiting does not cure, as OpenAI, Azure and others name them: a person must pay or ask for more."""

_draw = random.Random()  # noqa: S311 - spreads retries, keeps no secret


def meaning(error: CallError) -> Meaning:
    """What the error of an attempt means."""
    known = _BY_CODE.get(error.code or "")
    if isinstance(error, UpstreamLimited):
        return Meaning("quota", "elsewhere") if error.code in _QUOTA else Meaning(None, "anywhere")
    if isinstance(error, RateLimited):
        return UNASKED
    if isinstance(error, UpstreamFailed):
        return known or _by_status(error.code or "")
    return (
        known
        if known is not None and isinstance(error, DeadlineExceeded | Forbidden | InvalidRequest)
        else FINAL
    )


def _by_status(code: str) -> Meaning:
    """`upstream_4xx` outside those that blame the request: our key, our path or our model is not right there."""
    if code.startswith("upstream_4"):
        return Meaning("denied", "elsewhere")
    return Meaning("server", "anywhere")


def pause_s(retry: Retry, failed: int, wished_s: float | None) -> float:
    """How long to wait before the same target is asked once more.

    Full jitter (AWS Architecture Blog, 2015): anything from nothing to `first_delay_s`, doubled with each failure. A
    wish of the upstream is honoured up to `longest_delay_s`, and jitter is added, or all would come back together.

    Args:
        retry: of the route.
        failed: attempts that failed so far, from 1.
        wished_s: `Retry-After`, if there was one.
    """
    longest_s = min(retry.longest_delay_s, retry.first_delay_s * 2.0 ** (failed - 1))
    jitter_s = _draw.uniform(0.0, longest_s)
    if wished_s is None:
        return jitter_s
    return min(wished_s, retry.longest_delay_s) + min(jitter_s, retry.first_delay_s)
