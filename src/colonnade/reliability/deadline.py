"""The stage `deadline`: one deadline from the caller to the last byte, and no silence longer than agreed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from math import inf, isfinite
from typing import ClassVar

from colonnade.errors import InvalidRequest
from colonnade.gateway.call import Call, Forward, Reply

HEADER = b"x-request-timeout-s"


@dataclass(frozen=True, slots=True)
class Deadline:
    """Sets `call.deadline` and makes the call's watch hold it, for whole answers and for streams.

    The limit is the route's `timeout_s` or the caller's `x-request-timeout-s`, whichever is shorter. The silence
    before and within a stream is bounded by the route's `first_byte_s`, which begins anew with each attempt that
    `spread` makes, and `idle_s`.
    """

    name: ClassVar[str] = "deadline"

    async def __call__(self, call: Call, forward: Forward) -> Reply:
        """Lead on under the deadline.

        Raises:
            InvalidRequest: the header is no positive number.
            DeadlineExceeded: `deadline_exceeded`, or `first_byte_timeout` for streams.
        """
        allowed_s = _allowed_s(call)
        call.deadline = call.started + allowed_s
        if call.watch is None:
            return await forward(call)
        if call.stream and call.route is not None:
            call.watch.limit(call.deadline, first_byte_s=call.route.first_byte_s, idle_s=call.route.idle_s)
        else:
            call.watch.limit(call.deadline)
        try:
            return await forward(call)
        except asyncio.CancelledError:
            error = call.watch.error()
            if error is None:
                raise
            call.decide(self.name, f"ended the call: {error.code}")
            raise error from None


def _allowed_s(call: Call) -> float:
    route_s = call.route.timeout_s if call.route is not None else inf
    wished = call.headers.get(HEADER)
    return route_s if wished is None else min(route_s, _seconds(wished))


def _seconds(wished: bytes) -> float:
    try:
        seconds = float(wished)
    except ValueError:
        seconds = 0.0
    if seconds <= 0.0 or not isfinite(seconds):
        raise InvalidRequest(
            "The header x-request-timeout-s must be a positive number of seconds.",
            code="invalid_header",
            param="x-request-timeout-s",
        )
    return seconds
