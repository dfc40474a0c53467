"""What waits in spools goes into the ledger in rounds, and the ledger is signed as it grows."""

from __future__ import annotations

import time
from pathlib import Path

from colonnade.evidence.intake import Intake
from colonnade.evidence.ledger import Ledger
from colonnade.evidence.spool import Claim, claim_abandoned
from colonnade.evidence.spooled import ContentPolicy

ROUTINE_S = 60.0
"""How often checkpoints are written and spools of processes that died meanwhile are looked for."""
CHECKPOINT_ENTRIES = 5000


class Rounds:
    """Carries the spools of one ledger; used by one thread.

    `default` is applied to content whose frame names no policy of its own.
    """

    def __init__(self, ledger: Ledger, root: Path, default: ContentPolicy) -> None:
        self.ledger = ledger
        self.root = root
        self.default = default
        self.ingested = 0
        self.interrupted = 0
        self.damaged: list[str] = []
        self._signed = 0
        self._routine_at = 0.0

    @property
    def routine_due(self) -> bool:
        """Whether it is time for what is done once a minute."""
        return time.monotonic() >= self._routine_at

    def intake(self, claim: Claim) -> Intake:
        """What reads the spool of one writer."""
        return Intake(claim, self.ledger, self.default, self._segment_key)

    def finish(self, intake: Intake) -> None:
        """Take what is left of a writer that is no more; what it had open was interrupted."""
        before = intake.ingested
        try:
            self.interrupted += intake.finish()
        except BaseException:
            intake.release()
            raise
        self.ingested += intake.ingested - before
        self.damaged += intake.damaged

    def adopt(self) -> None:
        """Take in what killed processes left behind."""
        for claim in claim_abandoned(self.root):
            self.finish(self.intake(claim))

    def sign(self, *, due: bool, further: int = 0) -> None:
        """Write a checkpoint after the first batch, after many entries, and when it is due.

        `further` are entries of spools that are not finished.
        """
        ingested = self.ingested + further
        many = ingested - self._signed >= CHECKPOINT_ENTRIES
        if ingested != self._signed and (due or many or self._signed == 0):
            self.ledger.checkpoint()
            self._signed = ingested
        if due:
            self._routine_at = time.monotonic() + ROUTINE_S

    def _segment_key(self, salt: bytes) -> bytes:
        return self.ledger.store.subkey("spool", salt)
