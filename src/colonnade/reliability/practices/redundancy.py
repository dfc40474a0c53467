"""Guide section 4.1: no single upstream takes the service down, and the failure of one stays contained."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.evidence.effective import RouteConfiguration, RouteTable, UpstreamConfiguration
from colonnade.reliability.evidence import Retries, ServedFrom, TargetShare, TargetShares
from colonnade.review.asked import only_read_back
from colonnade.review.proportions import percent, wilson_lower, wilson_upper
from colonnade.review.signal import signal
from colonnade.review.verdict import Verdict, holds, insufficient, met, unmet
from colonnade.workload.sections.promises import Sampling


@signal(
    "REL-01", 2, improve="give routes `targets` on another upstream, and let them share the traffic (tier 0)"
)
def traffic_was_served_from_two_places(served: ServedFrom, sampling: Sampling) -> Verdict:
    """Answers really came from two or more zones or upstreams in the window."""
    n = sum(served.upstreams.values())
    told = ", ".join(f"{name}: {count}" for name, count in sorted(served.upstreams.items()))
    if n < sampling.minimum_n:
        return insufficient(f"{n} answers; at least {sampling.minimum_n} are needed", n=n)
    places = served.zones if len(served.zones) > 1 else served.upstreams
    if len(places) < 2:
        return unmet(f"every answer came from the same place ({told})", n=n)
    return met(f"answers by upstream: {told}", value=float(len(places)), n=n)


@signal("REL-02", 1, improve="give every route a second target; the gateway looks at all upstreams by itself")
def every_route_has_two_targets_that_are_looked_at(configuration: RouteTable) -> Verdict:
    """Each route has two or more targets with weights, on upstreams whose health is looked at without a call."""
    looked_at = {upstream.name for upstream in configuration.upstreams if upstream.looked_at_s > 0}
    problems = [problem for route in configuration.routes for problem in _alone(route, looked_at)]
    verdict = holds(
        not problems,
        f"{len(configuration.routes)} routes, each with two or more targets that are looked at",
        "; ".join(problems),
    )
    return only_read_back(verdict, configuration)


@signal("REL-02", 2, improve="look at `colonnade explain request ID`: its story says why a target was chosen")
def traffic_is_shared_as_intended(spread: TargetShares, sampling: Sampling) -> Verdict:
    """Observed shares are not in contradiction to the weights, and targets left alone got nothing."""
    if spread.to_sick:
        return unmet(
            f"{spread.to_sick} requests were tried at a target whose breaker was open", n=spread.attempts
        )
    counted = [share for share in spread.shares if share.n >= sampling.minimum_n]
    if not counted:
        return insufficient(f"no route was called {sampling.minimum_n} times", n=spread.attempts)
    told = "; ".join(_told(share) for share in counted)
    astray = [share for share in counted if _astray(share)]
    return unmet(told, n=spread.attempts) if astray else met(told, n=spread.attempts)


@signal(
    "REL-04",
    1,
    improve="give every route a target on another upstream, and `retry.attempts` of two or more",
)
def calls_to_models_are_bounded(configuration: RouteTable) -> Verdict:
    """Each upstream has timeout, retry share and breaker; each route retries with jitter and has a fallback."""
    if not configuration.upstreams:
        return unmet("nothing retries, breaks or falls back")
    problems = [problem for upstream in configuration.upstreams for problem in _unbounded(upstream)]
    problems += [problem for route in configuration.routes for problem in _unprotected(route)]
    verdict = holds(
        not problems,
        f"{len(configuration.upstreams)} upstreams with timeout, retry share and breaker; every route has a fallback",
        "; ".join(problems),
    )
    return only_read_back(verdict, configuration)


@signal(
    "REL-04", 2, improve="lower `retry.attempts` or `upstreams.*.retry_share`, and mend what keeps failing"
)
def attempts_stay_within_the_retry_budget(retries: Retries, sampling: Sampling) -> Verdict:
    """Tries after a failure stay within each upstream's share, and breakers that opened are in the ledger."""
    beyond = [it for it in retries.upstreams if it.retries > it.allowed]
    told = f"{retries.attempts} attempts for {retries.requests} requests"
    if beyond:
        over = ", ".join(f"{it.upstream}: {it.retries} retries, {it.allowed:.0f} allowed" for it in beyond)
        return unmet(f"{told}; {over}", n=retries.requests)
    if retries.unexplained:
        return unmet(
            f"{retries.unexplained} requests met an open breaker that no record explains", n=retries.requests
        )
    if retries.requests < sampling.minimum_n:
        return insufficient(f"{told}; at least {sampling.minimum_n} are needed", n=retries.requests)
    ratio = retries.attempts / retries.requests
    breakers = f"{retries.transitions} transitions of breakers recorded"
    return met(f"{told}; {breakers}", value=ratio, n=retries.requests)


def _alone(route: RouteConfiguration, looked_at: set[str]) -> Iterator[str]:
    weighed = [target for target in route.targets if target.weight > 0]
    if len(weighed) < 2:
        yield f"{route.name} has {len(weighed)} target{'s' if len(weighed) != 1 else ''}"
    blind = sorted({target.upstream for target in weighed} - looked_at)
    if blind:
        yield f"{route.name}: {', '.join(blind)} not looked at"


def _unbounded(upstream: UpstreamConfiguration) -> Iterator[str]:
    bounds = {
        "timeout": upstream.timeout_s,
        "retry share": upstream.retry_share,
        "breaker": upstream.breaker_failures,
        "time that its breaker stays open": upstream.breaker_open_s,
    }
    missing = [name for name, value in bounds.items() if value <= 0]
    if missing:
        yield f"{upstream.name} without {', '.join(missing)}"


def _unprotected(route: RouteConfiguration) -> Iterator[str]:
    if route.timeout_s <= 0:
        yield f"{route.name} without a deadline"
    if route.attempts < 2 or route.retry_jitter_s <= 0:
        yield f"{route.name} without retries with jitter"
    if len({target.upstream for target in route.targets}) < 2:
        yield f"{route.name} without a fallback on another upstream"


def _astray(share: TargetShare) -> bool:
    """Whether the observed share contradicts the wished one; without weights, whether the target got nothing at all."""
    if share.wished <= 0.0:
        return share.asked == 0
    lower, upper = wilson_lower(share.asked, share.n), wilson_upper(share.asked, share.n)
    return not lower <= share.wished <= upper


def _told(share: TargetShare) -> str:
    seen = f"{share.route}: {share.target} got {share.asked} of {share.n}"
    return f"{seen}, asked: {percent(share.wished)}" if share.wished > 0.0 else seen
