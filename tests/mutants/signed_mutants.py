"""The breaks of what people signed: the thing changes, the person leaves, a removal is not carried out."""

from __future__ import annotations

import time
from collections.abc import Callable

from attested import Attested
from mutant import Break, Mutant

from colonnade.assembly.opened import opened
from colonnade.review.report import Report
from colonnade.security.keys import ApiKeys

Happens = Callable[[Attested], Report]


def edited(old: str, new: str, file: str = "workload.yaml") -> Happens:
    """What was signed says something else."""

    def happens(world: Attested) -> Report:
        world.edit(old, new, file)
        return world.review()

    return happens


def left(name: str) -> Happens:
    """A person's key was revoked."""

    def happens(world: Attested) -> Report:
        world.revoke(name)
        return world.review()

    return happens


def access_forgotten(world: Attested) -> Report:
    """Somebody had access when it was reviewed, and nobody looked at it."""
    with opened(world.folder) as (_, ledger, _):
        ApiKeys(ledger).create("caller", {}, actor="test", now=time.time() - 3600)
    return world.review()


def not_removed(world: Attested) -> Report:
    """What was to be removed still opens."""
    with opened(world.folder) as (_, ledger, _):
        [key] = ApiKeys(ledger).load()
    world.sign("SEC-11.2", "Noor Haddad", remove=[key])
    return world.review()


def _row(signal: str, what: str, happens: Happens) -> Mutant:
    practice, _, number = signal.partition(".")
    return Mutant(practice, int(number), Break(what, happens), world="signed")  # type: ignore[arg-type]


SIGNED = (
    _row("UC-01.2", "the intent changed", edited("at night", "by night")),
    _row("UC-01.2", "the sponsor left", left("Ada Berg")),
    _row("UC-02.2", "the workload changed", edited("floor: 0.3", "floor: 0.4")),
    _row("UC-02.2", "the end users' person left", left("Borrowers' circle")),
    _row("UC-09.1", "the decision changed", edited("On the machine", "In a cloud", "decisions/hosting.md")),
    _row("SEC-11.2", "access that nobody looked at", access_forgotten),
    _row("SEC-11.2", "a removal not carried out", not_removed),
    _row("SEC-13.1", "the comparison changed", edited("Costs quality", "Costs", "decisions/tuning.md")),
    _row("SUS-03.1", "the paragraph changed", edited("hydropower", "coal", "decisions/energy.md")),
    _row("RAI-10.1", "the records changed", edited("30 days", "900 days", "decisions/processing.md")),
    _row("RAI-10.1", "data protection left", left("Ivo Lang")),
    _row(
        "RAI-11.1",
        "the principles changed",
        edited("People are told", "Nobody is told", "decisions/principles.md"),
    ),
    _row("RAI-12.1", "one of the board left", left("Mira Sand")),
)
