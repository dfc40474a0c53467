"""Components run as child processes that are started again when they end or hang, until one keeps ending, and end together."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from colonnade.reliability.roster import Roster

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 10.0
STEADY_S = 30.0
"""A component that ran so long starts again at once; one that ends sooner waits twice as long each time."""

CRASH_LOOP = 20
"""A component that ended so often without ever having run steadily is not started again: a person must look."""

STOP_S = 40.0
"""How long a component may take to end after SIGTERM before it is killed: longer than the gateway's drain."""

HUNG_S = 10.0
"""Silence of a component's heart after which it is taken for hung, unless the owner's promise needs it sooner."""

SETTLING_S = 120.0
"""The first beat may take so long: models are looked for, documents opened."""


@dataclass(slots=True)
class Component:
    """One child process: its name, its command, and how often it was started.

    `outlives` the others: it is told to end when they have ended. `notice_s` is what it takes to end beyond `STOP_S`.
    `heart` is the file that it touches while its loop turns (`gateway/heart.py`): silent for `hung_s`, it is taken for
    hung. Without one only its end is noticed.
    """

    name: str
    command: Sequence[str]
    log: Path
    environment: dict[str, str] = field(default_factory=dict)
    outlives: bool = False
    notice_s: float = 0.0
    heart: Path | None = None
    hung_s: float = HUNG_S
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0
    started_at: float = 0.0
    pause_s: float = FIRST_PAUSE_S
    not_before: float = 0.0
    early_ends: int = 0
    given_up: bool = False

    def start(self) -> None:
        """Start the process in a group of its own, its output appended to the log."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.heart is not None:
            self.heart.unlink(missing_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own command
                list(self.command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **self.environment},
                start_new_session=True,
            )
        self.starts += 1
        self.started_at = time.monotonic()

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self.process is not None and self.process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """How the process ended, None while it runs."""
        return self.process.poll() if self.process is not None else None

    def silent_s(self) -> float:
        """How long its heart has been silent beyond what it may be; 0 or less while all is well."""
        if self.heart is None:
            return 0.0
        try:
            return time.time() - self.heart.stat().st_mtime - self.hung_s
        except OSError:
            return time.monotonic() - self.started_at - SETTLING_S


class Supervisor:
    """Keeps components running until it is told to stop; `told` hears one sentence of every restart.

    `roster`, where there is one, says to others of this machine which processes there are.
    """

    def __init__(
        self,
        components: Sequence[Component],
        told: Callable[[str], None] = lambda _: None,
        roster: Roster | None = None,
    ) -> None:
        self.components = list(components)
        self._told = told
        self._roster = roster
        self._stopping = False

    def start(self) -> None:
        """Start every component."""
        for component in self.components:
            component.start()
        self._tell_roster()

    def tend(self) -> None:
        """End what hangs, and start again what has ended, after a pause that grows while it keeps ending early."""
        now = time.monotonic()
        for component in self.components:
            if self._stopping or component.given_up:
                continue
            if component.alive:
                self._mind(component)
            elif component.not_before <= component.started_at:
                self._plan(component, now)
            elif now >= component.not_before:
                component.start()
                self._tell_roster()

    def _mind(self, component: Component) -> None:
        if component.silent_s() > 0.0:
            self._told(f"{component.name} does not answer; it is ended (log: {component.log})")
            _signal(component, signal.SIGKILL)

    def _plan(self, component: Component, now: float) -> None:
        steady = now - component.started_at >= STEADY_S
        component.early_ends = 0 if steady else component.early_ends + 1
        component.pause_s = FIRST_PAUSE_S if steady else min(component.pause_s * 2, LONGEST_PAUSE_S)
        component.not_before = now + component.pause_s
        ended = _ending(component.exit_code)
        if component.early_ends >= CRASH_LOOP:
            component.given_up = True
            self._tell_roster()
            self._told(
                f"{component.name} {ended}, {component.early_ends} times in a row; it is not started again until"
                f" somebody has looked (log: {component.log})"
            )
            return
        self._told(
            f"{component.name} {ended}; started again in {component.pause_s:.1f} s (log: {component.log})"
        )

    def stop(self) -> None:
        """End every component: SIGTERM, then SIGKILL to its group after a while. Last started, first ended."""
        self._stopping = True
        for outlives in (False, True):
            _end([component for component in reversed(self.components) if component.outlives is outlives])
        if self._roster is not None:
            self._roster.close()

    def _tell_roster(self) -> None:
        if self._roster is None:
            return
        running = [it for it in self.components if not it.given_up]
        self._roster.write((it.name, it.process.pid, it.heart) for it in running if it.process is not None)


def _end(components: Sequence[Component]) -> None:
    for component in components:
        _signal(component, signal.SIGTERM)
    told = time.monotonic()
    for component in components:
        deadline = told + STOP_S + component.notice_s
        if component.process is not None and not _ended_by(component.process, deadline):
            _signal(component, signal.SIGKILL)
            component.process.wait()


def _ended_by(process: subprocess.Popen[bytes], deadline: float) -> bool:
    try:
        process.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        return False
    return True


def _signal(component: Component, number: signal.Signals) -> None:
    process = component.process
    if process is None or process.poll() is not None:
        return
    if number == signal.SIGKILL:
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)


def _ending(code: int | None) -> str:
    if code is None or code == 0:
        return "ended"
    return f"was killed by signal {-code}" if code < 0 else f"failed with exit code {code}"
