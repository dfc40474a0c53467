"""The clients' own environment is made once from the locked lists; what cannot be had is named, with the reason."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
LIST = ROOT / "requirements" / "clients.txt"
PLACE = ROOT / ".venv-clients"
MODULES = HERE / "node_modules"
LONGEST_S = 600.0
OUR_FAULT = ("DO NOT MATCH THE HASHES", "Hashes are required", "EINTEGRITY", "EUSAGE")
"""What pip and npm say of lists that are wrong: that is no missing package, and no test may be left out for it."""


class NotToBeHad(Exception):
    """A package registry, or a package, cannot be reached from here."""


def python() -> Path:
    """The interpreter that has the Python clients, and a Node of its own.

    Raises:
        NotToBeHad: with the last line that pip said.
    """
    return interpreter(PLACE, LIST, "clients for Python")


def interpreter(place: Path, locked: Path, what: str) -> Path:
    """The interpreter of an environment of its own, made once from a locked list.

    Raises:
        NotToBeHad: with the last line that pip said.
    """
    with _one_at_a_time():
        if not _made(place, locked):
            shutil.rmtree(place, ignore_errors=True)
            obtain([sys.executable, "-m", "venv", place], f"an environment for {what}")
            install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
            obtain([place / "bin" / "python", *install, "-r", locked], what)
            _note(place, locked)
    return place / "bin" / "python"


def node() -> Path:
    """Node, with the clients of `package-lock.json` beside this file.

    Raises:
        NotToBeHad: with the last line that pip or npm said.
    """
    found = python().with_name("node")
    lock = HERE / "package-lock.json"
    with _one_at_a_time():
        if not _made(MODULES, lock):
            quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
            obtain([found.with_name("npm"), "ci", *quiet], "clients for Node")
            _note(MODULES, lock)
    return found


def obtain(command: Sequence[str | Path], what: str) -> None:
    """Run a command that fetches something.

    Raises:
        NotToBeHad: it failed, and not because of our own lists.
    """
    surroundings = {**os.environ, "PATH": f"{PLACE / 'bin'}:{os.environ['PATH']}"}
    try:
        done = subprocess.run(
            list(map(str, command)), cwd=HERE, env=surroundings, capture_output=True, text=True,
            timeout=LONGEST_S, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotToBeHad(f"{what} cannot be had: {error}") from error
    if done.returncode != 0:
        assert not any(words in done.stderr for words in OUR_FAULT), done.stderr
        said = [line for line in done.stderr.splitlines() if line.strip()] or ["no reason told"]
        raise NotToBeHad(f"{what} cannot be had: {said[-1].strip()}")


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    lock = ROOT / ".cache" / "clients.lock"
    lock.parent.mkdir(exist_ok=True)
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _made(place: Path, made_from: Path) -> bool:
    note = place / "made-from"
    return note.exists() and note.read_text(encoding="utf-8") == _digest(made_from)


def _note(place: Path, made_from: Path) -> None:
    """Written last: a half-finished environment is simply made again."""
    (place / "made-from").write_text(_digest(made_from), encoding="utf-8")


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
