"""Collectors of step 4 over the journal: from where calls were served, how they were spread, and how often retried."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, inf

from colonnade.evidence.change import Change
from colonnade.evidence.collection import Scope
from colonnade.evidence.record import Record
from colonnade.evidence.request import RequestRecord
from colonnade.reliability.budget import FLOOR_A_MINUTE
from colonnade.reliability.choosing import STAGE
from colonnade.reliability.evidence import Retries, ServedFrom, TargetShare, TargetShares, UpstreamRetries
from colonnade.reliability.hedging import LOST
from colonnade.workload.sections.serving import Route
from colonnade.workload.specification import Specification

Requests = Sequence[RequestRecord]
_SPARED = "left alone"
"""How the stage `spread` says in a call's story that a breaker was open (`Target.complaint`)."""


def served_from(specification: Specification, requests: Requests, scope: Scope) -> Record:
    """Answers of models by upstream and by zone."""
    answered = [r for r in requests if r.outcome == "answered" and r.reached_upstream]
    upstreams = Counter(r.upstream for r in answered)
    zones: Counter[str] = Counter()
    for name, count in upstreams.items():
        declared = specification.upstreams.get(name)
        if declared is not None and declared.zone:
            zones[declared.zone] += count
    view = ServedFrom(upstreams=dict(upstreams), zones=dict(zones))
    return scope.record(view, kind="telemetry", collector="reliability.served-from@1", n=len(answered))


def target_shares(
    specification: Specification, requests: Requests, changes: Sequence[Change], scope: Scope
) -> Record:
    """First attempts by target beside the weights, and attempts at targets that were to be left alone."""
    outages = Outages.of(changes)
    tried = [r for r in requests if r.tried]
    shares: list[TargetShare] = []
    for name, route in specification.routes.items():
        undisturbed = [r for r in tried if r.route == name and not outages.disturbed(r, _targets(route))]
        shares += _shares(name, route, undisturbed)
    view = TargetShares(
        shares=shares,
        attempts=sum(len(r.tried) for r in tried),
        to_sick=sum(outages.asked_the_sick(r) for r in tried),
    )
    return scope.record(view, kind="telemetry", collector="reliability.shares@1", n=len(tried))


def retries(
    specification: Specification, requests: Requests, changes: Sequence[Change], scope: Scope
) -> Record:
    """Attempts that followed a failure, by the upstream that failed, and whether breakers left a trace."""
    tried = [r for r in requests if r.tried]
    spared = [r for r in requests if _was_spared(r)]
    opened = [change for change in changes if change.after == "open"]
    view = Retries(
        requests=len(tried),
        attempts=sum(r.attempts for r in tried),
        upstreams=retries_of(specification, tried),
        transitions=len(changes),
        spared=len(spared),
        unexplained=sum(not _explained(r, specification, opened) for r in spared),
    )
    return scope.record(view, kind="telemetry", collector="reliability.retries@1", n=len(tried))


def retries_of(specification: Specification, requests: Requests) -> list[UpstreamRetries]:
    """Tries that followed a failure at each upstream, beside what its retry share and the floor allow."""
    tried = [r for r in requests if r.tried]
    calls = Counter(r.tried[0].upstream for r in tried)
    again = Counter(upstream for r in tried for upstream in _failed_before(r))
    minutes = _minutes(tried)
    return [
        UpstreamRetries(
            upstream=name,
            calls=calls[name],
            retries=again[name],
            allowed=_allowed(specification.upstreams[name].retry_share, calls[name], minutes),
        )
        for name in sorted(set(calls) | set(again))
        if name in specification.upstreams
    ]


@dataclass(frozen=True, slots=True)
class Outage:
    """A breaker was open from `began` to `probed`, and closed again at `ended`; seconds since the epoch."""

    target: str
    began: float
    probed: float
    ended: float


@dataclass(frozen=True, slots=True)
class Outages:
    """The outages that the ledger knows; `one_host` says whether all were seen by the same host, whose clock counts."""

    outages: tuple[Outage, ...]
    one_host: bool

    @classmethod
    def of(cls, changes: Sequence[Change]) -> Outages:
        """Read the changes of kind `breaker`, oldest first."""
        found = [outage for name in {change.name for change in changes} for outage in _outages(name, changes)]
        return cls(tuple(found), len({change.actor for change in changes}) <= 1)

    def disturbed(self, request: RequestRecord, targets: frozenset[str]) -> bool:
        """Whether a breaker of these targets was not closed while the request was under way."""
        return any(
            it.target in targets and it.began <= request.closed_at and request.opened_at <= it.ended
            for it in self.outages
        )

    def asked_the_sick(self, request: RequestRecord) -> bool:
        """Whether it was tried at a target that was left alone from before it came until after it was closed."""
        bindings = {each.binding for each in request.tried}
        return self.one_host and any(
            it.target in bindings and it.began < request.opened_at and request.closed_at < it.probed
            for it in self.outages
        )


def _outages(name: str, changes: Sequence[Change]) -> Iterator[Outage]:
    """Each stretch from `open` to the next probe; the stretches of one outage end at the same time."""
    mine = sorted((change for change in changes if change.name == name), key=lambda change: change.at)
    for place, change in enumerate(mine):
        if change.after == "open":
            later = mine[place + 1 :]
            probed = next((each.at for each in later if each.after == "half_open"), inf)
            ended = next((each.at for each in later if each.after == "closed"), inf)
            yield Outage(name, change.at, probed, ended)


def _targets(route: Route) -> frozenset[str]:
    return frozenset((route.model, *(target.model for target in route.targets)))


def _shares(name: str, route: Route, requests: Requests) -> Iterator[TargetShare]:
    weights = {route.model: route.balance.weight}
    for each in route.targets:
        if each.tier == 0:
            weights.setdefault(each.model, each.weight)
    by_weight = route.balance.strategy == "weighted" and route.balance.stick == "none"
    asked = Counter(request.tried[0].binding for request in requests)
    total = sum(weights.values())
    for target, weight in weights.items():
        wished = weight / total if by_weight else 0.0
        yield TargetShare(route=name, target=target, wished=wished, asked=asked[target], n=len(requests))


def _failed_before(request: RequestRecord) -> Iterator[str]:
    """The upstreams whose failure was followed by another try; what lost a race was none."""
    tries = [each for each in request.tried if each.error != LOST]
    return (each.upstream for each in tries[:-1] if each.error)


def _allowed(share: float, calls: int, minutes: int) -> float:
    return share * calls + FLOOR_A_MINUTE * minutes if share > 0.0 else 0.0


def _minutes(requests: Requests) -> int:
    """Minutes of the clock that the requests touch, since the floor is counted by them."""
    if not requests:
        return 0
    return ceil((max(r.closed_at for r in requests) - min(r.opened_at for r in requests)) / 60.0) + 1


def _was_spared(request: RequestRecord) -> bool:
    told = any(line.stage == STAGE and _SPARED in line.what for line in request.decisions)
    return told or request.error_code == "no_target_well"


def _explained(request: RequestRecord, specification: Specification, opened: Sequence[Change]) -> bool:
    route: Mapping[str, Route] = specification.routes
    if request.route not in route:
        return True  # of a route that is no more: nothing is known of its targets
    targets = _targets(route[request.route])
    return any(change.name in targets and change.at <= request.closed_at for change in opened)
