"""What people signed is collected: signatures are verified against people, waivers and the things as they stand now."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import msgspec

from colonnade.assembly.opened import opened
from colonnade.assembly.waiving import waivers_of
from colonnade.evidence.attestation import AccessReview, Statement
from colonnade.evidence.attested import SIGNED_VIEWS, Attested, SeenSignature
from colonnade.evidence.collection import Scope
from colonnade.evidence.ledger import Ledger
from colonnade.evidence.people import People
from colonnade.evidence.record import Record, Subject
from colonnade.evidence.view import topic_of
from colonnade.review.catalogue import catalogue
from colonnade.review.signatures import Registry
from colonnade.review.signoff import SIGNOFFS, Signoff
from colonnade.review.waiver import Waiver
from colonnade.security.keys import ApiKeys
from colonnade.workload.decisions.kinds import KINDS, Board
from colonnade.workload.decisions.reading import read_decisions
from colonnade.workload.decisions.signed import Energy
from colonnade.workload.folder import Workload

SIGNED = "attestation.signed"
DATED = frozenset({"board", "principles"})
"""Kinds of decisions that must say by when they are looked at again."""
Signed = Sequence[tuple[SeenSignature, Statement | None]]


@dataclass(frozen=True, slots=True)
class Signatures:
    """Every signature of one workload in one environment, as it is found at the end of the scope's window."""

    workload: Workload
    ledger: Ledger
    waivers: Sequence[Waiver]
    scope: Scope

    def collected(self) -> Iterator[Record]:
        """One record for each signal that somebody signed."""
        kept = self.ledger.records(self.scope.environment, SIGNED)
        people = People(self.ledger).load()
        name, now = self.workload.specification.name, self.scope.window_end
        registry = Registry(people, self.waivers, name, self.scope.environment, now)
        standing = Standing(self.workload)
        for signoff in SIGNOFFS.values():
            practice = catalogue().practice(signoff.practice)
            assert practice is not None, "every signoff is of the catalogue"
            found = registry.seen(signoff, kept, standing, practice.freshness_days)
            if found:
                yield self._record(signoff, found, standing)

    def _record(self, signoff: Signoff, found: Signed, standing: Standing) -> Record:
        counting = [(seen, said) for seen, said in found if seen.state == "counts"]
        newest = (counting or found)[-1][1]
        about = newest.subject[0].name if newest is not None and newest.subject else signoff.about
        ends = [seen.expires_at for seen, _ in counting]
        view = SIGNED_VIEWS[signoff.name](
            about=about,
            digest=_digest(about, newest, standing),
            signatures=[seen for seen, _ in found],
            problems=list(self._problems(signoff, about, newest)) if counting else [],
            valid_until=min([*ends, *standing.due(about)]) if ends else None,
        )
        return self.scope.record(
            view, kind="attestation", source="signed", collector="review.signatures@1", n=len(counting)
        )

    def _problems(self, signoff: Signoff, about: str, statement: Statement | None) -> Iterator[str]:
        if signoff.about == "decision":
            today = datetime.fromtimestamp(self.scope.window_end, UTC).date()
            yield from decision_problems(self.workload.folder, about, signoff.decision, today)
        elif signoff.about == "access" and statement is not None and statement.predicate.access is not None:
            signed_at = statement.predicate.signed_at
            yield from self._left_undone(statement.predicate.access, signed_at)

    def _left_undone(self, review: AccessReview, signed_at: float) -> Iterator[str]:
        now = self.scope.window_end
        opening = access_now(self.ledger, now)
        yield from (
            f"{who} was to be removed and still has access" for who in review.removed if who in opening
        )
        looked_at = {*review.kept, *review.removed}
        for who, since in opening.items():
            if who not in looked_at and since <= signed_at:
                yield f"{who} had access and was not looked at"


class Standing(Mapping[str, str]):
    """The digest of everything that can be signed over, as it stands in the folder now; files are read when asked for."""

    def __init__(self, workload: Workload) -> None:
        self._workload = workload
        self._known = {"intent": workload.section_digest("intent"), "workload": workload.digest}
        self._due = {
            f"decisions/{it.path.name}": it.decision.review_by
            for it in read_decisions(workload.folder).records
        }

    def __getitem__(self, name: str) -> str:
        if name not in self._known:
            digest = file_digest(self._workload.folder, name)
            if digest is None:
                raise KeyError(name)
            self._known[name] = digest
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    def due(self, name: str) -> list[float]:
        """The end of the day by which a decision is looked at again, if it says so."""
        day = self._due.get(name)
        if day is None:
            return []
        after = datetime.combine(date.fromisoformat(day) + timedelta(days=1), time(), UTC)
        return [after.timestamp()]


def file_digest(folder: Path, name: str) -> str | None:
    """`sha256:...` of a file of the folder; None where there is none, or the name leads out of the folder."""
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        return None
    return "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()


def access_now(ledger: Ledger, now: float) -> dict[str, float]:
    """Everybody who has access at `now`, and since when: API keys and people who may sign."""
    keys = {
        f"key:{it.id}": it.created_at for it in ApiKeys(ledger).load().values() if it.state(now) == "valid"
    }
    people = {
        f"person:{it.keyid[:12]}": it.enrolled_at
        for it in People(ledger).load().values()
        if it.state(now) == "valid"
    }
    return keys | people


def decision_problems(folder: Path, name: str, kind: str, today: date) -> Iterator[str]:
    """What a signed decision record lacks by the catalogue's text."""
    records = {f"decisions/{it.path.name}": it.decision for it in read_decisions(folder).records}
    decision = records.get(name)
    if not isinstance(decision, KINDS[kind]):
        yield f"{name} is no decision of the kind `{kind}`"
        return
    if decision.status != "in_force":
        yield f"{name} is {decision.status}"
    if decision.review_by is None and kind in DATED:
        yield f"{name} does not say by when it is looked at again (`review_by`)"
    if decision.review_by is not None and date.fromisoformat(decision.review_by) < today:
        yield f"{name} was due for review on {decision.review_by}"
    if isinstance(decision, Board) and not (decision.charter and len(decision.members) > 1):
        yield f"{name} does not name `charter` and at least two `members`"
    if isinstance(decision, Energy) and file_digest(folder, decision.report) is None:
        yield f"{name} names a report that is not in the folder: {decision.report}"


def _digest(about: str, statement: Statement | None, standing: Mapping[str, str]) -> str:
    if statement is not None and statement.predicate.access is not None:
        return statement.predicate.access.digest
    return standing.get(about, "")


def signatures_now(folder: Path, now: float) -> dict[str, Attested]:
    """What people signed, by signal, as a review at `now` would find it; nothing is recorded."""
    with opened(folder) as (workload, ledger, _):
        environment = workload.specification.review.environment
        scope = Scope(environment, Subject(), now, now)
        records = list(Signatures(workload, ledger, waivers_of(folder), scope).collected())
    views = {topic.name: name for name, view in SIGNED_VIEWS.items() if (topic := topic_of(view))}
    return {
        views[record.topic]: msgspec.convert(record.facts, SIGNED_VIEWS[views[record.topic]])
        for record in records
    }
