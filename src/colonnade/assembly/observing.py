"""Everything that can be observed from the ledger, the folder and the store, collected into records."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from colonnade.assembly.signatures import Signatures
from colonnade.assembly.stored import KnowledgeShelf
from colonnade.assembly.surroundings import in_place, statements
from colonnade.assembly.waiving import waivers_of
from colonnade.cost import collect as cost
from colonnade.cost import lanes
from colonnade.cost.evidence import BudgetConfiguration
from colonnade.cost.prices import PriceBook
from colonnade.cost.scorecard import evaluated_binding, scorecard
from colonnade.evaluation.evidence import AnswerEvaluation, RetrievalEvaluation
from colonnade.evidence.change import Change
from colonnade.evidence.collection import Scope
from colonnade.evidence.effective import GatewayConfiguration
from colonnade.evidence.imported.scores import ScoredRuns
from colonnade.evidence.integrity import LedgerIntegrity
from colonnade.evidence.ledger import Ledger
from colonnade.evidence.minutes import minutes_of
from colonnade.evidence.newest import records_since
from colonnade.evidence.record import Record
from colonnade.evidence.request import RequestRecord
from colonnade.evidence.retention import overdue
from colonnade.evidence.view import topic_of
from colonnade.gateway.batches.batch import LONGEST_S, Batch
from colonnade.gateway.batches.store import BatchStore
from colonnade.operations import collect as operations
from colonnade.operations import repository as prompts_and_runbooks
from colonnade.operations.evidence import ServiceSeries
from colonnade.operations.prompts.lint import lint
from colonnade.operations.scores import scored_runs
from colonnade.performance import batching
from colonnade.performance import collect as performance
from colonnade.performance.cache_collect import cache_use
from colonnade.reliability import collect as reliability
from colonnade.reliability import traffic as resilience
from colonnade.reliability.recovery.collect import CHANGE as BACKUP
from colonnade.reliability.recovery.collect import backup_state
from colonnade.reliability.recovery.objectives import objectives
from colonnade.responsibility import collect as responsibility
from colonnade.review.adapters.repository.own import own_records
from colonnade.security import collect as security
from colonnade.security.evidence import VerifiedModels
from colonnade.security.keys import ApiKeys
from colonnade.store.datakey import key_made_at
from colonnade.sustainability import collect as sustainability
from colonnade.sustainability.placement import placement
from colonnade.usecase import collect as usecase
from colonnade.usecase.facts import observed_facts
from colonnade.usecase.indicators import Material, read_indicators
from colonnade.workload.folder import Workload

View = TypeVar("View", bound=msgspec.Struct)

HOUR_S = 3600.0
"""A breaker that opened shortly before the window may still be open in it."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What collectors look at, gathered once: the folder, the ledger's window, the keys and the shelf.

    `current` are the requests that were served as the gateway serves now: what was observed under another policy
    proves nothing about this one.
    """

    workload: Workload
    ledger: Ledger
    keys: ApiKeys
    shelf: KnowledgeShelf
    scope: Scope
    requests: Sequence[RequestRecord]
    current: Sequence[RequestRecord]
    records: Sequence[Record]
    bindings: Sequence[Change] = field(default_factory=tuple)
    batches: Sequence[Batch] = field(default_factory=tuple)

    def newest(self, view: type[View]) -> View | None:
        """The newest record of a view's topic, as the view."""
        topic = topic_of(view)
        found = [record for record in self.records if topic is not None and record.topic == topic.name]
        if not found:
            return None
        return msgspec.convert(max(found, key=lambda record: record.window_end).facts, view)

    def last(self, view: type[View]) -> View | None:
        """The same, however long ago it was written: what is said at the start holds until the next one."""
        topic = topic_of(view)
        found = self.ledger.newest(topic.name, self.scope.environment) if topic is not None else None
        return None if found is None else msgspec.convert(found.facts, view)

    def of_bound_models(self, view: type[msgspec.Struct]) -> Record | None:
        """The newest record of a view's topic, if it is about the models that are bound now."""
        topic = topic_of(view)
        found = self.ledger.newest(topic.name, self.scope.environment) if topic is not None else None
        return found if found is not None and found.subject.models == self.scope.subject.models else None


def look(
    workload: Workload, ledger: Ledger, keys: ApiKeys, shelf: KnowledgeShelf, scope: Scope
) -> Observation:
    """Gather what collectors need, in one pass over the window."""
    requests = [
        r for r in ledger.requests(scope.window_start, scope.window_end) if r.environment == scope.environment
    ]
    current = [r for r in requests if r.policy == scope.subject.policy]
    records = records_since(ledger.store, scope.environment, scope.window_start)
    # A row may have been asked for as long ago as the longest window before the requests that are looked at.
    batches = BatchStore(ledger.store).since(scope.window_start - LONGEST_S, scope.window_end)
    bindings = ledger.changes(kind="binding")
    return Observation(workload, ledger, keys, shelf, scope, requests, current, records, bindings, batches)


