"""Decision records of a folder become evidence, each with the commit that holds it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TypeVar

import msgspec

from colonnade.evidence.collection import Scope
from colonnade.evidence.imported import decided
from colonnade.evidence.record import Kind, Record
from colonnade.evidence.repository import Commit, Repository
from colonnade.workload.decisions import kinds
from colonnade.workload.decisions.front import Action, Decision
from colonnade.workload.decisions.reading import Written, evaluation_of, read_decisions

COLLECTOR = "repository.decisions@1"
MOST_RECORDS = 500
Found = TypeVar("Found", bound=Decision)
Live = Callable[[str], bool | None]
"""Whether `policy:STAGE` or `drill:NAME` is in place; None where nobody can tell."""


def unknown(_: str) -> None:
    """Nobody here knows what is in place."""


def decision_records(
    folder: Path, repository: Repository, scope: Scope, live: Live = unknown, *, collector: str = COLLECTOR
) -> list[Record]:
    """Everything that `folder/decisions/*.md` say, one record a view; the time that counts is the scope's end."""
    read = read_decisions(folder).records[:MOST_RECORDS]
    kept = [each for each in read if each.decision.status == "in_force"]
    commits = repository.last_commits([each.path for each in kept])
    mergers = {each.id: repository.merged_by(each.id) for each in set(commits.values())}
    book = _Book(folder, repository, kept, scope, live, commits, mergers)
    views: tuple[tuple[msgspec.Struct, Kind], ...] = (
        (book.choices(), "repo"),
        (book.plans(), "repo"),
        (book.self_run(), "repo"),
        (book.incidents(), "registry"),
        (book.experiments(), "registry"),
        (book.sizings(), "registry"),
        (book.mitigations(), "registry"),
        (book.principles(), "registry"),
        (book.board(), "registry"),
    )
    return [
        scope.record(view, kind=kind, source="git", collector=collector, n=len(book.written))
        for view, kind in views
    ]


@dataclass(frozen=True, slots=True)
class _Book:
    """The decisions of one folder, and what it takes to say where they stand."""

    folder: Path
    repository: Repository
    written: Sequence[Written]
    scope: Scope
    live: Live
    commits: Mapping[Path, Commit]
    mergers: Mapping[str, str]

    def choices(self) -> decided.Choices:
        kept = (kinds.Adaptation, kinds.ModelChoice, kinds.Hosting, kinds.Commitment)
        return decided.Choices(
            choices=[self._choice(each) for each in self.written if isinstance(each.decision, kept)]
        )

    def _choice(self, written: Written) -> decided.Choice:
        decision = written.decision
        even = decision.break_even if isinstance(decision, kinds.Commitment) else None
        return decided.Choice(
            kind=decision.kind,
            standing=self._standing(written),
            options=[msgspec.convert(each.model_dump(), decided.Weighed) for each in decision.options],
            chosen=decision.chosen or "",
            trigger=decision.trigger or "",
            break_even=msgspec.convert(even.model_dump(), decided.BreakEven) if even else None,
        )

    def plans(self) -> decided.DisasterPlans:
        return decided.DisasterPlans(
            plans=[
                decided.DisasterPlan(
                    standing=standing,
                    rto_s=plan.rto_s,
                    rpo_s=plan.rpo_s,
                    roles=[each.role for each in plan.roles],
                    contacts=[each.contact for each in plan.roles],
                    order=plan.order,
                )
                for plan, standing in self._of(kinds.DisasterRecovery)
            ]
        )

    def self_run(self) -> decided.SelfRunComponents:
        return decided.SelfRunComponents(
            components=[
                decided.SelfRunComponent(component=it.component, reason=it.reason, standing=standing)
                for it, standing in self._of(kinds.SelfRun)
            ]
        )

    def incidents(self) -> decided.Incidents:
        return decided.Incidents(
            incidents=[
                decided.Incident(
                    standing=standing,
                    severity=it.severity,
                    reviewed=it.reviewed is not None,
                    days=self._days(it.date, it.reviewed),
                    timeline=len(it.timeline),
                    cause=it.cause is not None,
                    actions=self._actions(it.actions),
                    regression=it.regression,
                    drill=it.drill or "",
                )
                for it, standing in self._of(kinds.Incident)
            ]
        )

    def experiments(self) -> decided.Experiments:
        return decided.Experiments(
            experiments=[
                decided.ExperimentRecord(
                    drill=it.drill,
                    failed=it.outcome == "failed",
                    standing=standing,
                    actions=self._actions(it.actions),
                )
                for it, standing in self._of(kinds.Experiment)
            ]
        )

    def sizings(self) -> decided.Sizings:
        return decided.Sizings(
            sizings=[
                decided.SizingState(
                    component=it.component,
                    due=it.due,
                    closed=it.closed or "",
                    late=it.closed is None and self._passed(it.due),
                    standing=standing,
                )
                for it, standing in self._of(kinds.Sizing)
            ]
        )

    def mitigations(self) -> decided.Mitigations:
        return decided.Mitigations(
            mitigations=[
                decided.MitigationState(finding=it.finding, technique=it.technique or "", standing=standing)
                for it, standing in self._of(kinds.Mitigation)
            ]
        )

    def principles(self) -> decided.PrincipleRegister:
        return decided.PrincipleRegister(
            principles=[
                decided.PrincipleState(name=each.name, links=self._links(each.enforced_by))
                for it, standing in self._of(kinds.Principles)
                if standing.commit
                for each in it.principles
            ]
        )

    def board(self) -> decided.BoardConditions:
        committed = [it for it, standing in self._of(kinds.Board) if standing.commit]
        return decided.BoardConditions(
            decisions=len(committed),
            conditions=[
                decided.ConditionState(
                    what=each.what, closed=each.closed or "", links=self._links(each.enforced_by)
                )
                for it in committed
                for each in it.conditions
            ],
        )

    def _of(self, kind: type[Found]) -> Iterator[tuple[Found, decided.Standing]]:
        for each in self.written:
            if isinstance(each.decision, kind):
                yield each.decision, self._standing(each)

    def _standing(self, written: Written) -> decided.Standing:
        path, decision = written.path, written.decision
        known = decided.Standing(
            file=f"{path.parent.name}/{path.name}",
            owner=decision.owner,
            date=decision.date,
            review_by=decision.review_by or "",
            overdue=decision.review_by is not None and self._passed(decision.review_by),
        )
        last = self.commits.get(path)
        if last is None:
            return known
        return msgspec.structs.replace(
            known,
            commit=last.id,
            author=last.author,
            signer=last.signer,
            reviewers=list(last.reviewers),
            merged_by=self.mergers[last.id],
        )

    def _actions(self, actions: Iterable[Action]) -> list[decided.ActionState]:
        return [
            decided.ActionState(
                owner=it.owner,
                due=it.due,
                done=it.done or "",
                late=it.done > it.due if it.done else self._passed(it.due),
            )
            for it in actions
        ]

    def _links(self, names: Iterable[str]) -> list[decided.Link]:
        return [decided.Link(name=name, live=self._is_live(name)) for name in names]

    def _is_live(self, name: str) -> bool | None:
        if name.startswith("eval:"):
            return self.repository.clean(self.folder / evaluation_of(name))
        return self.live(name)

    @property
    def _today(self) -> date:
        return datetime.fromtimestamp(self.scope.window_end, UTC).date()

    def _passed(self, day: str) -> bool:
        return date.fromisoformat(day) < self._today

    def _days(self, start: str, end: str | None) -> int:
        last = date.fromisoformat(end) if end else self._today
        return (last - date.fromisoformat(start)).days
