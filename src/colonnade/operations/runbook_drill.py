"""Drill of step 2: the commands that runbooks bind to their steps are really run, and timed."""

from __future__ import annotations

import asyncio
import os
import shlex
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from colonnade.evidence.collection import Scope
from colonnade.evidence.record import Record
from colonnade.operations.evidence import RunbookDrill, RunbookRun

LONGEST_S = 300.0
"""A command that takes longer is ended, and has failed."""


@dataclass(frozen=True, slots=True)
class Procedure:
    """A runbook and its commands, as its front matter has them under `commands`."""

    name: str
    commands: tuple[str, ...]


async def runbooks(procedures: Sequence[Procedure], folder: Path, port: int, scope: Scope) -> Record:
    """Run every procedure from its first command to its last, or to the first that fails.

    Commands run in the workload folder with `WORKLOAD` and `PORT` set, without a shell; what they print is not kept.
    """
    surroundings = _surroundings(folder, port)
    runs = [await _carried_out(it, folder, surroundings) for it in procedures]
    view = RunbookDrill(runs=runs)
    return scope.record(view, kind="drill", source="drill", collector="operations.runbook@1", n=len(runs))


def _surroundings(folder: Path, port: int) -> Mapping[str, str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return {**os.environ, "WORKLOAD": str(folder.resolve()), "PORT": str(port), "PATH": path}


async def _carried_out(procedure: Procedure, folder: Path, surroundings: Mapping[str, str]) -> RunbookRun:
    began, done = time.monotonic(), 0
    failed = "" if procedure.commands else "it binds no command"
    for command in procedure.commands:
        problem = await _run(command, folder, surroundings)
        if problem:
            failed = f"{command}: {problem}"
            break
        done += 1
    return RunbookRun(
        name=procedure.name,
        commands=len(procedure.commands),
        done=done,
        seconds=time.monotonic() - began,
        failed=failed,
    )


async def _run(command: str, folder: Path, surroundings: Mapping[str, str]) -> str:
    """Why it failed; empty if it did not."""
    nowhere = asyncio.subprocess.DEVNULL
    try:
        words = shlex.split(command)
        process = await asyncio.create_subprocess_exec(
            *words, cwd=folder, env=surroundings, stdin=nowhere, stdout=nowhere, stderr=nowhere
        )
    except (OSError, ValueError) as error:
        return type(error).__name__
    try:
        async with asyncio.timeout(LONGEST_S):
            code = await process.wait()
    except BaseException as error:
        process.kill()
        await process.wait()
        if not isinstance(error, TimeoutError):
            raise
        return f"no end after {LONGEST_S:g} s"
    return f"exit code {code}" if code else ""