def observe(seen: Observation) -> Iterator[Record]:
    """One record a collector; a collector that cannot know (no repository, no traffic table) gives none."""
    for collector in COLLECTORS:
        for record in collector(seen):
            if record is not None:
                yield record


Collected = Sequence[Record | None]


def _usecase(seen: Observation) -> Collected:
    specification, requests, scope = seen.workload.specification, seen.requests, seen.scope
    material = Material(requests, seen.newest(RetrievalEvaluation), seen.newest(AnswerEvaluation))
    return (
        usecase.intent_history(seen.workload, seen.bindings, scope),
        usecase.indicator_readings(specification.kpis, read_indicators(material), scope),
        usecase.modality_register(specification, scope),
        usecase.modality_traffic(specification, requests, scope),
        usecase.retrieval_traffic(specification, _of_live_indexes(seen), scope),
        observed_facts(specification, requests, scope),
        _constraints(seen),
    )


def _constraints(seen: Observation) -> Record | None:
    configuration, budget = seen.last(GatewayConfiguration), seen.last(BudgetConfiguration)
    if configuration is None:
        return None
    caps = budget.caps if budget is not None else {}
    return usecase.constraint_policies(seen.workload.specification, configuration, caps, seen.scope)


def _operations(seen: Observation) -> Collected:
    requests, scope = seen.requests, seen.scope
    minutes = minutes_of(seen.records)
    series = operations.service_series(minutes, requests, scope)
    guardrails = seen.workload.specification.guardrails
    of_now = minutes_of(r for r in seen.records if r.subject.policy == scope.subject.policy)
    return (
        series,
        operations.objective_burns(
            seen.workload.specification, msgspec.convert(series.facts, ServiceSeries), scope
        ),
        operations.host_series(minutes, scope),
        operations.request_records(
            of_now, seen.current, len(guardrails.input) + len(guardrails.output), scope
        ),
        operations.binding_trail(seen.bindings, scope),
        operations.models_seen(requests, seen.bindings, scope),
        operations.system_prompts(seen.current, scope),
        operations.render_failures(seen.current, scope),
        prompts_and_runbooks.prompt_commits(seen.workload, scope),
        prompts_and_runbooks.prompt_lint(seen.workload, lint(seen.workload.folder).faults, scope),
        prompts_and_runbooks.runbooks(seen.workload, scope),
        _scores(seen),
    )


def _scores(seen: Observation) -> Record | None:
    """Our newest evaluation of what is bound now, beside the runs of other tools."""
    own, known = (seen.of_bound_models(view) for view in (AnswerEvaluation, ScoredRuns))
    binding = seen.workload.specification.models.get(evaluated_binding(seen.workload))
    if own is None or binding is None:
        return None
    runs = msgspec.convert(known.facts, ScoredRuns) if known is not None else None
    evaluation = msgspec.convert(own.facts, AnswerEvaluation)
    return scored_runs(evaluation, own.window_end, binding.model, runs, seen.scope)


def _security(seen: Observation) -> Collected:
    specification, scope = seen.workload.specification, seen.scope
    return (
        security.key_register(seen.keys.load().values(), key_made_at(seen.ledger.store.state), scope),
        security.model_pins(specification, seen.bindings, scope),
        security.verified_models(specification, _loaded(seen), seen.requests, scope),
        security.source_resolution(seen.requests, seen.shelf.resolves, scope),
        security.lineage(seen.shelf.lineage(), scope),
    )


def _reliability(seen: Observation) -> Collected:
    # What only gathers the results of runs is none itself, and has no data of its own.
    runs = [it for it in seen.records if it.kind == "eval" and "dataset_digest" in it.facts]
    specification, scope = seen.workload.specification, seen.scope
    changes = [it for it in seen.ledger.changes(kind="breaker") if it.at >= scope.window_start - HOUR_S]
    return (
        _routes(seen),
        reliability.data_versions(seen.shelf.versions(), seen.requests, runs, scope),
        resilience.served_from(specification, seen.current, scope),
        resilience.target_shares(specification, seen.current, changes, scope),
        resilience.retries(specification, seen.current, changes, scope),
        reliability.fault_classes(seen.ledger.records(scope.environment, "drill.run"), scope),
        backup_state(
            objectives(specification),
            seen.ledger.changes(kind=BACKUP),
            specification.recovery.backup is not None,
            scope,
        ),
    )


def _routes(seen: Observation) -> Record | None:
    """Our gateway's routes, as it last read them back; those of another gateway are imported."""
    configuration = seen.last(GatewayConfiguration)
    if configuration is None:
        return None
    table = configuration.route_table
    return seen.scope.record(table, kind="config", collector="gateway.routes@1", n=len(table.routes))


