"""Which signals people sign off: over what, in which roles, and how many people it takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from colonnade.evidence.attested import Attested, SeenSignature
from colonnade.evidence.people import PersonRole
from colonnade.review.verdict import Verdict, ended, insufficient, met, unmet
from colonnade.review.waiver import folded
from colonnade.workload.specification import Specification

About = Literal["intent", "workload", "access", "decision"]
"""The `intent` block, the whole workload file, who has access, or a decision record of one kind."""
FRAMED_BY: frozenset[PersonRole] = frozenset({"business", "end_user", "technical"})
"""Roles that take part in framing every problem (UC-02)."""


@dataclass(frozen=True, slots=True)
class Signoff:
    """What one attested signal asks for; the roles are those that the catalogue's text names.

    Without `roles` it takes every role that the workload file names under `stakeholders`, and `FRAMED_BY`.
    `decision` is the kind of decision record.
    """

    practice: str
    number: int
    about: About
    roles: tuple[PersonRole, ...] = ()
    people: int = 1
    decision: str = ""

    @property
    def name(self) -> str:
        """`UC-01.2`."""
        return f"{self.practice}.{self.number}"

    def needed(self, specification: Specification) -> frozenset[str]:
        """The roles of which each must have signed."""
        if self.roles:
            return frozenset(self.roles)
        return FRAMED_BY | ({person.role for person in specification.stakeholders} - {"other"})


_ALL = (
    Signoff("UC-01", 2, "intent", ("sponsor",)),
    Signoff("UC-02", 2, "workload", people=2),
    Signoff("UC-09", 1, "decision", ("owner",), decision="hosting"),
    Signoff("SEC-11", 2, "access", ("security",)),
    Signoff("SEC-13", 1, "decision", ("data_protection",), decision="private_tuning"),
    Signoff("SUS-03", 1, "decision", ("owner",), decision="energy"),
    Signoff("RAI-10", 1, "decision", ("data_protection",), decision="processing"),
    Signoff("RAI-11", 1, "decision", ("executive",), decision="principles"),
    Signoff("RAI-12", 1, "decision", ("board",), people=2, decision="board"),
)
SIGNOFFS: Mapping[str, Signoff] = {each.name: each for each in _ALL}
"""By the name of the signal."""


def signed_off(name: str, seen: Attested, specification: Specification) -> Verdict:
    """Whether what was signed for a signal is enough; what does not count is named."""
    signoff = SIGNOFFS[name]
    needed = signoff.needed(specification)
    counting = [each for each in seen.signatures if each.state == "counts" and each.role in needed]
    if seen.problems:
        return unmet("; ".join(seen.problems), n=len(counting))
    missing = sorted(needed - {each.role for each in counting})
    people = {folded(each.person) for each in counting}
    if not missing and len(people) >= signoff.people:
        return met(f"{seen.about} {seen.digest[:19]} is signed by {_listed(counting)}", n=len(counting))
    lacking = [f"no signature as {', '.join(missing)} counts"] if missing else []
    if len(people) < signoff.people:
        lacking.append(f"{signoff.people} people are needed, {len(people)} signed")
    reason = "; ".join([*lacking, *filter(None, map(_refused, seen.signatures))])
    over = [each for each in seen.signatures if each.state in {"changed", "expired"}]
    return ended(reason) if over else insufficient(reason, n=len(counting))


def _listed(signatures: Iterable[SeenSignature]) -> str:
    return ", ".join(sorted({f"{each.person} ({each.role})" for each in signatures}))


def _refused(signature: SeenSignature) -> str:
    return f"{signature.person} ({signature.role}) {signature.why}" if signature.why else ""
