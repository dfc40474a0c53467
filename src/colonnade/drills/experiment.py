"""An experiment is declared before anything is touched: what should hold, what is done to it, how its effect is seen, and when to stop.

    Experiment(
        name="http_503 on primary",
        hypothesis="calls are answered while the primary fails",
        steady=(answered,),                      # signals with tolerances, before and after
        method=(Action("fail the primary", arm, undo=Undo("remove-file", {"path": str(control)})),),
        witness=seen_in_the_journal,             # the effect, where it should bite
        measure=send_calls, settle=wait_until_closed,
        verify=lambda: [Check("fallback served", answered_elsewhere == sent, f"{answered_elsewhere} of {sent}")],
        abort_when=(others_are_answered,),       # must keep holding while the fault is in
        blast=Blast(group="serving", longest_s=60.0, labels={"purpose": "drill"}),
        runbook="endpoint-failure",
    )

Everything here is plain data and plain callables; `conduct.py` carries an experiment out.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any, Literal

from colonnade.drills.diary import Diary

LONGEST_S = 600.0
"""No fault stays in for longer than this, whatever an experiment asks."""

FaultClass = Literal[
    "instance_loss",
    "upstream_outage",
    "latency",
    "throttling",
    "bad_output",
    "store_loss",
    "zone_loss",
    "load",
]
"""Classes of faults, in the words of the catalogue (REL-05) and two of our own."""

Command = tuple[str, ...]
"""What an operator would type to do the same; written into exported experiments."""


@dataclass(frozen=True, slots=True)
class Tolerance:
    """The values that count as steady, ends included."""

    least: float = -inf
    most: float = inf

    def holds(self, value: float) -> bool:
        """Whether the value lies within; a value that is no number never does."""
        return self.least <= value <= self.most

    def __str__(self) -> str:
        if self.least == self.most:
            return f"{self.least:g}"
        if self.most == inf:
            return f"at least {self.least:g}"
        return f"at most {self.most:g}" if self.least == -inf else f"{self.least:g} to {self.most:g}"


@dataclass(frozen=True, slots=True)
class Signal:
    """A named measurement and the values within which the system is steady; `read` may raise what `ColonnadeError` is."""

    name: str
    read: Callable[[], Awaitable[float]]
    tolerance: Tolerance
    unit: str = ""
    command: Command = ()


@dataclass(frozen=True, slots=True)
class Undo:
    """How an action is taken back: a kind that `undo.py` or the assembly knows, and its facts as plain JSON.

    It is written to the journal *before* the action begins. So it must be right when the action was never carried
    out or only half, and when it was taken back already.
    """

    kind: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Action:
    """One step of the method. An action without `undo` leaves nothing behind that would have to be taken back."""

    name: str
    do: Callable[[], Awaitable[None]]
    undo: Undo | None = None
    command: Command = ()


@dataclass(frozen=True, slots=True)
class Sighting:
    """Whether the effect was seen where it should bite, and what was seen: a delay, an error, a refused connection."""

    seen: bool
    what: str


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that the experiment asserts: what, whether it held, and the numbers."""

    what: str
    held: bool
    told: str = ""


@dataclass(frozen=True, slots=True)
class Blast:
    """How far the fault may reach, and for how long.

    `group`: experiments of one group never run at the same time, in any process of this machine. An empty group is
    that of experiments which disturb nothing. Calls with all of `labels` meet the fault, and `share` of the others.
    """

    group: str = "serving"
    longest_s: float = 60.0
    share: float = 0.0
    labels: Mapping[str, str] = field(default_factory=dict)
    routes: tuple[str, ...] = ()


Step = Callable[[Diary], Awaitable[None]]


async def nothing(_: Diary) -> None:
    """Nothing is to be done in this phase."""


def nothing_asserted() -> Sequence[Check]:
    """The steady state afterwards is all that is asserted."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """One declared experiment; the phases run in the order of the fields.

    `steady` is read before and, up to `patience_s`, after; `method` is carried out in order and taken back in reverse;
    `witness` looks for the effect; `measure` runs while the fault is in, `settle` after it was taken back; `verify` says
    what held. `abort_when` names signals that must stay within tolerance while the fault is in. `fault` is the class under
    which the review counts it.
    """

    name: str
    hypothesis: str
    witness: Callable[[], Awaitable[Sighting]]
    steady: Sequence[Signal] = ()
    method: Sequence[Action] = ()
    measure: Step = nothing
    settle: Step = nothing
    verify: Callable[[], Sequence[Check]] = nothing_asserted
    abort_when: Sequence[Signal] = ()
    blast: Blast = Blast()
    runbook: str = ""
    fault: FaultClass | None = None
    patience_s: float = 30.0
