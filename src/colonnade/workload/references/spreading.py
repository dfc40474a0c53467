"""What a route says about its targets, and an upstream about its breaker, can be kept."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.errors import Fault
from colonnade.workload.references.draft import Draft


def targets_are_different(draft: Draft) -> Iterator[Fault]:
    """A model stands once among those that may answer for a route."""
    for name, route in draft.specification.routes.items():
        seen = {route.model}
        for index, target in enumerate(route.targets):
            path = ("routes", name, "targets", index, "model")
            if target.model and target.model in seen:
                yield draft.document.fault(path, "stands twice on this route", target.model, "take it out")
            seen.add(target.model)


def hedging_has_a_second_target(draft: Draft) -> Iterator[Fault]:
    """A second target is asked only where there is one."""
    for name, route in draft.specification.routes.items():
        if route.hedge and not route.targets:
            path = ("routes", name, "hedge")
            yield draft.document.fault(path, "means nothing with one model", "", "add `targets`", key=True)


def streams_are_not_resumed(draft: Draft) -> Iterator[Fault]:
    """No wire promises to go on from a text that was begun elsewhere, so that nothing is promised here either."""
    for name, route in draft.specification.routes.items():
        if route.resume:
            path = ("routes", name, "resume")
            remedy = "take it out: a stream that breaks ends with an error event"
            yield draft.document.fault(path, "is not implemented", "true", remedy)


def breakers_stay_open_no_longer_than_the_longest(draft: Draft) -> Iterator[Fault]:
    """The first time that a breaker stays open is no longer than the longest."""
    for name, upstream in draft.specification.upstreams.items():
        breaker = upstream.breaker
        if breaker and breaker.open_s > breaker.longest_open_s:
            path = ("upstreams", name, "breaker", "open_s")
            remedy = f"write at most {breaker.longest_open_s:g}, or raise `longest_open_s`"
            yield draft.document.fault(path, "is longer than the longest", f"{breaker.open_s:g}", remedy)


CHECKS = (
    targets_are_different,
    hedging_has_a_second_target,
    streams_are_not_resumed,
    breakers_stay_open_no_longer_than_the_longest,
)
