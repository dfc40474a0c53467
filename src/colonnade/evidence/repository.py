"""What git knows of the workload's files: who committed, reviewed, signed and merged them, and when.

Read with the user's own `git`; where there is none, or no repository, the answer is None: unknown, not absent.
A repository is data: none of its hooks, filters, monitors or signing programs is run.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SIGNERS = "allowed_signers"
"""Whose signatures count: a file in the form of ssh-keygen(1), committed in the folder or at the top of the repository."""

_FIELD = "\x1f"
_FORMAT = _FIELD.join(
    ("%H", "%at", "%G?", "%GS", "%ae", "%an", "%(trailers:key=Reviewed-by,valueonly,separator=%x2C)")
)
_BEGIN = "\x1e"
_BLAMED = re.compile(r"^([0-9a-f]{40,64}) \d+ (\d+)", re.MULTILINE)
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
        lines = self._git("log", f"--format={_FORMAT}", "--", str(path)).split("\n")
        return [_commit(line) for line in lines if line]

    def last_commit(self, path: Path) -> Commit | None:
        """The commit in which `path` got its present content; None where it is not committed as it stands."""
        if not self.clean(path):
            return None
        line = self._git("log", "-1", f"--format={_FORMAT}", "--", str(path))
        return _commit(line) if line else None

    def first_commit_with(self, path: Path, text: str) -> Commit | None:
        """The oldest commit of `path` after which it contained `text`."""
        lines = self._git("log", "--reverse", f"-S{text}", f"--format={_FORMAT}", "--", str(path)).split("\n")
        return _commit(lines[0]) if lines[0] else None

    def last_commits(self, paths: Sequence[Path]) -> dict[Path, Commit]:
        """The same of many files below the folder; those that are not committed as they stand are left out."""
        named = {os.path.relpath(path, self.folder): path for path in paths}
        tree = self._git("ls-tree", "-z", "HEAD", "--", *named) if named else ""
        entries = (entry.partition("\t") for entry in tree.split("\0") if entry)
        blobs = {name: stated.split(" ")[-1] for stated, _, name in entries}
        clean = [name for name, path in named.items() if _holds(path, blobs.get(name, ""))]
        if not clean:
            return {}
        told = self._git("log", "--relative", "--name-only", f"--format={_BEGIN}{_FORMAT}", "--", *clean)
        newest: dict[str, Commit] = {}
        for each in filter(None, told.split(_BEGIN)):
            line, *names = each.split("\n")
            for name in names:
                newest.setdefault(name, _commit(line))
        return {named[name]: newest[name] for name in clean if name in newest}

    def line_commits(self, path: Path) -> dict[int, Commit]:
        """The commit that last changed each line (from 1) of a file; empty where it is not committed as it stands."""
        told = self._git("blame", "--line-porcelain", "HEAD", "--", str(path)) if self.clean(path) else ""
        lines = {int(found[2]): found[1] for found in _BLAMED.finditer(told)}
        if not lines:
            return {}
        shown = self._git("log", "--no-walk=unsorted", f"--format={_FORMAT}", *sorted(set(lines.values())))
        known = {commit.id: commit for commit in map(_commit, shown.split("\n"))}
        return {line: known[commit] for line, commit in lines.items() if commit in known}

    def merged_by(self, commit: str) -> str:
        """Who made the merge that brought a commit in; empty where it was committed on the main line."""
        walk = ("log", "--merges", "--first-parent", "--ancestry-path", "--reverse")
        told = self._git(*walk, f"--format=%P{_FIELD}%an", f"{commit}..HEAD")
        parents, _, name = told.partition("\n")[0].partition(_FIELD)
        if not name or self._run("merge-base", "--is-ancestor", commit, parents.split(" ")[0]) is not None:
            return ""
        return name

    def clean(self, path: Path) -> bool:
        """Whether `path` is committed, and equals what was committed last byte for byte."""
        place = os.path.relpath(path.parent.resolve() / path.name, self.folder.resolve())
        return _holds(path, self._git("rev-parse", "--verify", "-q", f"HEAD:./{place}"))

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
        rows = (line.split(_FIELD, 2) for line in told.split("\n") if line)
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


def _holds(path: Path, blob: str) -> bool:
    """Whether a plain file has the content of which git has this id, by the hash that the repository uses."""
    try:
        data = path.read_bytes() if blob and not path.is_symlink() else None
    except OSError:
        return False
    if data is None:
        return False
    known = hashlib.sha256() if len(blob) == 64 else hashlib.sha1(usedforsecurity=False)
    known.update(b"blob %d\0" % len(data) + data)
    return known.hexdigest() == blob


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
