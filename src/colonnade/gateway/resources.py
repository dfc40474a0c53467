"""What a call took it gives back when it is over, the last first; `AsyncExitStack` does the same for four times the price."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any


class Resources:
    """Callbacks that run once, in reverse order; one that fails does not keep the others from running."""

    __slots__ = ("_callbacks",)

    def __init__(self) -> None:
        self._callbacks: list[tuple[Callable[..., Any], tuple[Any, ...], bool]] = []

    def callback(self, give_back: Callable[..., object], *given: Any) -> None:
        """Call `give_back(*given)` at the end."""
        self._callbacks.append((give_back, given, False))

    def push_async_callback(self, give_back: Callable[..., Awaitable[None]], *given: Any) -> None:
        """Await `give_back(*given)` at the end."""
        self._callbacks.append((give_back, given, True))

    async def aclose(self) -> None:
        """Give everything back; the first exception is raised when all have run."""
        failure: BaseException | None = None
        while self._callbacks:
            give_back, given, asynchronous = self._callbacks.pop()
            try:
                if asynchronous:
                    await give_back(*given)
                else:
                    give_back(*given)
            except BaseException as error:  # noqa: BLE001 - what else was taken must be given back, too
                failure = failure or error
        if failure is not None:
            raise failure
