"""Signatures are verified when evidence is collected: each counts, or is named with the reason why it does not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from colonnade.evidence.attestation import SignedAttestation, Statement, UnreadableStatement, statement_in
from colonnade.evidence.attested import SeenSignature, SignatureState
from colonnade.evidence.envelope import verified
from colonnade.evidence.people import DAY_S, Person
from colonnade.evidence.record import Environment, Record
from colonnade.review.signoff import Signoff
from colonnade.review.waiver import Waiver, folded, why_lapsed

Digests = Mapping[str, str]
"""What stands there now: name of the thing and its digest."""


@dataclass(frozen=True, slots=True)
class Registry:
    """What signatures are held against: the people, the waivers, and where and when the review looks."""

    people: Mapping[str, Person]
    waivers: Sequence[Waiver]
    workload: str
    environment: Environment
    now: float

    def seen(
        self, signoff: Signoff, records: Iterable[Record], digests: Digests, freshness_days: float
    ) -> list[tuple[SeenSignature, Statement | None]]:
        """Every signature for one signal, the newest last, and what it says where that can be read."""
        found = []
        for record in sorted(records, key=lambda each: (each.window_end, each.id)):
            kept = msgspec.convert(record.facts, SignedAttestation)
            if kept.signal == signoff.name:
                found.append(self._looked_at(signoff, kept, digests, freshness_days))
        return found

    def _looked_at(
        self, signoff: Signoff, kept: SignedAttestation, digests: Digests, freshness_days: float
    ) -> tuple[SeenSignature, Statement | None]:
        keyid = next((each.keyid for each in kept.envelope.signatures), "")
        try:
            statement = statement_in(kept.envelope)
        except UnreadableStatement as error:
            return _unread(keyid, str(error)), None
        signer = next(iter(verified(kept.envelope, {k: p.key for k, p in self.people.items()})), "")
        said = statement.predicate
        ends = min(said.expires_at, said.signed_at + freshness_days * DAY_S)
        person = self.people.get(signer)
        state, why = self._judged(signoff, statement, person, digests, ends)
        return SeenSignature(
            person=person.name if person is not None else said.signer,
            role=said.role,
            keyid=keyid,
            signed_at=said.signed_at,
            expires_at=ends if person is None else min(ends, person.valid_until),
            state=state,
            why=why,
        ), statement

    def _judged(
        self, signoff: Signoff, statement: Statement, person: Person | None, digests: Digests, ends: float
    ) -> tuple[SignatureState, str]:
        if person is None:
            return "refused", "is not enrolled with the key that signed"
        refusal = self._refusal(signoff, statement, person)
        if refusal:
            return "refused", refusal
        if self.now >= ends:
            return "expired", "signed for a term that is over"
        access = statement.predicate.access
        now = digests if access is None else {"access": access.digest}
        changed = [thing.name for thing in statement.subject if now.get(thing.name) != thing.sha256]
        return ("changed", f"signed another {' and '.join(changed)}") if changed else ("counts", "")

    def _refusal(self, signoff: Signoff, statement: Statement, person: Person) -> str:
        """Why a signature never counted."""
        said = statement.predicate
        if (said.practice, said.signal) != (signoff.practice, signoff.number) or not statement.subject:
            return f"signed something else than {signoff.name}"
        if (said.workload, said.environment) != (self.workload, self.environment):
            return f"signed for {said.workload} in {said.environment}"
        if person.state(self.now) != "valid":
            return f"signed with a key that is {person.state(self.now)}"
        if said.signed_at > self.now:
            return "signed in the future"
        if said.role not in person.roles:
            return f"is not enrolled as {said.role}"
        alone = self._approves_alone(signoff.practice, person)
        return f"is the only approver of a waiver of {signoff.practice}" if alone else ""

    def _approves_alone(self, practice: str, person: Person) -> bool:
        return any(
            waiver.practice == practice
            and waiver.approvers == {folded(person.name)}
            and not why_lapsed(waiver, self.now)
            for waiver in self.waivers
        )


def _unread(keyid: str, why: str) -> SeenSignature:
    return SeenSignature(
        person="somebody", role="", keyid=keyid, signed_at=0.0, expires_at=0.0, state="refused", why=why
    )
