"""Collectors of step 3 over keys, bindings, indexes and the journal."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from colonnade.evidence.change import Change
from colonnade.evidence.collection import Scope
from colonnade.evidence.record import Record
from colonnade.evidence.request import RequestRecord
from colonnade.security.evidence import (
    KeyRegister,
    Lineage,
    ModelPins,
    Pin,
    SourceResolution,
    UpstreamUsage,
    VerifiedModels,
)
from colonnade.security.keys import DAY_S, ROLES, ApiKey
from colonnade.workload.endpoints import FILTERS
from colonnade.workload.specification import Specification

UNUSED_DAYS = 90
"""As the catalogue's signal of SEC-02 says."""


@dataclass(frozen=True, slots=True)
class IndexLineage:
    """Where one live index comes from; empty words are gaps."""

    name: str
    source: str
    license: str
    transform: str
    digest: str
    documents: int

    @property
    def gaps(self) -> list[str]:
        """What is not stated."""
        stated = {
            "source": self.source,
            "licence": self.license,
            "transform": self.transform,
            "digest": self.digest,
        }
        return [name for name, word in stated.items() if word in {"", "unstated"}]


def key_register(keys: Iterable[ApiKey], store_key_at: float, scope: Scope) -> Record:
    """Live API keys by what is wrong with them; `store_key_at` is when the store's key was last made or rotated."""
    now = scope.window_end
    live = [key for key in keys if key.state(now) == "valid"]
    terms = [(key.expires_at - key.created_at) / DAY_S for key in live]
    view = KeyRegister(
        keys=len(live),
        without_role=sum(key.role not in ROLES for key in live),
        without_expiry=sum(not math.isfinite(key.expires_at) for key in live),
        unused_90_days=sum(_unused_days(key, now) > UNUSED_DAYS for key in live),
        oldest_days=max(((now - key.created_at) / DAY_S for key in live), default=0.0),
        longest_term_days=max(terms, default=0.0),
        store_key_days=(now - store_key_at) / DAY_S,
    )
    return scope.record(view, kind="config", collector="security.keys@1", n=len(live))


def model_pins(specification: Specification, bindings: Sequence[Change], scope: Scope) -> Record:
    """What every active binding is pinned to: a digest, a dated snapshot, or nothing; our filters have no weights."""
    active = specification.bound
    pins = []
    for name in sorted(active):
        binding = specification.models[name]
        if binding.model == FILTERS:
            continue
        kind = specification.upstreams[binding.upstream].kind
        pins.append(Pin(binding=name, kind=kind, pin=binding.pin or binding.snapshot or ""))
    recorded = {change.name for change in bindings}
    view = ModelPins(pins=pins, with_history=sum(pin.binding in recorded for pin in pins))
    return scope.record(view, kind="registry", collector="security.pins@1", n=len(pins))


def verified_models(
    specification: Specification, loaded: Mapping[str, str], requests: Sequence[RequestRecord], scope: Scope
) -> Record:
    """Digests that were verified at load against pins, and model ids in answers against snapshots.

    `loaded` maps binding names to the digest that the loader computed itself.
    """
    active = specification.bound
    embedded = {
        name: binding.pin or ""
        for name, binding in specification.models.items()
        if name in active
        and binding.model != FILTERS
        and specification.upstreams[binding.upstream].kind == "embedded"
    }
    snapshots = {
        name: binding.snapshot
        for name, binding in specification.models.items()
        if name in active and binding.snapshot
    }
    managed = [r for r in requests if r.binding in snapshots and r.reached_upstream and _named(r)]
    view = VerifiedModels(
        loaded={name: loaded[name] for name in embedded if name in loaded},
        pinned=embedded,
        answers=len(managed),
        answers_of_another_model=sum(r.answered_by != snapshots[r.binding] for r in managed),
    )
    return scope.record(
        view, kind="signature", collector="security.weights@1", n=len(embedded) + len(managed)
    )


def _named(request: RequestRecord) -> bool:
    """Whether a model answered, also one whose answer was refused because it was not the snapshot."""
    return request.outcome == "answered" or request.error_code == "upstream_wrong_model"


def upstream_usage(
    counted: Mapping[str, int | None], requests: Sequence[RequestRecord], since: float, scope: Scope
) -> Record:
    """What upstreams counted since `since` (their own start), against the journal; None: it cannot be read."""
    read = {name: count for name, count in counted.items() if count is not None}
    metered = [r for r in requests if r.reached_upstream and r.upstream in read and r.opened_at >= since]
    view = UpstreamUsage(
        upstreams=sorted(read),
        unread=sorted(set(counted) - set(read)),
        upstream_requests=sum(read.values()),
        metered_requests=sum(r.attempts for r in metered),
    )
    return scope.record(view, kind="telemetry", collector="security.bypass@1", n=len(metered))


def source_resolution(
    requests: Sequence[RequestRecord], resolves: Callable[[str, str], bool], scope: Scope
) -> Record:
    """How many source ids of answers resolve; `resolves` takes a source id and a generation."""
    answers = [request for request in requests if request.sources]
    pairs = {(source.id, request.generation) for request in answers for source in request.sources}
    view = SourceResolution(
        answers=len(answers), sources=len(pairs), resolved=sum(resolves(*pair) for pair in sorted(pairs))
    )
    return scope.record(view, kind="telemetry", collector="security.sources@1", n=len(answers))


def lineage(indexes: Sequence[IndexLineage], scope: Scope) -> Record:
    """Whether every index tells source, licence, transform and digests."""
    unresolved = [f"{index.name}: {gap}" for index in indexes for gap in index.gaps]
    view = Lineage(
        indexes=len(indexes), documents=sum(index.documents for index in indexes), unresolved=unresolved
    )
    return scope.record(view, kind="registry", collector="security.lineage@1", n=view.documents)


def _unused_days(key: ApiKey, now: float) -> float:
    used = key.last_used_day
    since = datetime.fromisoformat(used).replace(tzinfo=UTC).timestamp() if used else key.created_at
    return (now - since) / DAY_S
