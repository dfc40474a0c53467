"""Guide section 5.2: content that is wanted often is cached, fresh, and never another tenant's."""

from __future__ import annotations

from colonnade.performance.evidence import CacheIsolation, CacheUse
from colonnade.review.proportions import none_of, share_at_most
from colonnade.review.signal import signal
from colonnade.review.verdict import Verdict, holds, insufficient, met
from colonnade.workload.sections.promises import Sampling
from colonnade.workload.specification import Specification


@signal(
    "PERF-07",
    1,
    improve="set `cache: exact` or `semantic` on routes that are asked the same again; where similar answers differ,"
    " raise `semantic.floor`",
)
def cached_answers_save_and_are_fresh(
    cache: CacheUse, specification: Specification, sampling: Sampling
) -> Verdict:
    """Hits, tokens and time saved are recorded; no answer was given past its time limit, few similar ones were wrong."""
    if not cache.hits:
        return insufficient("no request was answered from a cache", n=cache.requests)
    wrong = _wrong(cache, specification, sampling)
    if wrong is not None:
        return wrong
    fresh = none_of(cache.late, cache.aged, sampling, "answers were given past their time limit")
    if fresh.outcome != "pass":
        return fresh
    saved = (
        f"{cache.tokens_avoided} tokens, {cache.saved_ms / 1000.0:.1f} s and {cache.saved_usd:.4f} USD saved"
    )
    told = f"{cache.hits} hits of {cache.requests}, {saved}; {fresh.reason}{_compared(cache)}"
    return met(told, value=cache.hits / cache.requests, n=cache.requests)


@signal("PERF-07", 2, improve="run `colonnade drill run cache-isolation`")
def tenants_never_share_and_bad_entries_are_refused(drill: CacheIsolation) -> Verdict:
    """A second tenant missed, an entry that was thrown away is gone, and an altered one is refused."""
    if not drill.was_cached:
        return insufficient("the first tenant's own answer was not cached, so the others prove nothing")
    problems = [] if drill.second_tenant_missed else ["a second tenant was given the first one's answer"]
    problems += [] if drill.invalidation_removed else ["an answer that was thrown away was given again"]
    problems += [] if drill.poisoned_refused else ["an altered answer was given"]
    return holds(
        not problems, "a second tenant missed; thrown away is gone; altered is refused", "; ".join(problems)
    )


def _wrong(cache: CacheUse, specification: Specification, sampling: Sampling) -> Verdict | None:
    """The first route on which too many similar answers are proven to differ."""
    for use in cache.by_similarity:
        route = specification.routes.get(use.route)
        if route is None or not use.held_out:
            continue
        limit = route.semantic.false_hits_max
        what = f"similar answers of route {use.route} differed from the model's"
        verdict = share_at_most(use.differed, use.held_out, limit, sampling, what)
        if verdict.outcome == "fail":
            return verdict
    return None


def _compared(cache: CacheUse) -> str:
    held_out = sum(use.held_out for use in cache.by_similarity)
    differed = sum(use.differed for use in cache.by_similarity)
    return f"; {differed} of {held_out} similar answers that were held out differed" if held_out else ""
