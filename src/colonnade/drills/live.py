"""Whoever looks can see which drill is under way and what happened in it last."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from colonnade.drills.diary import Event, Told
from colonnade.drills.group import drills_folder

LASTS_S: Final = 180.0
"""A line that is older was left by a runner that was killed."""


@dataclass(frozen=True, slots=True)
class LiveLine:
    """The newest event in a file, replaced at once with each new one."""

    file: Path

    @classmethod
    def of(cls, state: Path) -> LiveLine:
        """Of a workload's state folder."""
        return cls(drills_folder(state) / "now.json")

    def beside(self, told: Told) -> Told:
        """Writes every event, and then tells it."""

        def both(event: Event) -> None:
            with suppress(OSError):  # a full disk costs those who look, and no drill
                draft = self.file.with_suffix(".draft")
                draft.write_bytes(msgspec.json.encode(event))
                draft.replace(self.file)
            told(event)

        return both

    def read(self) -> Event | None:
        """What happened last in a drill that is under way."""
        try:
            event = msgspec.json.decode(self.file.read_bytes(), type=Event)
        except (OSError, msgspec.MsgspecError):
            return None
        return event if event.at > time.time() - LASTS_S else None

    def end(self) -> None:
        """The drill is over."""
        self.file.unlink(missing_ok=True)
