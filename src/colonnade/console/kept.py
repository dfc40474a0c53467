"""What is costly to make is made in a thread of its own, kept for a while, and never made twice at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import Generic, TypeVar

Made = TypeVar("Made")

SHARE = 10.0
"""A thing is kept for at least this many times as long as its making took: a tenth of a processor at most."""


class Kept(Generic[Made]):
    """The newest result of `make`.

    Args:
        make: makes the thing; what it raises is raised to those who ask, until it is made again.
        lasts_s: how long a result is new enough.
        patience_s: how long to wait for a newer one before the old one is given.
        clock: seconds that only grow.
    """

    def __init__(
        self,
        make: Callable[[], Made],
        *,
        lasts_s: float,
        patience_s: float = 2.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._make = make
        self._lasts_s = lasts_s
        self._patience_s = patience_s
        self._clock = clock
        self._lock = threading.Lock()
        self._done: Future[Made] | None = None
        self._making: Future[Made] | None = None
        self._good_until = 0.0

    def get(self) -> Made:
        """The thing: new, or the last one where making a newer one takes longer than the patience."""
        with self._lock:
            old = self._done
            if old is not None and self._clock() < self._good_until:
                return old.result()
            making = self._making or self._begin()
        wait([making], timeout=None if old is None else self._patience_s)
        return (making if making.done() or old is None else old).result()

    def _begin(self) -> Future[Made]:
        self._making = making = Future[Made]()
        # A daemon: nobody waits for a review when the console is told to stop.
        threading.Thread(target=self._run, args=(making,), name="console-kept", daemon=True).start()
        return making

    def _run(self, making: Future[Made]) -> None:
        began = self._clock()
        try:
            made = self._make()
        except Exception as error:  # noqa: BLE001 - raised again to everybody who asks
            self._finish(began, making)
            making.set_exception(error)
        else:
            self._finish(began, making)
            making.set_result(made)

    def _finish(self, began: float, making: Future[Made]) -> None:
        now = self._clock()
        with self._lock:
            self._done, self._making = making, None
            self._good_until = now + max(self._lasts_s, SHARE * (now - began))
