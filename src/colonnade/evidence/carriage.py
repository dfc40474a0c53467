"""Who carries what a journal wrote into the ledger: a thread of this process, or the keeper, a process of its own."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from concurrent.futures import Future
from pathlib import Path
from typing import Protocol

import msgspec

from colonnade.errors import Unavailable
from colonnade.evidence.rounds import Rounds
from colonnade.evidence.spool import Claim, SpoolWriter

POLL_S = 0.2
STATUS = "keeper.json"
SILENT_S = 10.0
"""How long the keeper may say nothing before it counts as gone."""
PATIENCE_S = 20.0
"""How long the end of a journal waits for the keeper."""


class Carriage(Protocol):
    """Carries one writer's spool. `failure` is why nothing is carried at the moment, empty if it is."""

    failure: str

    @property
    def ingested(self) -> int:
        """Requests that went into the ledger."""

    @property
    def interrupted(self) -> int:
        """Requests that were left open by a process that was killed."""

    @property
    def waiting_bytes(self) -> int:
        """How much of what was written is not read yet."""

    @property
    def damaged(self) -> tuple[str, ...]:
        """Frames that could not be read."""

    def start(self) -> None:
        """Begin."""

    def ask(self) -> Future[None]:
        """Done when everything written so far is in the ledger; raises Unavailable if it cannot be."""

    def stop(self) -> None:
        """Bring everything into the ledger, then let go of the writer's folder; blocks."""


class OwnThread:
    """A thread beside the event loop; right where one process does everything, e.g. in a test or a small host."""

    def __init__(self, rounds: Rounds, writer: SpoolWriter, claim: Claim) -> None:
        self.failure = ""
        self._rounds = rounds
        self._writer = writer
        self.intake = rounds.intake(claim)
        self._thread = threading.Thread(target=self._run, name="colonnade-journal", daemon=True)
        self._wake = threading.Event()
        self._stopping = False
        self._asked: deque[Future[None]] = deque()

    @property
    def ingested(self) -> int:
        """Requests that went into the ledger."""
        return self._rounds.ingested + self.intake.ingested

    @property
    def interrupted(self) -> int:
        """Requests that a killed process, or this one, left open."""
        return self._rounds.interrupted

    @property
    def waiting_bytes(self) -> int:
        """How much of what was written is not read yet."""
        return self._writer.written - self.intake.taken_bytes

    @property
    def damaged(self) -> tuple[str, ...]:
        """Frames that could not be read."""
        return (*self._rounds.damaged, *self.intake.damaged)

    def start(self) -> None:
        """Begin to carry, first what killed processes left behind."""
        self._thread.start()

    def ask(self) -> Future[None]:
        """Done after the next round."""
        if self._stopping or not self._thread.is_alive():
            raise Unavailable("the journal is not running", code="journal_unavailable")
        asked: Future[None] = Future()
        self._asked.append(asked)
        self._wake.set()
        return asked

    def stop(self) -> None:
        """The last round; what cannot be brought in (a full disk) stays in the spool for the next start."""
        self._stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()
        else:
            self._round(last=True)

    def _run(self) -> None:
        while not self._stopping:
            self._wake.wait(POLL_S)
            self._wake.clear()
            self._round()
        self._round(last=True)

    def _round(self, *, last: bool = False) -> None:
        """One go at everything that waits; a failure is kept and tried again in the next round."""
        asked = [self._asked.popleft() for _ in range(len(self._asked))]
        try:
            self._carry(last=last)
        except Exception as error:  # noqa: BLE001 - a thread that ended silently would lose requests unnoticed
            self.failure = str(error)
            if last:
                self.intake.release()
        else:
            self.failure = ""
        for each in asked:
            _settle(each, self.failure)

    def _carry(self, *, last: bool) -> None:
        due = self._rounds.routine_due
        if due and not last:
            self._rounds.adopt()
        self.intake.advance(self._writer.number)
        if last:
            self._rounds.interrupted += self.intake.finish()
        self._rounds.sign(due=due or last, further=self.intake.ingested)


class Told(msgspec.Struct):
    """What the keeper says of itself once a second. `taken` maps writers' folders to the segment being read and how far."""

    pid: int
    at: float
    ingested: int
    interrupted: int
    failure: str
    damaged: tuple[str, ...]
    taken: dict[str, tuple[int, int]]


_decode = msgspec.json.Decoder(Told).decode


def told_in(root: Path) -> Told | None:
    """The keeper's last words; None if it never spoke."""
    try:
        return _decode((root / STATUS).read_bytes())
    except (OSError, msgspec.MsgspecError):
        return None


class Elsewhere:
    """The keeper carries; a thread reads what it says of itself."""

    def __init__(self, writer: SpoolWriter, claim: Claim) -> None:
        self.ingested = 0
        self.interrupted = 0
        self.failure = ""
        self.waiting_bytes = 0
        self.damaged: tuple[str, ...] = ()
        self._writer = writer
        self._claim = claim
        self._root = claim.folder.parent
        self._stopping = threading.Event()
        self._taken = (0, 0)
        self._asked: deque[tuple[tuple[int, int], Future[None]]] = deque()
        self._began = time.time()
        self._thread = threading.Thread(target=self._run, name="colonnade-keeper-watch", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def ask(self) -> Future[None]:
        """Done when the keeper says that it has read, and written, so much."""
        if self._stopping.is_set() or not self._thread.is_alive():
            raise Unavailable("the journal is not running", code="journal_unavailable")
        asked: Future[None] = Future()
        self._asked.append((self._writer.place, asked))
        return asked

    def stop(self) -> None:
        """Let go of the folder, and wait until the keeper has finished it; without a keeper it stays for the next one."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        self._claim.release()
        end = time.monotonic() + PATIENCE_S
        while self._claim.folder.exists() and self._speaks() and time.monotonic() < end:
            time.sleep(POLL_S / 4)

    def _speaks(self) -> bool:
        told = told_in(self._root)
        return told is not None and _alive(told.pid) and time.time() - told.at < SILENT_S

    def _run(self) -> None:
        while not self._stopping.wait(POLL_S):
            self._listen()

    def _listen(self) -> None:
        told = told_in(self._root)
        now = time.time()
        if told is not None and now - told.at < SILENT_S:
            self.ingested, self.interrupted, self.failure = told.ingested, told.interrupted, told.failure
            self.damaged = told.damaged
            self._taken = told.taken.get(self._claim.folder.name, self._taken)
        elif now - self._began > SILENT_S:
            self.failure = "the keeper of the journal does not run"
        self.waiting_bytes = self._count_waiting()
        while self._asked and (self._asked[0][0] <= self._taken or self.failure):
            _settle(self._asked.popleft()[1], self.failure)

    def _count_waiting(self) -> int:
        segment, place = self._taken
        try:
            sizes = {int(path.stem): path.stat().st_size for path in self._claim.segments()}
        except OSError:
            return self.waiting_bytes  # the keeper removed one meanwhile; the next look is soon
        sizes.update([self._writer.place])  # the room of the segment under way is reserved, not written
        return max(0, sum(size for number, size in sizes.items() if number >= segment) - place)


def _settle(asked: Future[None], failure: str) -> None:
    if not asked.set_running_or_notify_cancel():
        return  # who asked no longer waits
    if failure:
        message = f"the ledger cannot be written: {failure}"
        asked.set_exception(Unavailable(message, code="journal_unavailable"))
    else:
        asked.set_result(None)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
