"""A writer's spool is carried into the ledger batch by batch; a segment goes when the ledger has all of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from colonnade.evidence.frame import START, Derive, Frame, SegmentReader
from colonnade.evidence.ledger import ClosedRequest, Ledger
from colonnade.evidence.spool import Claim
from colonnade.evidence.spooled import Closed, ContentPolicy, Opened, interrupted, read_payload

BATCH_REQUESTS = 2000
BATCH_BYTES = 8 * 2**20
LET_IN_EVERY = 16


class Intake:
    """Reads one writer's segments in order. Used by one thread.

    A batch that the ledger refused is kept and offered again, before anything more is read. Replaying is
    harmless: the ledger leaves alone what it already has.
    """

    def __init__(self, claim: Claim, ledger: Ledger, policy: ContentPolicy, derive: Derive) -> None:
        self.claim = claim
        self._ledger = ledger
        self._policies = {b"": policy, policy.code: policy}
        self._derive = derive
        self._reader: SegmentReader | None = None
        self._segment = 1
        self._finished: dict[int, Path] = {}
        self._hurt: set[int] = set()
        self._open: dict[str, tuple[int, bytes]] = {}
        self._batch: list[ClosedRequest] = []
        self._batch_bytes = 0
        self.taken_bytes = 0
        self.damaged: list[str] = []
        self.ingested = 0

    @property
    def place(self) -> tuple[int, int]:
        """The segment that is being read, and how far; a segment that was not begun yet counts as 0."""
        return self._segment, self._reader.position if self._reader is not None else 0

    def advance(self, newest: int) -> None:
        """Take everything that is written, up to segment `newest`, which may still grow.

        Raises:
            SetupError, OSError: the database or the disk failed; call again later.
        """
        self._commit()
        for taken, frame in enumerate(self._frames(newest)):
            self._take(frame)
            if len(self._batch) >= BATCH_REQUESTS or self._batch_bytes >= BATCH_BYTES:
                self._commit()
            if taken % LET_IN_EVERY == 0:
                time.sleep(
                    0
                )  # a batch is long; the event loop must not wait for the interpreter until its end
        self._commit()

    def finish(self) -> int:
        """Take what is left of a writer that is no more; its open requests were interrupted: how many?"""
        segments = self.claim.segments()
        if segments:
            if self._reader is None:
                self._segment = int(segments[0].stem)
            self.advance(int(segments[-1].stem))
        lost = list(self._interrupted())
        self._ledger.append_requests(lost)
        self.ingested += len(lost)
        self._open.clear()
        self._end_segment()
        self._remove_finished()
        self.claim.discard()
        return len(lost)

    def release(self) -> None:
        """Stop half-way; the next claim of the folder begins again."""
        if self._reader is not None:
            self._reader.close()
        self.claim.release()

    def _frames(self, newest: int) -> Iterator[Frame]:
        while self._segment <= newest:
            reader = self._reader or self._begin_segment()
            if reader is not None:
                before = reader.position
                for frame in reader.frames():
                    self.taken_bytes += reader.position - before
                    before = reader.position
                    yield frame
            if self._segment == newest:
                return
            self._end_segment()
            self._segment += 1

    def _begin_segment(self) -> SegmentReader | None:
        path = self.claim.folder / f"{self._segment:08d}.seg"
        if path.exists():
            self._reader = SegmentReader(path, self._derive)
        return self._reader

    def _end_segment(self) -> None:
        """The writer is past this segment: whatever cannot be read by now is torn or damaged."""
        reader = self._reader
        if reader is None:
            return
        if not reader.readable and reader.remainder() >= START:
            self._note_damage("the head")
        self._finished[self._segment] = reader.path
        reader.close()
        self._reader = None

    def _take(self, frame: Frame) -> None:
        try:
            message = read_payload(frame.payload) if frame.payload is not None else None
            policy = self._policy_of(message.policy if isinstance(message, Closed) else b"")
        except (ValueError, msgspec.MsgspecError):
            message = None
        if message is None:
            self._note_damage(f"frame {frame.number}")
        elif isinstance(message, Opened):
            self._open[message.id] = (self._segment, message.body)
        else:
            self._batch.append(policy.apply(message))
            self._batch_bytes += len(frame.payload or b"")

    def _policy_of(self, code: bytes) -> ContentPolicy:
        policy = self._policies.get(code)
        if policy is None:
            policy = self._policies[code] = ContentPolicy.decoded(code, self._ledger.seal)
        return policy

    def _interrupted(self) -> Iterator[ClosedRequest]:
        """What was still open; an opening that is no record must not keep the others from the ledger."""
        for name, (segment, body) in self._open.items():
            try:
                yield interrupted(body)
            except msgspec.MsgspecError:
                self._hurt.add(segment)
                self.damaged.append(f"the opening of {name} in {self.claim.folder.name}/{segment:08d}.seg")

    def _note_damage(self, what: str) -> None:
        self._hurt.add(self._segment)
        self.damaged.append(f"{what} of {self.claim.folder.name}/{self._segment:08d}.seg")

    def _commit(self) -> None:
        if self._batch:
            self.ingested += self._ledger.append_requests(self._batch)
            for closed in self._batch:
                self._open.pop(closed.record.id, None)
            self._batch = []
            self._batch_bytes = 0
        self._remove_finished()

    def _remove_finished(self) -> None:
        """Drop the segments that the ledger no longer needs: read to the end, and nothing in them still open."""
        needed = {segment for segment, _ in self._open.values()} if self._finished else set()
        for segment in [number for number in self._finished if number not in needed]:
            path = self._finished.pop(segment)
            if segment in self._hurt:
                self.claim.set_aside(path)
            else:
                path.unlink(missing_ok=True)
