"""Answers that were thrown away are gone in every worker: the epoch of a route is part of the key of its answers."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_LOOK_S: Final = 1.0
_ALL: Final = ""


@dataclass(slots=True)
class Epochs:
    """A name for the time since a route's answers were last thrown away; empty from the beginning.

    Workers tell each other by two small files a route in `folder`, looked at once a second; None where there is one
    worker. Names are drawn, so that no clock can make two times the same.
    """

    folder: Path | None = None
    clock: Callable[[], float] = time.monotonic
    _names: dict[str, str] = field(default_factory=dict)
    _looked: dict[str, float] = field(default_factory=dict)

    def of(self, route: str) -> str:
        """The epoch of a route, at most a second old."""
        now = self.clock()
        if self.folder is not None and now >= self._looked.get(route, 0.0) + _LOOK_S:
            self._looked[route] = now
            for name in (route, _ALL):
                self._names[name] = _read(self._file(self.folder, name))
        return self._names.get(route, "") + self._names.get(_ALL, "")

    def end(self, route: str | None) -> None:
        """Nothing that was stored until now is served any more, of a route or of all; writes a file."""
        name, drawn = route or _ALL, secrets.token_hex(8)
        if self.folder is not None:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file(self.folder, name).write_text(drawn, encoding="ascii")
        self._names[name] = drawn

    @staticmethod
    def _file(folder: Path, name: str) -> Path:
        return folder / f"answers-epoch{'-' if name else ''}{name}"


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii")
    except FileNotFoundError:
        return ""
