"""What a route says about its targets, and an upstream about its breaker, can be kept."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.errors import Fault
from colonnade.workload.references.draft import Draft
from colonnade.workload.sections.serving import Route


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


def resumed_streams_have_somewhere_to_go(draft: Draft) -> Iterator[Fault]:
    """A stream is continued by an upstream that goes on with a text that was begun; most wires take it for a finished turn."""
    for name, route in draft.specification.routes.items():
        path = ("routes", name, "resume")
        if not route.resume:
            continue
        if route.endpoint != "chat":
            yield draft.document.fault(path, f"means nothing at `{route.endpoint}`", "true", "take it out")
        elif route.hedge:
            yield draft.document.fault(path, "cannot stand beside `hedge`", "true", "take one of them out")
        elif (kinds := _unable(draft, route)) is not None:
            problem = f"needs a target that can go on with a text that was begun; none of {kinds} can"
            remedy = "name `prefill` of an `openai_compatible` upstream that can (vLLM, SGLang, llama.cpp), or add one"
            yield draft.document.fault(path, problem, "true", remedy)


def _unable(draft: Draft, route: Route) -> str | None:
    """The kinds of upstreams of a route if none of them can continue a text; None where one can, or is not known."""
    models = [draft.specification.models.get(it) for it in (route.model, *(t.model for t in route.targets))]
    upstreams = [draft.specification.upstreams.get(it.upstream) for it in models if it is not None]
    found = [it for it in upstreams if it is not None]
    if not found or len(found) < len(models) or any(it.continues for it in found):
        return None
    return ", ".join(sorted({f"`{it.kind}`" for it in found}))


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
    resumed_streams_have_somewhere_to_go,
    breakers_stay_open_no_longer_than_the_longest,
)
