"""A request that reached an upstream is in the journal, whatever kills the process.

`open` is written before the upstream is asked and `close` before the last byte is released, each by one write
of an encrypted frame on the event loop. A thread carries the frames into the ledger and, at the start, those
that a killed process left behind.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Literal

from colonnade.errors import Unavailable
from colonnade.evidence.groupsync import GroupSync
from colonnade.evidence.intake import Intake
from colonnade.evidence.ledger import Ledger
from colonnade.evidence.request import RequestRecord
from colonnade.evidence.spool import (
    SEGMENT_BYTES,
    SpoolWriter,
    claim_abandoned,
    claim_new,
    damaged_segments,
)
from colonnade.evidence.spooled import ContentPolicy, closed_payload, opened_payload

POLL_S = 0.2
ROUTINE_S = 60.0
"""How often checkpoints are written and spools of processes that died meanwhile are looked for."""
CHECKPOINT_ENTRIES = 5000
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
    """

    def __init__(
        self,
        ledger: Ledger,
        *,
        redact: Callable[[str], str],
        keep: Literal["redacted", "digest"] = "redacted",
        sync: Literal["process", "host"] = "process",
        segment_bytes: int = SEGMENT_BYTES,
        limit_bytes: int = SPOOL_LIMIT_BYTES,
    ) -> None:
        self._ledger = ledger
        self._policy = ContentPolicy(redact, keep, ledger.seal)
        self._root = ledger.store.state / "spool"
        self._limit_bytes = limit_bytes
        claim = claim_new(self._root)
        self._writer = SpoolWriter(
            claim, self._segment_key, durable=sync == "host", segment_bytes=segment_bytes
        )
        self._intake = Intake(claim, ledger, self._policy, self._segment_key)
        self._group = GroupSync(self._writer.sync) if sync == "host" else None
        self._thread = threading.Thread(target=self._run, name="colonnade-journal", daemon=True)
        self._wake = threading.Event()
        self._stopping = False
        self._flushes: deque[Future[None]] = deque()
        self._failure = ""
        self._damaged: list[str] = []
        self._replayed = 0
        self._interrupted = 0
        self._signed = 0
        self._routine_at = 0.0

    def start(self) -> None:
        """Begin to carry frames into the ledger, first those of processes that were killed."""
        self._thread.start()

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
        self._append(closed_payload(record, prompt, answer))
        if self._group is not None:
            try:
                await self._group.done()
            except OSError as error:
                raise _unavailable(error) from error

    async def flush(self) -> None:
        """Return when everything written so far is in the ledger; raises Unavailable if it cannot be."""
        if self._stopping or not self._thread.is_alive():
            raise Unavailable("the journal is not running", code="journal_unavailable")
        flushed: Future[None] = Future()
        self._flushes.append(flushed)
        self._wake.set()
        await asyncio.wrap_future(flushed)

    def stop(self) -> None:
        """Bring everything into the ledger and end the thread; blocks. Requests still open become interrupted.

        What cannot be brought in (a full disk) stays in the spool for the next start. A second call does nothing.
        """
        if self._stopping:
            return
        self._stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()
        else:
            self._round(last=True)
        if self._group is not None:
            self._group.close()
        self._writer.close()

    @property
    def content_policy(self) -> ContentPolicy:
        """What is kept of prompts and answers: the very object that the journal applies."""
        return self._policy

    def keep_as(self, policy: ContentPolicy) -> None:
        """From now on, apply this to what is carried into the ledger."""
        self._policy = self._intake.policy = policy

    def state(self) -> JournalState:
        """How the journal is now."""
        return JournalState(
            waiting_bytes=self._waiting(),
            ingested=self._replayed + self._intake.ingested,
            interrupted=self._interrupted,
            damaged=(*self._damaged, *self._intake.damaged, *damaged_segments(self._root)),
            failure=self._failure,
        )

    def _append(self, payload: bytes) -> None:
        try:
            self._writer.append(payload)
        except OSError as error:
            raise _unavailable(error) from error

    def _waiting(self) -> int:
        return self._writer.written - self._intake.taken_bytes

    def _segment_key(self, salt: bytes) -> bytes:
        return self._ledger.store.subkey("spool", salt)

    def _run(self) -> None:
        while not self._stopping:
            self._wake.wait(POLL_S)
            self._wake.clear()
            self._round()
        self._round(last=True)

    def _round(self, *, last: bool = False) -> None:
        """One go at everything that waits; a failure is kept in `state` and tried again in the next round."""
        asked = [self._flushes.popleft() for _ in range(len(self._flushes))]
        try:
            self._carry(last=last)
        except Exception as error:  # noqa: BLE001 - a thread that ended silently would lose requests unnoticed
            self._failure = str(error)
            if last:
                self._intake.release()
        else:
            self._failure = ""
        for flushed in asked:
            if not flushed.set_running_or_notify_cancel():
                continue  # who asked no longer waits
            if self._failure:
                message = f"the ledger cannot be written: {self._failure}"
                flushed.set_exception(Unavailable(message, code="journal_unavailable"))
            else:
                flushed.set_result(None)

    def _carry(self, *, last: bool) -> None:
        due = time.monotonic() >= self._routine_at
        if due and not last:
            self._adopt()
        self._intake.advance(self._writer.number)
        if last:
            self._interrupted += self._intake.finish()
        self._sign(due=due or last)
        if due:
            self._routine_at = time.monotonic() + ROUTINE_S

    def _sign(self, *, due: bool) -> None:
        """Write a checkpoint after the first batch, after many entries, and when it is due."""
        ingested = self._replayed + self._intake.ingested
        many = ingested - self._signed >= CHECKPOINT_ENTRIES
        if ingested != self._signed and (due or many or self._signed == 0):
            self._ledger.checkpoint()
            self._signed = ingested

    def _adopt(self) -> None:
        """Take in what killed processes left behind; whatever they had open was interrupted."""
        for claim in claim_abandoned(self._root):
            intake = Intake(claim, self._ledger, self._policy, self._segment_key)
            try:
                self._interrupted += intake.finish()
            except BaseException:
                intake.release()
                raise
            self._replayed += intake.ingested
            self._damaged += intake.damaged


def _unavailable(error: OSError) -> Unavailable:
    why = (error.strerror or "the disk failed").lower()
    return Unavailable(f"the journal cannot be written: {why}", code="journal_unavailable")
