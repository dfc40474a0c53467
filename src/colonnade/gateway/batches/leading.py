"""A row is led through the stages of any call, and its answer is in the store before the journal closes the call."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from colonnade.errors import CallError, ColonnadeError
from colonnade.evidence.request import DecisionLine
from colonnade.gateway.batches.commits import Commits
from colonnade.gateway.batches.endpoints import Endpoints
from colonnade.gateway.batches.output import response_body
from colonnade.gateway.batches.rows import Outcome, Row
from colonnade.gateway.call import Call, Identity, Reply
from colonnade.gateway.calls import Calls
from colonnade.gateway.dialect import OPENAI
from colonnade.gateway.unexpected import unexpected

MOST_TRIES = 4
_LONGEST_PAUSE_S = 60.0
_THROTTLED_S = 5.0
_BUSY = frozenset({429, 503})
"""Statuses that say nothing of the row: it waits, and the try does not count."""


@dataclass(frozen=True, slots=True)
class Leading:
    """Runs rows, one call each.

    Args:
        endpoints: those that rows may name.
        known: the identity of a key by its id, None once it is revoked or expired.
        commits: where outcomes are made durable.
        reopen: takes a stored answer back that could not be recorded.
        clock: seconds since the epoch.
    """

    endpoints: Endpoints
    known: Callable[[str], Identity | None]
    commits: Commits
    reopen: Callable[[Row, float], Awaitable[None]]
    clock: Callable[[], float]

    async def lead(self, row: Row, calls: Calls) -> None:
        """Run the row; what came of it is durable when this returns.

        Raises:
            ColonnadeError: the store cannot be written; the row is free again when its claim has ended.
        """
        identity = self.known(row.key_id)
        led = _Led(row, calls.next_id(), max(0.0, self.clock() - row.waits_since))
        if identity is None:
            await self.commits.add(Outcome(row, failed=True, error="key_revoked", waited_s=led.waited_s))
            return

        async def keep(call: Call, reply: Reply) -> None:
            outcome = _answered(led, call, reply)
            led.kept = "tried"
            await self.commits.add(outcome)
            led.kept = "yes"

        try:
            await self._submit(led, calls, identity, keep)
        except CallError as error:
            await self._failed(led, error)
        except ColonnadeError:
            raise
        except Exception as error:  # noqa: BLE001 - a defect met by one row must not stop the others
            await self._failed(led, unexpected(error))

    async def _submit(
        self, led: _Led, calls: Calls, identity: Identity, keep: Callable[[Call, Reply], Awaitable[None]]
    ) -> None:
        row = led.row
        endpoint, dialect = self.endpoints[row.endpoint]
        told = f"row {row.line} of {row.batch_id}, waited {led.waited_s:.1f} s"
        await calls.submit(
            endpoint,
            dialect,
            row.request,
            identity,
            call_id=led.call_id,
            closing=keep,
            batch=row.batch_id,
            row=row.line,
            urgency="deferrable",
            path=row.endpoint,
            decisions=[DecisionLine("batch", told, 0.0)],
        )

    async def _failed(self, led: _Led, error: CallError) -> None:
        if led.kept == "tried":
            raise error  # the store failed: the answer is not known, and nothing can be written now
        row = led.row
        if led.kept == "yes":  # the journal could not be closed: the answer may not be released
            await self.reopen(row, self.clock() + _LONGEST_PAUSE_S)
        counted = led.kept == "yes" or error.status not in _BUSY
        pause_s = pause(row, error, counted=counted)
        if pause_s is None:
            _, dialect = self.endpoints[row.endpoint]
            body = response_body(error.status, led.call_id, dialect.error(error, led.call_id))
            await self.commits.add(Outcome(row, body, failed=True, waited_s=led.waited_s))
        else:
            await self.commits.add(Outcome(row, again_at=self.clock() + pause_s, counted=counted))


@dataclass(slots=True)
class _Led:
    """A row on its way; `kept` is how far the storing of its answer is."""

    row: Row
    call_id: str
    waited_s: float
    kept: Literal["no", "tried", "yes"] = "no"


def pause(row: Row, error: CallError, *, counted: bool) -> float | None:
    """Seconds until the row is tried again; None where it is not.

    What is throttled waits as long as it is asked to; what failed is tried four times, with growing pauses.
    """
    if not error.retryable or (counted and row.tries + 1 >= MOST_TRIES):
        return None
    if counted:
        return min(_LONGEST_PAUSE_S, 4.0**row.tries) * _jitter()
    asked: float | None = getattr(error, "retry_after_s", None)
    return max(asked or _THROTTLED_S * _jitter(), 0.1)


def _jitter() -> float:
    return random.uniform(0.5, 1.0)  # noqa: S311 - spreads retries, protects nothing


def _answered(led: _Led, call: Call, reply: Reply) -> Outcome:
    body = reply.body if call.dialect is OPENAI else call.dialect.write(call, reply)
    response = response_body(reply.status, call.id, body)
    return Outcome(led.row, response, failed=reply.status >= 400, waited_s=led.waited_s)
