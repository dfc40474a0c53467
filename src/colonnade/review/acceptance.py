"""What `waivers.yaml` accepts is held against the catalogue: a practice or signal that does not exist is a fault."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.errors import Fault, FaultyWorkload
from colonnade.review.catalogue import Catalogue
from colonnade.review.waiver import Waiver
from colonnade.workload.document import Path
from colonnade.workload.suggestion import did_you_mean
from colonnade.workload.waivers import Waivers, WrittenWaiver


def accepted(waivers: Waivers, catalogue: Catalogue) -> tuple[Waiver, ...]:
    """The waivers of a workload folder, as a review takes them.

    Raises:
        FaultyWorkload: with every practice and signal that the catalogue does not have.
    """
    faults = list(unknown(waivers, catalogue))
    if faults:
        raise FaultyWorkload(faults)
    return tuple(map(_waiver, waivers.entries))


def unknown(waivers: Waivers, catalogue: Catalogue) -> Iterator[Fault]:
    """A fault for every name that the catalogue does not have."""
    signals = {f"{row.id}.{signal.number}": row.id for row in catalogue.practices for signal in row.signals}
    practices = set(signals.values())
    for number, written in enumerate(waivers.entries):
        entry, path = written.entry, ("waivers", number)
        named: list[tuple[Path, str]] = [
            ((*path, "compensating", place), name) for place, name in enumerate(entry.compensating)
        ]
        if entry.practice not in practices:
            yield _fault(waivers, (*path, "practice"), "practice", entry.practice, practices)
        elif entry.signal is not None:
            named.append(((*path, "signal"), f"{entry.practice}.{entry.signal}"))
        yield from (_fault(waivers, at, "signal", name, signals) for at, name in named if name not in signals)


def _fault(waivers: Waivers, path: Path, what: str, name: str, known: set[str] | dict[str, str]) -> Fault:
    problem = f"is no {what} of the catalogue"
    return waivers.document.fault(path, problem, name, did_you_mean(name, sorted(known)))


def _waiver(written: WrittenWaiver) -> Waiver:
    entry = written.entry
    return Waiver(
        practice=entry.practice,
        signal=entry.signal,
        environment=entry.scope.environment or "",
        tenant=entry.scope.tenant or "",
        resource=entry.scope.resource or "",
        reason=entry.reason,
        ticket=entry.ticket or "",
        owner=entry.owner,
        approver=entry.approver,
        co_approvers=tuple(entry.co_approvers),
        created=entry.created,
        expires=entry.expires,
        ceiling=entry.ceiling,
        compensating=tuple(entry.compensating),
        renewals=entry.renewals,
        line=written.line,
    )