def _performance(seen: Observation) -> Collected:
    prompts, versions = seen.workload.prompts, seen.scope.subject.prompts
    budgets = {name: prompt.token_budget for name, prompt in prompts.items()}
    of_now = [r for r in seen.requests if r.prompt_version == versions.get(r.prompt_name)]
    return (
        performance.prompt_sizes(of_now, budgets, seen.scope),
        performance.output_lengths(seen.workload.specification, seen.current, seen.scope),
        cache_use(seen.workload.specification, seen.current, seen.scope),
        batching.batch_lane(seen.current, seen.batches, seen.scope),
    )


def _cost(seen: Observation) -> Collected:
    return (
        cost.label_coverage(seen.requests, seen.scope),
        lanes.lane_use(seen.current, seen.batches, seen.scope),
        lanes.lane_costs(seen.current, seen.scope),
        cost.spend_series(seen.requests, seen.ledger.changes(kind="anomaly"), seen.scope),
        cost.waste_split(seen.requests, seen.scope),
        cost.reconciliation(seen.ledger, seen.scope),
        _scorecard(seen),
    )


def _scorecard(seen: Observation) -> Record:
    specification = seen.workload.specification
    book, evaluation = PriceBook.of(specification), seen.last(AnswerEvaluation)
    return scorecard(specification, book, evaluation, evaluated_binding(seen.workload), seen.scope)


def _sustainability(seen: Observation) -> Collected:
    scope = seen.scope
    where = placement(seen.workload.specification.placement)
    past = overdue(seen.ledger, seen.workload.specification.retention, scope.window_end)
    runs = seen.ledger.changes(kind="retention")
    last = runs[-1] if runs else None
    deleted = (
        sum(int(last.details.get(name, 0)) for name in ("requests", "prompts", "answers")) if last else 0
    )
    return (
        scope.record(where, kind="config", collector="sustainability.placement@1", n=len(where.permitted)),
        sustainability.carbon_by_region(seen.requests, scope),
        sustainability.retention_state(
            last.at if last else None, deleted, past.requests + past.prompts + past.answers, scope
        ),
    )


def _responsibility(seen: Observation) -> Collected:
    specification, requests, scope = seen.workload.specification, seen.current, seen.scope
    return (
        responsibility.explanation_share(specification, requests, scope),
        responsibility.explanation_method(seen.workload.folder, scope),
        responsibility.disclosure_share(requests, scope),
    )


def _ledger(seen: Observation) -> Collected:
    found = seen.ledger.verify()
    view = LedgerIntegrity(
        entries=found.entries,
        intact=found.intact,
        breaks=[f"{each.what} at {each.seq}: {each.ref}" for each in found.breaks[:20]],
        checkpoints=found.checkpoints,
        changes=len(seen.ledger.changes()),
        requests=len(seen.requests),
    )
    return (seen.scope.record(view, kind="signature", collector="evidence.ledger@1", n=found.entries),)


def _signatures(seen: Observation) -> Collected:
    waivers = waivers_of(seen.workload.folder)
    return tuple(Signatures(seen.workload, seen.ledger, waivers, seen.scope).collected())


def _around(seen: Observation) -> Collected:
    """The repository around the folder, and signatures of statements that were imported."""
    return (
        *own_records(seen.workload, seen.scope, in_place(seen.ledger, seen.scope)),
        statements(seen.ledger, seen.scope),
    )


COLLECTORS: tuple[Callable[[Observation], Collected], ...] = (
    _usecase,
    _operations,
    _security,
    _reliability,
    _performance,
    _cost,
    _sustainability,
    _responsibility,
    _ledger,
    _signatures,
    _around,
)
"""One a pillar, the ledger's own, what people signed, and what stands around the workload."""


def indicator_values(seen: Observation) -> Mapping[str, tuple[float | None, int]]:
    """The reading of every indicator query now, for the console."""
    return read_indicators(
        Material(seen.requests, seen.newest(RetrievalEvaluation), seen.newest(AnswerEvaluation))
    )


def _of_live_indexes(seen: Observation) -> list[RequestRecord]:
    """Answers that rest on an index that was replaced tell nothing of the one that is live."""
    live = {"", *seen.scope.subject.knowledge.values()}
    return [request for request in seen.current if request.generation in live]


def _loaded(seen: Observation) -> Mapping[str, str]:
    """What the loader verified last, of the models that are bound now."""
    topic = topic_of(VerifiedModels)
    assert topic is not None, "VerifiedModels is a view"
    found = [
        r for r in seen.records if r.topic == topic.name and r.subject.models == seen.scope.subject.models
    ]
    newest = max(found, key=lambda record: record.window_end, default=None)
    return msgspec.convert(newest.facts, VerifiedModels).loaded if newest is not None else {}
