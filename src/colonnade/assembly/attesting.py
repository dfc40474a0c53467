"""A person signs for a signal: what is signed over is named, and the signature stands in the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from colonnade.assembly.opened import opened
from colonnade.assembly.reviewing import current_subject
from colonnade.assembly.signatures import Standing, access_now, decision_problems
from colonnade.errors import SetupError
from colonnade.evidence.attestation import AccessReview, Predicate, SignedAttestation, Statement, Thing
from colonnade.evidence.collection import Scope
from colonnade.evidence.ledger import Ledger
from colonnade.evidence.people import DAY_S, People, Person, keyid_of
from colonnade.evidence.record import Record
from colonnade.review.catalogue import catalogue
from colonnade.review.signoff import SIGNOFFS, Signoff
from colonnade.workload.decisions.reading import read_decisions
from colonnade.workload.folder import Workload


@dataclass(frozen=True, slots=True)
class Signing:
    """What a person asks to sign: `words` are the person's own, or name a file; `remove` only reviews access."""

    signal: str
    key: Ed25519PrivateKey
    role: str = ""
    words: str = ""
    days: float | None = None
    remove: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Attestation:
    """What was signed, and the record that keeps it."""

    statement: Statement
    record: Record


def attest(folder: Path, signing: Signing, now: float) -> Attestation:
    """Sign for a signal, and keep the signature in the ledger.

    Raises:
        SetupError: nobody signs for this signal, the person may not, or what would be signed is not there.
    """
    signoff = SIGNOFFS.get(signing.signal.upper())
    if signoff is None:
        raise SetupError(f"{signing.signal} is not signed off by people; these are: {', '.join(SIGNOFFS)}")
    with opened(folder) as (workload, ledger, shelf):
        statement = _Desk(workload, ledger, signoff, signing, now).statement()
        environment = workload.specification.review.environment
        subject = current_subject(workload, ledger, shelf.live(), environment)
        envelope = statement.signed(signing.key)
        kept = SignedAttestation(signal=signoff.name, envelope=envelope)
        record = Scope(environment, subject, now, now).record(
            kept,
            kind="attestation",
            source="signed",
            collector="colonnade.attest@1",
            n=1,
            raw=envelope.encode(),
        )
        ledger.append_record(record)
    return Attestation(statement, record)


@dataclass(frozen=True, slots=True)
class _Desk:
    """Where one signature is prepared: the workload and its ledger, what the signal takes, and what was asked."""

    workload: Workload
    ledger: Ledger
    signoff: Signoff
    signing: Signing
    now: float

    def statement(self) -> Statement:
        """What will be signed; everything that would make it worthless is refused before."""
        person = _person(self.ledger, self.signing.key, self.now)
        role = _role(self.signoff, person, self.signing.role, self.workload)
        ends = self.now + self._days() * DAY_S
        access = self._access() if self.signoff.about == "access" else None
        specification = self.workload.specification
        return Statement(
            subject=self._things(access),
            predicate=Predicate(
                workload=specification.name,
                environment=specification.review.environment,
                practice=self.signoff.practice,
                signal=self.signoff.number,
                role=role,
                signer=person.name,
                statement=self.signing.words,
                signed_at=self.now,
                expires_at=ends,
                access=access,
            ),
        )

    def _days(self) -> float:
        practice = catalogue().practice(self.signoff.practice)
        assert practice is not None, "every signoff is of the catalogue"
        days = practice.freshness_days if self.signing.days is None else self.signing.days
        if not 0 < days <= practice.freshness_days:
            most = f"at most {practice.freshness_days} days"
            raise SetupError(f"{self.signoff.name} is signed for {most}, not {days:g}")
        return days

    def _things(self, access: AccessReview | None) -> tuple[Thing, ...]:
        """What is signed over, first what the signal names, then the file that the words name."""
        folder, standing = self.workload.folder, Standing(self.workload)
        named = _inside(folder, self.signing.words)
        if access is not None:
            first = Thing.of("access", access.digest)
        elif self.signoff.about == "decision":
            name = named or _only_decision(folder, self.signoff)
            self._refuse_unfit(name)
            first = Thing.of(name, standing[name])
        else:
            first = Thing.of(self.signoff.about, standing[self.signoff.about])
        more = () if named in {None, first.name} else (Thing.of(str(named), standing[str(named)]),)
        return (first, *more)

    def _refuse_unfit(self, name: str) -> None:
        today = datetime.fromtimestamp(self.now, UTC).date()
        problems = list(decision_problems(self.workload.folder, name, self.signoff.decision, today))
        if problems:
            raise SetupError(f"this would prove nothing: {'; '.join(problems)}")

    def _access(self) -> AccessReview:
        opening = access_now(self.ledger, self.now)
        removed = {_one(opening, each) for each in self.signing.remove}
        return AccessReview(kept=tuple(sorted(set(opening) - removed)), removed=tuple(sorted(removed)))


def _person(ledger: Ledger, key: Ed25519PrivateKey, now: float) -> Person:
    person = People(ledger).load().get(keyid_of(key.public_key()))
    if person is None:
        raise SetupError(
            "this key belongs to nobody here: `colonnade key person NAME --role ROLE` enrols a person"
        )
    if person.state(now) != "valid":
        raise SetupError(f"the key of {person.name} is {person.state(now)}: enrol a new one")
    return person


def _role(signoff: Signoff, person: Person, asked: str, workload: Workload) -> str:
    needed = signoff.needed(workload.specification)
    fitting = sorted(needed & set(person.roles))
    if asked and asked not in fitting:
        said = "is not enrolled as" if asked in needed else "is not needed as"
        raise SetupError(f"{person.name} {said} {asked}: {signoff.name} takes {', '.join(sorted(needed))}")
    if not asked and len(fitting) != 1:
        few = "has none of the roles" if not fitting else "has several of the roles, name one with --role"
        raise SetupError(f"{person.name} {few}: {signoff.name} takes {', '.join(sorted(needed))}")
    return asked or fitting[0]


def _inside(folder: Path, words: str) -> str | None:
    """The name of a file of the folder, as the statement carries it, if the words are one."""
    if not words or "\n" in words or len(words) > 300:
        return None
    for path in (folder / words, Path(words)):
        inside = path.resolve()
        if inside.is_file() and inside.is_relative_to(folder.resolve()):
            return inside.relative_to(folder.resolve()).as_posix()
    return None


def _only_decision(folder: Path, signoff: Signoff) -> str:
    found = [
        f"decisions/{it.path.name}"
        for it in read_decisions(folder).records
        if it.decision.kind == signoff.decision and it.decision.status == "in_force"
    ]
    if len(found) == 1:
        return found[0]
    if found:
        raise SetupError(f"name one of {', '.join(found)} with --statement")
    raise SetupError(
        f"{signoff.name} is signed over a decision of the kind `{signoff.decision}`: write one under decisions/"
    )


def _one(opening: dict[str, float], asked: str) -> str:
    fitting = [who for who in opening if asked and (who == asked or who.partition(":")[2].startswith(asked))]
    if len(fitting) != 1:
        raise SetupError(f"{asked} has no access here: these have: {', '.join(sorted(opening))}")
    return fitting[0]
