"""Fetching tells how far it is through two calls, so that it can be drawn, printed or left silent."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Watches a fetch. A step is known by its label; it is over when `done` reaches `total`."""

    def step(self, label: str, done: int, total: int) -> None:
        """`done` of `total` bytes of the step are through."""

    def note(self, text: str) -> None:
        """One sentence for a person, e.g. why the next source is tried."""


class _Silent:
    def step(self, label: str, done: int, total: int) -> None:
        """Say nothing."""

    def note(self, text: str) -> None:
        """Say nothing."""


SILENT: Progress = _Silent()
