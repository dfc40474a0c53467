"""A request that reached an upstream is in the journal, whatever kills the process.

`open` is written before the upstream is asked and `close` before the last byte is released, each by one write
of an encrypted frame on the event loop. A thread of this process, or the keeper, carries the frames into the ledger.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from colonnade.errors import Unavailable
from colonnade.evidence.carriage import Carriage, Elsewhere, OwnThread
from colonnade.evidence.groupsync import GroupSync
from colonnade.evidence.ledger import Ledger
from colonnade.evidence.request import RequestRecord
from colonnade.evidence.rounds import Rounds
from colonnade.evidence.spool import SEGMENT_BYTES, SpoolWriter, claim_new, damaged_segments
from colonnade.evidence.spooled import ContentPolicy, Keep, closed_payload, opened_payload

SPOOL_LIMIT_BYTES = 2 * 2**30


@dataclass(frozen=True, slots=True)
class JournalState:
    """How the journal is; `failure` is why the ledger does not take what is written, empty if it does.

    `waiting_bytes` are written and not yet in the ledger. `damaged` names frames that could not be read, their
    segments are kept in `spool/damaged/`. `interrupted` counts requests that a killed process left open.
    """

    waiting_bytes: int
    ingested: int
    interrupted: int
    damaged: tuple[str, ...]
    failure: str


class Journal:
    """`open` and `close` belong to the thread of one event loop; everything else may be called from anywhere.

    Args:
        ledger: where requests end up.
        redact: applied to prompt and answer text before anything of it is stored; runs on the journal's thread.
        keep: `redacted` stores redacted text, `digest` only the digest of it.
        sync: `process` survives the death of the process; `host` also that of the machine, for which each
            `close` waits for a shared flush to the disk.
        segment_bytes: when a spool file is full.
        limit_bytes: how much may wait for the ledger before calls are refused.
        keeper: whether the keeper carries into the ledger, instead of a thread of this process.
    """

    def __init__(
        self,
        ledger: Ledger,
        *,
        redact: Callable[[str], str],
        keep: Keep = "redacted",
        sync: Literal["process", "host"] = "process",
        segment_bytes: int = SEGMENT_BYTES,
        limit_bytes: int = SPOOL_LIMIT_BYTES,
        keeper: bool = False,
    ) -> None:
        self._ledger = ledger
        self._policy = ContentPolicy(redact, keep, ledger.seal)
        self._code = self._policy.code
        self._root = ledger.store.state / "spool"
        self._limit_bytes = limit_bytes
        claim = claim_new(self._root, kept_elsewhere=keeper)
        self._writer = SpoolWriter(
            claim, self._segment_key, durable=sync == "host", segment_bytes=segment_bytes
        )
        rounds = Rounds(ledger, self._root, self._policy)
        self._carriage: Carriage = (
            Elsewhere(self._writer, claim) if keeper else OwnThread(rounds, self._writer, claim)
        )
        self._group = GroupSync(self._writer.sync) if sync == "host" else None
        self._stopped = False

    def start(self) -> None:
        """Begin to carry frames into the ledger, first those of processes that were killed."""
        self._carriage.start()

    def open(self, opening: RequestRecord) -> None:
        """Write that a request begins; after this returns it cannot get lost. Its id must be unique for ever.

        Raises:
            Unavailable: the disk is full or the ledger is too far behind.
        """
        if self._waiting() > self._limit_bytes:
            raise Unavailable("the journal is full: the ledger does not keep up", code="journal_unavailable")
        self._append(opened_payload(opening))

    async def close(self, record: RequestRecord, prompt: bytes, answer: bytes) -> None:
        """Write how a request ended, with its text as UTF-8; with `sync="host"` wait for the disk.

        Raises:
            Unavailable: the disk is full or failed.
        """
        self._append(closed_payload(record, prompt, answer, self._code))
        if self._group is not None:
            try:
                await self._group.done()
            except OSError as error:
                raise _unavailable(error) from error

    async def flush(self) -> None:
        """Return when everything written so far is in the ledger; raises Unavailable if it cannot be."""
        await asyncio.wrap_future(self._carriage.ask())

    def stop(self) -> None:
        """Bring everything into the ledger; blocks. Requests still open become interrupted.

        What cannot be brought in (a full disk) stays in the spool for the next start. A second call does nothing.
        """
        if self._stopped:
            return
        self._stopped = True
        self._carriage.stop()
        if self._group is not None:
            self._group.close()
        self._writer.close()

    @property
    def content_policy(self) -> ContentPolicy:
        """What is kept of prompts and answers: the very object that the journal applies."""
        return self._policy

    def keep_as(self, policy: ContentPolicy) -> None:
        """From now on, apply this to what is carried into the ledger."""
        self._policy = policy
        self._code = policy.code

    def state(self) -> JournalState:
        """How the journal is now."""
        carriage = self._carriage
        return JournalState(
            waiting_bytes=self._waiting(),
            ingested=carriage.ingested,
            interrupted=carriage.interrupted,
            damaged=(*carriage.damaged, *damaged_segments(self._root)),
            failure=carriage.failure,
        )

    def _append(self, payload: bytes) -> None:
        try:
            self._writer.append(payload)
        except OSError as error:
            raise _unavailable(error) from error

    def _waiting(self) -> int:
        return self._carriage.waiting_bytes

    def _segment_key(self, salt: bytes) -> bytes:
        return self._ledger.store.subkey("spool", salt)


def _unavailable(error: OSError) -> Unavailable:
    why = (error.strerror or "the disk failed").lower()
    return Unavailable(f"the journal cannot be written: {why}", code="journal_unavailable")
