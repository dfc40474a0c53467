"""What a drill does to the system is written down before it is done, so that it is taken back even if the drill is killed."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import msgspec
import psutil

from colonnade.drills.experiment import Undo
from colonnade.errors import SetupError

Undoing = Callable[[Mapping[str, Any]], None]
"""Takes one action back; given the facts of its `Undo`, quick, and right when it is called twice or too early."""


class Entry(msgspec.Struct, frozen=True):
    """One action that may have to be taken back."""

    number: int
    experiment: str
    kind: str
    facts: dict[str, Any]


class UndoJournal:
    """The open actions of one blast group in a file, newest last; on the disk before the action begins.

    Only the holder of the group's lock (`group.py`) may use it.
    """

    def __init__(self, file: Path, kinds: Mapping[str, Undoing]) -> None:
        self._file = file
        self._kinds = kinds

    def open(self) -> list[Entry]:
        """What was not taken back yet.

        Raises:
            SetupError: the file was altered and says nothing that can be carried out.
        """
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=list[Entry])
        except FileNotFoundError:
            return []
        except msgspec.MsgspecError as error:
            raise SetupError(
                f"{self._file} is damaged: take back by hand what it names, then delete it"
            ) from error

    def note(self, experiment: str, undo: Undo) -> Entry:
        """Write down how an action is taken back; call it before the action."""
        if undo.kind not in self._kinds:
            raise SetupError(f"nobody knows how to take back `{undo.kind}`")
        entries = self.open()
        number = entries[-1].number + 1 if entries else 1
        entry = Entry(number, experiment, undo.kind, dict(undo.facts))
        self._write([*entries, entry])
        return entry

    def take_back(self, entry: Entry) -> None:
        """Carry out the undo, then strike the entry out.

        Raises:
            SetupError: it cannot be carried out; the entry stays.
        """
        known = self._kinds.get(entry.kind)
        if known is None:
            raise SetupError(f"{self._file}: this version does not know how to take back `{entry.kind}`")
        try:
            known(entry.facts)
        except (OSError, psutil.Error) as error:
            raise SetupError(f"`{entry.kind}` of {entry.experiment} cannot be taken back: {error}") from error
        self._write([each for each in self.open() if each.number != entry.number])

    def replay(self) -> list[Entry]:
        """Take back everything that a drill which was killed left behind, newest first, and say what."""
        left = self.open()[::-1]
        for entry in left:
            self.take_back(entry)
        return left

    def _write(self, entries: list[Entry]) -> None:
        """The whole file anew, on the disk before anything else happens."""
        draft = self._file.with_suffix(".draft")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(entries))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._file)
        folder = os.open(self._file.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def remove_file(facts: Mapping[str, Any]) -> None:
    """`{"path": ...}`: the file is gone."""
    Path(facts["path"]).unlink(missing_ok=True)


def go_on(facts: Mapping[str, Any]) -> None:
    """`{"pid": ..., "created": ...}`: the stopped process goes on, if it is still that process."""
    process = process_of(facts)
    if process is not None:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGCONT)


def lift_limit(facts: Mapping[str, Any]) -> None:
    """`{"pid": ..., "created": ..., "soft": ..., "hard": ...}`: the process may use memory as before."""
    process = process_of(facts)
    if process is not None:
        with suppress(psutil.NoSuchProcess):
            process.rlimit(psutil.RLIMIT_AS, (facts["soft"], facts["hard"]))


def process_of(facts: Mapping[str, Any]) -> psutil.Process | None:
    """The process of these facts; None where it ended, even if another one has its number now."""
    try:
        process = psutil.Process(facts["pid"])
        same = abs(process.create_time() - facts["created"]) < _SAME_S
    except psutil.NoSuchProcess:
        return None
    return process if same else None


_SAME_S: Final = 0.5
KINDS: Final[Mapping[str, Undoing]] = {
    "remove-file": remove_file,
    "go-on": go_on,
    "lift-limit": lift_limit,
}
"""What every drill may use; the assembly adds those that need a pillar."""
