"""The raw series of a drill and their chart lie beside the ledger, under the number that its record names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from colonnade.drills.course import DrillRun
from colonnade.drills.diary import Diary
from colonnade.drills.group import drills_folder


@dataclass(frozen=True, slots=True)
class Shelf:
    """One folder a run: `series.json`, whose digest the record carries."""

    folder: Path

    @classmethod
    def of(cls, state: Path) -> Shelf:
        """The shelf of a workload's state folder."""
        return cls(drills_folder(state) / "runs")

    def keep(self, run: DrillRun, diaries: Sequence[Diary]) -> bytes:
        """Write what was measured; the bytes whose digest the record shall carry."""
        place = self.folder / run.number
        place.mkdir(mode=0o700, parents=True)
        raw = msgspec.json.encode({diary.experiment: diary.series for diary in diaries})
        (place / "series.json").write_bytes(raw)
        return raw
