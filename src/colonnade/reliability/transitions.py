"""Every change of a breaker is written into the ledger, off the event loop, by the worker in which it happened."""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from colonnade.errors import ColonnadeError
from colonnade.evidence.change import Change
from colonnade.reliability.admission import Count, uncounted
from colonnade.reliability.breaker import Transition

_MOST = 10_000


def _actor() -> str:
    return f"gateway@{socket.gethostname()}"


@dataclass(slots=True)
class Transitions:
    """Hears of transitions (`told`), and appends each as a change of kind `breaker`, in a thread.

    `append` may block; `count` counts them for metrics.
    """

    append: Callable[[Change], object]
    count: Count = uncounted
    actor: str = field(default_factory=_actor)
    _pending: deque[Change] = field(default_factory=lambda: deque(maxlen=_MOST))
    _writing: asyncio.Future[bool] | None = None

    def told(self, transition: Transition) -> None:
        """Remember it, and have it written soon; to be called on the event loop."""
        self.count("colonnade_breaker_transitions_total", target=transition.target, to=transition.after)
        change = Change(
            kind="breaker",
            name=transition.target,
            at=transition.at,
            actor=self.actor,
            reason=transition.cause,
            before=transition.before,
            after=transition.after,
        )
        self._pending.append(change)
        if self._writing is None:
            self._write_soon()

    def write(self) -> bool:
        """Append everything that waits; what cannot be written now is tried again with the next change."""
        try:
            while self._pending:
                self.append(self._pending[0])
                self._pending.popleft()
        except ColonnadeError:
            return False
        return True

    def _write_soon(self) -> None:
        self._writing = asyncio.get_running_loop().run_in_executor(None, self.write)
        self._writing.add_done_callback(self._written)

    def _written(self, writing: asyncio.Future[bool]) -> None:
        self._writing = None
        if self._pending and not writing.cancelled() and writing.result():
            self._write_soon()  # something was told while the last was written
