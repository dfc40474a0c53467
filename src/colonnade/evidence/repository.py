"""What git knows of the workload's files: who committed, reviewed, signed and merged them, and when.

Read with the user's own `git`; where there is none, or no repository, the answer is None: unknown, not absent.
A repository is data: none of its hooks, filters, monitors or signing programs is run.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

SIGNERS = "allowed_signers"
"""Whose signatures count: a file in the form of ssh-keygen(1), committed in the folder or at the top of the repository."""

_FIELD = "\x1f"
_FORMAT = _FIELD.join(
    ("%H", "%at", "%G?", "%GS", "%ae", "%an", "%(trailers:key=Reviewed-by,valueonly,separator=%x2C)")
)
_INERT = (
    "core.fsmonitor=false", "core.hooksPath=/dev/null", "core.quotePath=false", "log.showSignature=false",
    "gpg.format=ssh", "gpg.ssh.program=ssh-keygen", "gpg.program=gpg", "gpg.x509.program=gpgsm",
)  # fmt: skip
_QUIET = {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}
_PATIENCE_S = 20
MOST_TAGS = 50


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit: its id, author, time (seconds since the epoch), and who else reviewed it (may be empty).

    `signer` is who signed it, by a key of `allowed_signers`; empty without a signature that counts.
    """

    id: str
    author: str
    at: float
    reviewers: tuple[str, ...]
    signer: str = ""


@dataclass(frozen=True, slots=True)
class Tag:
    """A name for a commit; `signed` by a key of `allowed_signers`."""

    name: str
    commit: str
    signed: bool


@dataclass(frozen=True, slots=True)
class Repository:
    """The git repository that holds a workload folder; `signers` is the file of keys whose signatures count."""

    folder: Path
    signers: Path | None = None

    @classmethod
    def around(cls, folder: Path) -> Repository | None:
        """The repository around `folder`, or None where git or a repository is missing."""
        if shutil.which("git") is None:
            return None
        repository = cls(folder)
        if repository._git("rev-parse", "--is-inside-work-tree") != "true":
            return None
        named = (folder / SIGNERS, repository.root / SIGNERS)
        return cls(folder, next((path for path in named if repository.clean(path)), None))

    def commits(self, path: Path) -> list[Commit]:
        """The commits that touched `path`, newest first."""
        lines = self._git("log", f"--format={_FORMAT}", "--", str(path)).splitlines()
        return [_commit(line) for line in lines if line]

    def last_commit(self, path: Path) -> Commit | None:
        """The commit in which `path` got its present content; None where it is not committed as it stands."""
        if not self.clean(path):
            return None
        line = self._git("log", "-1", f"--format={_FORMAT}", "--", str(path))
        return _commit(line) if line else None

    def first_commit_with(self, path: Path, text: str) -> Commit | None:
        """The oldest commit of `path` after which it contained `text`."""
        lines = self._git(
            "log", "--reverse", f"-S{text}", f"--format={_FORMAT}", "--", str(path)
        ).splitlines()
        return _commit(lines[0]) if lines else None

    def last_change_of_line(self, path: Path, line: int) -> Commit | None:
        """The commit that last changed one line (from 1) of a file that is committed as it stands."""
        if not self.clean(path):
            return None
        told = self._git("blame", "--porcelain", f"-L{line},{line}", "HEAD", "--", str(path))
        line_of = self._git("log", "-1", f"--format={_FORMAT}", told.split(" ", 1)[0]) if told else ""
        return _commit(line_of) if line_of else None

    def merged_by(self, commit: str) -> str:
        """Who made the merge that brought a commit in; empty where it was committed on the main line."""
        shape = _FIELD.join(("%P", "%an"))
        told = self._git(
            "log",
            "--merges",
            "--first-parent",
            "--ancestry-path",
            "--reverse",
            f"--format={shape}",
            f"{commit}..HEAD",
        )
        parents, _, name = told.partition("\n")[0].partition(_FIELD)
        if not name or self._run("merge-base", "--is-ancestor", commit, parents.split(" ")[0]) is not None:
            return ""
        return name

    def clean(self, path: Path) -> bool:
        """Whether `path` is committed, and equals what was committed last byte for byte."""
        place = os.path.relpath(path.parent.resolve() / path.name, self.folder.resolve())
        committed = self._git("rev-parse", "--verify", "-q", f"HEAD:./{place}")
        try:
            data = path.read_bytes() if committed and not path.is_symlink() else None
        except OSError:
            return False
        return data is not None and _object_id(data, committed) == committed

    def files(self) -> list[str]:
        """Paths of everything that is committed, relative to the top."""
        told = self._git("ls-tree", "-r", "-z", "--name-only", "--full-tree", "HEAD")
        return [name for name in told.split("\0") if name]

    def tags(self) -> list[Tag]:
        """The newest tags with the commits that they name, newest first."""
        shape = _FIELD.join(("%(objectname)", "%(*objectname)", "%(refname:short)"))
        told = self._git(
            "for-each-ref", "refs/tags", "--sort=-creatordate", f"--count={MOST_TAGS}", f"--format={shape}"
        )
        rows = (line.split(_FIELD, 2) for line in told.splitlines())
        return [
            Tag(name, peeled or target, bool(peeled) and self._verifies(name))
            for target, peeled, name in rows
        ]

    @property
    def head(self) -> str:
        """The commit that is checked out; empty before the first."""
        return self._git("rev-parse", "--verify", "-q", "HEAD")

    @property
    def root(self) -> Path:
        """The top folder of the work tree."""
        return Path(self._git("rev-parse", "--show-toplevel"))

    def _verifies(self, tag: str) -> bool:
        return self.signers is not None and self._run("verify-tag", f"refs/tags/{tag}") is not None

    def _git(self, *arguments: str) -> str:
        told = self._run(*arguments)
        return "" if told is None else told.strip()

    def _run(self, *arguments: str) -> str | None:
        """What git says, or None where it fails or takes too long."""
        signers = str(self.signers or os.devnull)
        told = (*_INERT, f"gpg.ssh.allowedSignersFile={signers}")
        settings = [word for each in told for word in ("-c", each)]
        command = ["git", "-C", str(self.folder), *settings, *arguments]
        environment = {**os.environ, **_QUIET}
        try:
            done = subprocess.run(  # noqa: S603 - fixed words
                command, capture_output=True, timeout=_PATIENCE_S, check=False, env=environment
            )
        except (subprocess.TimeoutExpired, OSError, ValueError):
            return None
        return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None


def _object_id(data: bytes, alike: str) -> str:
    """The id that git gives these bytes, by the hash that the repository uses."""
    known = hashlib.sha256() if len(alike) == 64 else hashlib.sha1(usedforsecurity=False)
    known.update(b"blob %d\0" % len(data) + data)
    return known.hexdigest()


def _commit(line: str) -> Commit:
    identity, at, grade, signer, address, author, trailers = [*line.split(_FIELD, 6), *[""] * 6][:7]
    named = (trailer.strip() for trailer in trailers.split(","))
    others = tuple(each for each in named if each and not _same_person(each, author, address))
    moment = float(at) if at.lstrip("-").isdigit() else 0.0
    return Commit(identity, author, moment, others, signer if grade == "G" else "")


def _same_person(trailer: str, author: str, address: str) -> bool:
    """A trailer reads `Name <address>`; nobody reviews their own change."""
    name, _, rest = trailer.partition("<")
    same_name = name.strip().casefold() == author.casefold()
    return same_name or (bool(address) and rest.strip(" >").casefold() == address.casefold())
