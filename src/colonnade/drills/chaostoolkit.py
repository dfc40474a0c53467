"""Experiments are written and read in the shape of Chaos Toolkit, so that either program can carry out the other's.

https://chaostoolkit.org/reference/api/experiment/. What cannot be said in that shape (witness, blast limits, conditions
for stopping) stands under `configuration.colonnade`, where Chaos Toolkit leaves it alone.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import msgspec

from colonnade.drills.experiment import (
    Action,
    Blast,
    Command,
    Experiment,
    Sighting,
    Signal,
    Tolerance,
    Undo,
)
from colonnade.errors import SetupError

UNDO_KIND: Final = "command"
TIMEOUT_S: Final = 60.0


class Provider(msgspec.Struct, kw_only=True, omit_defaults=True):
    """How an activity is carried out; of Chaos Toolkit's types, processes are understood."""

    type: Literal["process"]
    path: str
    arguments: list[str] | str = []
    timeout: float | None = None

    @property
    def command(self) -> Command:
        """The command line."""
        rest = shlex.split(self.arguments) if isinstance(self.arguments, str) else self.arguments
        return (self.path, *rest)


class Range(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A number on the standard output between two others, ends included."""

    type: Literal["range"]
    range: tuple[float, float]
    target: str = ""


class Activity(msgspec.Struct, kw_only=True, omit_defaults=True):
    """An action or a probe. A bare number as tolerance is an exit code."""

    type: Literal["action", "probe"]
    name: str
    provider: Provider
    tolerance: Range | int | None = None


class SteadyState(msgspec.Struct, kw_only=True):
    """What must hold before and afterwards."""

    title: str
    probes: list[Activity] = []


class Document(msgspec.Struct, kw_only=True, rename={"steady_state": "steady-state-hypothesis"}):
    """An experiment as Chaos Toolkit writes it."""

    title: str
    description: str
    version: str = "1.0.0"
    tags: list[str] = []
    configuration: dict[str, Any] = {}
    steady_state: SteadyState
    method: list[Activity] = []
    rollbacks: list[Activity] = []


def written(experiment: Experiment, read: Command) -> bytes:
    """The experiment as a document. `read` is the command that prints a signal, to which its name is added."""
    document = Document(
        title=experiment.name,
        description=experiment.hypothesis,
        tags=["colonnade", *([experiment.fault] if experiment.fault else [])],
        configuration={"colonnade": _ours(experiment)},
        steady_state=SteadyState(
            title=experiment.hypothesis, probes=[_probe(signal, read) for signal in experiment.steady]
        ),
        method=[
            Activity(type="action", name=action.name, provider=_provider(action.command))
            for action in experiment.method
            if action.command
        ],
        rollbacks=[
            Activity(type="action", name=f"take back: {action.name}", provider=_provider(_taken_back(action)))
            for action in reversed(experiment.method)
            if action.undo is not None
        ],
    )
    return msgspec.json.format(msgspec.json.encode(document), indent=2)


def _ours(experiment: Experiment) -> dict[str, Any]:
    blast = experiment.blast
    return {
        "group": blast.group,
        "longest_s": blast.longest_s,
        "labels": dict(blast.labels),
        "share": blast.share,
        "abort_when": [f"{it.name} not {it.tolerance}" for it in experiment.abort_when],
        "runbook": experiment.runbook,
    }


def _probe(signal: Signal, read: Command) -> Activity:
    least = max(signal.tolerance.least, -1e308)
    most = min(signal.tolerance.most, 1e308)
    command = signal.command or (*read, signal.name)
    return Activity(
        type="probe",
        name=signal.name,
        provider=_provider(command),
        tolerance=Range(type="range", target="stdout", range=(least, most)),
    )


def _provider(command: Command) -> Provider:
    return Provider(type="process", path=command[0], arguments=list(command[1:]))


def _taken_back(action: Action) -> Command:
    """What an operator types to take it back."""
    assert action.undo is not None, "only what can be taken back is"
    facts = action.undo.facts
    match action.undo.kind:
        case "remove-file":
            return ("rm", "-f", str(facts["path"]))
        case "go-on":
            return ("kill", "-CONT", str(facts["pid"]))
        case "lift-limit":
            return ("prlimit", "--pid", str(facts["pid"]), f"--as={facts['soft']}:{facts['hard']}")
        case _:
            return ("colonnade", "drill", "restore")


def read(document: bytes, blast: Blast) -> Experiment:
    """The experiment of a document whose activities are processes; its commands run as the operator who asks for it.

    The steady state is also the witness: an experiment in which it stays within tolerance while the method is in was
    not felt, and is void.

    Raises:
        SetupError: the document says something that is not understood.
    """
    try:
        found = msgspec.json.decode(document, type=Document)
    except msgspec.MsgspecError as error:
        raise SetupError(f"the experiment cannot be read: {error}") from error
    if not found.steady_state.probes:
        raise SetupError("the experiment has no probe: nobody could say whether its effect was felt")
    signals = [_signal(probe) for probe in found.steady_state.probes]
    return Experiment(
        name=found.title,
        hypothesis=found.description,
        steady=signals,
        method=_actions(found),
        witness=lambda: _felt(signals),
        blast=blast,
    )


def _actions(document: Document) -> Sequence[Action]:
    """Every rollback is written down before the first action, since the shape does not say which belongs to which."""
    actions = [it for it in document.method if it.type == "action"]
    undoing = [
        Action(f"note: {it.name}", _nothing, Undo(UNDO_KIND, {"command": list(it.provider.command)}))
        for it in reversed(document.rollbacks)
    ]
    return [*undoing, *(Action(it.name, _doing(it), command=it.provider.command) for it in actions)]


async def _nothing() -> None:
    """Only its undo matters."""


def _doing(activity: Activity) -> Any:
    async def do() -> None:
        await asyncio.to_thread(_run, activity.provider)

    return do


def _signal(probe: Activity) -> Signal:
    if isinstance(probe.tolerance, Range):
        least, most = probe.tolerance.range
        return Signal(
            probe.name, _reading(probe.provider), Tolerance(least, most), command=probe.provider.command
        )
    wanted = float(probe.tolerance or 0)

    async def code() -> float:
        return float((await asyncio.to_thread(_finished, probe.provider)).returncode)

    return Signal(probe.name, code, Tolerance(wanted, wanted), "exit code", probe.provider.command)


def _reading(provider: Provider) -> Any:
    async def value() -> float:
        said = await asyncio.to_thread(_run, provider)
        try:
            return float(said)
        except ValueError as error:
            raise SetupError(f"{provider.path} printed no number") from error

    return value


async def _felt(signals: Sequence[Signal]) -> Sighting:
    for signal in signals:
        value = await signal.read()
        if not signal.tolerance.holds(value):
            return Sighting(True, f"{signal.name} is {value:g}")
    return Sighting(False, "every probe stayed within its tolerance")


def _run(provider: Provider) -> str:
    done = _finished(provider)
    if done.returncode != 0:
        raise SetupError(f"{provider.path} ended with {done.returncode}")
    return done.stdout.strip()


def _finished(provider: Provider) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # noqa: S603 - the operator's own file names the command
            provider.command,
            capture_output=True,
            text=True,
            check=False,
            timeout=provider.timeout or TIMEOUT_S,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SetupError(f"{provider.path} cannot be run: {type(error).__name__}") from error


def run_command(facts: Mapping[str, Any]) -> None:
    """Undo kind `command`, `{"command": [...]}`: run it."""
    done = subprocess.run(facts["command"], capture_output=True, check=False, timeout=TIMEOUT_S)  # noqa: S603
    if done.returncode != 0:
        raise OSError(done.returncode, os.fsdecode(done.stderr[-200:]).strip() or "it failed")
