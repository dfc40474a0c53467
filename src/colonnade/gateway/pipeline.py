"""The stages of a call, folded once into one function; the order can be read and printed."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import Protocol, runtime_checkable

from colonnade.gateway.call import Call, Forward, Reply


@runtime_checkable
class Stage(Protocol):
    """One step of a call's way: a small frozen object, called with the call and the rest of the way.

    It answers itself, or returns `await forward(call)`, perhaps with something added; it signals faults by
    raising a `CallError`. One that has nothing to add, at least to this call, is a plain function that returns
    `forward(call)`: a coroutine that only waits for the next one costs more than most stages do. `name` is the word under
    which it appears in `colonnade explain`.
    """

    @property
    def name(self) -> str:
        """The stage's word."""

    def __call__(self, call: Call, forward: Forward) -> Awaitable[Reply]:
        """Take the call one step further."""


def fold(stages: Sequence[Stage], last: Forward) -> Forward:
    """One function that leads a call through `stages` in their order, and then to `last`."""
    forward = last
    for stage in reversed(stages):
        forward = _step(stage, forward)
    return forward


def _step(stage: Stage, forward: Forward) -> Forward:
    """A plain function: one with `async` would cost a coroutine a stage, and a partial a third more than this."""
    lead = stage.__call__  # looked up once, not by every call

    def step(call: Call) -> Awaitable[Reply]:
        return lead(call, forward)

    return step
