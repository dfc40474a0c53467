"""The keeper is the one process that carries the journals of all workers into the ledger.

It takes nothing from the event loops: no worker waits for its interpreter. When a worker dies, the keeper finishes its
spool; when the keeper dies, the workers write on, and the next keeper begins where the ledger ends.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import get_args

import msgspec

from colonnade.evidence.carriage import STATUS, Told
from colonnade.evidence.intake import Intake
from colonnade.evidence.ledger import Ledger
from colonnade.evidence.redaction import Kind, Redactor
from colonnade.evidence.rounds import Rounds
from colonnade.evidence.spool import Claim, followed, try_claim
from colonnade.evidence.spooled import ContentPolicy

PAUSE_S = 0.5
"""Between two rounds: what comes in meanwhile shares one commit."""


class Keeper:
    """Follows every spool of one ledger until told to stop."""

    def __init__(self, ledger: Ledger) -> None:
        # Frames that name no policy are of an older release: of them, everything that can be redacted is.
        strict = ContentPolicy(Redactor(get_args(Kind)), "redacted", ledger.seal)
        self._root = ledger.store.state / "spool"
        self._rounds = Rounds(ledger, self._root, strict)
        self._following: dict[Path, Intake] = {}
        self._failure = ""

    def run(self, stopping: Callable[[], bool]) -> None:
        """Carry until `stopping`, then once more."""
        while not stopping():
            self.round()
            time.sleep(PAUSE_S)
        self.round()
        for intake in self._following.values():
            intake.release()
        (self._root / STATUS).unlink(missing_ok=True)

    def round(self) -> None:
        """One go at everything that waits; a failure is told and tried again in the next round."""
        try:
            for folder in followed(self._root):
                self._carry(folder)
            if self._rounds.routine_due:
                self._rounds.adopt()
            self._rounds.sign(due=self._rounds.routine_due, further=self._under_way())
        except Exception as error:  # noqa: BLE001 - the keeper that ended would leave the ledger behind unnoticed
            self._failure = str(error)
        else:
            self._failure = ""
        self._tell()

    def _carry(self, folder: Path) -> None:
        claim = try_claim(folder)
        intake = self._following.get(folder)
        if intake is None:
            intake = self._following[folder] = self._rounds.intake(claim or Claim(folder, -1))
        if claim is None:
            intake.advance(max((int(path.stem) for path in intake.claim.segments()), default=0))
            return
        intake.claim = claim  # its writer has let go: the folder is ours to remove
        del self._following[folder]
        self._rounds.ingested += intake.ingested
        self._rounds.finish(intake)

    def _under_way(self) -> int:
        return sum(intake.ingested for intake in self._following.values())

    def _tell(self) -> None:
        told = Told(
            pid=os.getpid(),
            at=time.time(),
            ingested=self._rounds.ingested + self._under_way(),
            interrupted=self._rounds.interrupted,
            failure=self._failure,
            damaged=(
                *self._rounds.damaged,
                *(it for each in self._following.values() for it in each.damaged),
            ),
            taken={folder.name: intake.place for folder, intake in self._following.items()},
        )
        draft = self._root / f".{STATUS}"
        with suppress(OSError):  # a full disk shows in `failure` as soon as there is room to say so
            draft.write_bytes(msgspec.json.encode(told))
            draft.replace(self._root / STATUS)
