"""A drill exercises the running workload and leaves one record; it counts only with its witness."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from colonnade.errors import ColonnadeError
from colonnade.evidence.collection import Scope
from colonnade.evidence.record import Record


@dataclass(frozen=True, slots=True)
class Drill:
    """One exercise: what it asks, what it does, and the practices whose judges read its record."""

    name: str
    hypothesis: str
    practices: tuple[str, ...]
    run: Callable[[Scope], Awaitable[Record]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one drill: its record, or the sentence that says why there is none."""

    drill: Drill
    record: Record | None
    problem: str = ""


class UnknownDrill(ColonnadeError):
    """A drill was asked for that does not exist."""

    exit_code = 2

    def __init__(self, name: str, known: Iterable[str]) -> None:
        super().__init__(f"there is no drill `{name}`; there are: {', '.join(sorted(known))}")


def choose(drills: Iterable[Drill], names: Iterable[str]) -> list[Drill]:
    """The drills of these names in their own order; `all` chooses every one.

    Raises:
        UnknownDrill: a name that no drill has.
    """
    by_name = {drill.name: drill for drill in drills}
    wanted = list(names)
    if "all" in wanted:
        return list(by_name.values())
    for name in wanted:
        if name not in by_name:
            raise UnknownDrill(name, by_name)
    return [drill for drill in by_name.values() if drill.name in wanted]


async def exercise(drill: Drill, scope: Scope) -> Outcome:
    """Run one drill; a target that cannot be reached is an outcome without a record, not a crash."""
    try:
        return Outcome(drill, await drill.run(scope))
    except (ColonnadeError, OSError) as error:
        return Outcome(drill, None, str(error))
