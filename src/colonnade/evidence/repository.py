"""What git knows of the workload's files: who committed them, when, reviewed by whom.

Read with the user's own `git`; where there is none, or no repository, the answer is None: unknown, not absent.
"""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

_FIELD = "\x1f"
_FORMAT = _FIELD.join(("%H", "%an", "%ae", "%at", "%(trailers:key=Reviewed-by,valueonly,separator=%x2C)"))


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit: its id, author, time (seconds since the epoch), and who else reviewed it (may be empty)."""

    id: str
    author: str
    at: float
    reviewers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Repository:
    """The git repository that holds a workload folder."""

    folder: Path

    @classmethod
    def around(cls, folder: Path) -> Repository | None:
        """The repository around `folder`, or None where git or a repository is missing."""
        if shutil.which("git") is None:
            return None
        repository = cls(folder)
        return repository if repository._git("rev-parse", "--is-inside-work-tree") == "true" else None

    def commits(self, path: Path) -> list[Commit]:
        """The commits that touched `path`, newest first."""
        lines = self._git("log", f"--format={_FORMAT}", "--", str(path)).splitlines()
        return [_commit(line) for line in lines if line]

    def first_commit_with(self, path: Path, text: str) -> Commit | None:
        """The oldest commit of `path` after which it contained `text`."""
        lines = self._git(
            "log", "--reverse", f"-S{text}", f"--format={_FORMAT}", "--", str(path)
        ).splitlines()
        return _commit(lines[0]) if lines else None

    def clean(self, path: Path) -> bool:
        """Whether `path` is tracked and equals what was committed last."""
        tracked = self._git("ls-files", "--error-unmatch", "--", str(path))
        return bool(tracked) and self._git("status", "--porcelain", "--", str(path)) == ""

    @property
    def root(self) -> Path:
        """The top folder of the work tree."""
        return Path(self._git("rev-parse", "--show-toplevel"))

    def _git(self, *arguments: str) -> str:
        command = ["git", "-C", str(self.folder), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)  # noqa: S603 - fixed words
        return done.stdout.strip() if done.returncode == 0 else ""


def _commit(line: str) -> Commit:
    identity, author, address, at, trailers = [*line.split(_FIELD), "", "", "", ""][:5]
    named = (trailer.strip() for trailer in trailers.split(","))
    others = tuple(each for each in named if each and not _same_person(each, author, address))
    return Commit(identity, author, float(at or 0), others)


def _same_person(trailer: str, author: str, address: str) -> bool:
    """A trailer reads `Name <address>`; nobody reviews their own change."""
    name, _, rest = trailer.partition("<")
    same_name = name.strip().casefold() == author.casefold()
    return same_name or (bool(address) and rest.strip(" >").casefold() == address.casefold())
