"""A drill that only asks, and injects nothing, runs on the same life: what it saw must be a witness before it counts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import msgspec

from colonnade.drills.conduct import Conductor
from colonnade.drills.drill import Drill
from colonnade.drills.experiment import Blast, Check, Experiment, Sighting, Signal
from colonnade.evidence.collection import Scope
from colonnade.evidence.record import Record

View = TypeVar("View", bound=msgspec.Struct)
LONGEST_S = 600.0


def observing(
    name: str,
    hypothesis: str,
    practices: tuple[str, ...],
    look: Callable[[Scope], Awaitable[Record]],
    view: type[View],
    *,
    saw: Callable[[View], Sighting],
    held: Callable[[View], Sequence[Check]],
    steady: Sequence[Signal] = (),
) -> Drill:
    """A drill whose record is that of `look`.

    Args:
        name: of the drill.
        hypothesis: what should hold.
        practices: whose judges read the record.
        look: asks the workload and sums up.
        view: the shape of the record's facts.
        saw: whether what was seen proves anything at all.
        held: what is asserted of it.
        steady: what must hold before and afterwards.
    """

    async def run(scope: Scope, conductor: Conductor) -> Record | None:
        found: list[Record] = []

        async def witness() -> Sighting:
            found.append(await look(scope))
            return saw(msgspec.convert(found[0].facts, view))

        await conductor.conduct(
            Experiment(
                name=name,
                hypothesis=hypothesis,
                steady=steady,
                witness=witness,
                verify=lambda: held(msgspec.convert(found[0].facts, view)),
                blast=Blast(group="", longest_s=LONGEST_S),
            )
        )
        return found[0] if found else None

    return Drill(name, hypothesis, practices, run)
