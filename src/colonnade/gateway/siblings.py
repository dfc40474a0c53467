"""Workers tell each other what they counted, so that `/metrics` says the same whichever of them answers.

Each writes its counts to a file every second, replaced at once; the others add what they find. A worker that was
started again goes on from what it told last, so that no counter of the whole gateway falls.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from colonnade.gateway.metrics import Event, Key, Metrics, Row

TELL_S = 1.0


class Told(msgspec.Struct):
    """What one worker counted; `pid` is its process, as a dead one has nothing in flight."""

    pid: int
    in_flight: int
    rows: list[tuple[Key, Row]]
    events: list[tuple[Event, int]] = []


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Told).decode


@dataclass(slots=True)
class Siblings:
    """The workers of one workload; `number` is that of this one, `folder` where they leave word."""

    folder: Path
    number: int
    before: Metrics = field(default_factory=Metrics)

    async def tell_forever(self, metrics: Metrics) -> None:
        """Remember what this number told before, then tell every second, and once more at the end."""
        found = await asyncio.to_thread(self._read, self._file(self.number))
        self.before = Metrics(found.rows, events=found.events) if found is not None else Metrics()
        try:
            while True:
                await asyncio.to_thread(self.tell, metrics)
                await asyncio.sleep(TELL_S)
        finally:
            self.tell(metrics)

    def tell(self, metrics: Metrics) -> None:
        """Write what was counted so far."""
        all_runs = metrics.absorb([self.before])
        told = Told(
            os.getpid(), all_runs.in_flight, list(all_runs.rows.items()), list(all_runs.events.items())
        )
        file = self._file(self.number)
        draft = file.with_suffix(".draft")
        with suppress(OSError):  # a full disk costs the others this second's counts, nothing else
            draft.write_bytes(_encode(told))
            draft.replace(file)

    def counted(self, metrics: Metrics) -> Metrics:
        """What all workers counted, `metrics` being what this one counted since its start."""
        return metrics.absorb([self.before, *self._heard()])

    def _heard(self) -> Iterator[Metrics]:
        for file in self.folder.glob("metrics-*.msgpack"):
            found = None if file == self._file(self.number) else self._read(file)
            if found is not None:
                yield found

    def _file(self, number: int) -> Path:
        return self.folder / f"metrics-{number}.msgpack"

    def _read(self, file: Path) -> Metrics | None:
        try:
            told = _decode(file.read_bytes())
        except (OSError, msgspec.MsgspecError):
            return None
        return Metrics(dict(told.rows), told.in_flight if _alive(told.pid) else 0, dict(told.events))


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
