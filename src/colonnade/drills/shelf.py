"""The raw series of a drill and their chart lie beside the ledger, under the number that its record names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from colonnade.drills.chart import chart
from colonnade.drills.course import DrillRun
from colonnade.drills.diary import Diary
from colonnade.drills.group import drills_folder


@dataclass(frozen=True, slots=True)
class Shelf:
    """One folder a run: `series.json`, whose digest the record carries, and `chart.svg`."""

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
        (place / "chart.svg").write_bytes(chart(run, diaries))
        return raw

    def chart_of(self, number: str) -> bytes | None:
        """The chart of a run; None where it is not here (any more)."""
        if not number.isalnum():
            return None
        try:
            return (self.folder / number / "chart.svg").read_bytes()
        except OSError:
            return None
