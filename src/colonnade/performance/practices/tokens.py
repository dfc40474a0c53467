"""Guide section 5.3: prompts carry no dead weight, answers are bounded, the same prompt is not paid twice."""

from __future__ import annotations

from colonnade.evidence.effective import RouteTable
from colonnade.performance.evidence import CacheReplay, CacheUse, OutputLengths, PromptSizes
from colonnade.review.asked import only_read_back
from colonnade.review.proportions import none_of, share_at_most
from colonnade.review.signal import signal
from colonnade.review.verdict import Verdict, holds, insufficient, met, unmet
from colonnade.workload.sections.promises import Sampling
from colonnade.workload.specification import Specification


@signal(
    "PERF-09",
    1,
    improve="shorten the prompt, give fewer passages, or raise `token_budget` in its front matter",
)
def prompts_stay_within_their_budget(prompts: PromptSizes, sampling: Sampling) -> Verdict:
    """Input tokens, p50 and p95, are within the prompt's budget."""
    seen = [size for size in prompts.sizes if size.n >= sampling.minimum_n]
    if not seen:
        return insufficient(
            f"no prompt was used {sampling.minimum_n} times", n=sum(s.n for s in prompts.sizes)
        )
    told = ", ".join(f"{size.prompt}: p50 {size.p50}, p95 {size.p95} of {size.budget}" for size in seen)
    over = [size for size in seen if size.budget <= 0 or size.p95 > size.budget]
    return unmet(told, n=sum(s.n for s in seen)) if over else met(told, n=sum(s.n for s in seen))


@signal("PERF-10", 1, improve="set `max_output_tokens` on every route; the cap stage enforces it")
def every_route_has_a_cap(configuration: RouteTable) -> Verdict:
    """Every chat route caps its answers, as the serving gateway reads itself back."""
    bare = [
        route.name for route in configuration.routes if route.endpoint == "chat" and route.output_cap <= 0
    ]
    verdict = holds(
        not bare, f"{len(configuration.routes)} routes, all capped", f"without a cap: {', '.join(bare)}"
    )
    return only_read_back(verdict, configuration)


@signal(
    "PERF-10", 2, improve="raise `max_output_tokens` or ask for shorter answers where truncation is frequent"
)
def answers_stay_within_their_cap(
    output: OutputLengths, specification: Specification, sampling: Sampling
) -> Verdict:
    """No request goes without a cap; length and truncation are within target."""
    capped = none_of(
        output.without_cap + output.over_cap, output.requests, sampling, "requests went beyond a cap"
    )
    if capped.outcome != "pass":
        return capped
    limit = specification.slo.output_tokens_p95
    if limit is not None and output.p95 > limit:
        return unmet(
            f"p95 of {output.p95} output tokens, asked: at most {limit}", value=output.p95, threshold=limit
        )
    share = specification.slo.truncated_share_max
    return share_at_most(output.truncated, output.requests, share, sampling, "answers were cut at their cap")


@signal("PERF-11", 1, improve="set `cache: exact` on routes whose answers are deterministic")
def cache_ratios_are_recorded(cache: CacheUse) -> Verdict:
    """Hit ratios of our own cache and of upstream prefix caches, and tokens avoided, are recorded."""
    if cache.requests == 0 and cache.prefix_tokens == 0:
        return unmet("no route with a cache was called, and no provider read anything from its own")
    share = cache.prefix_tokens / cache.input_tokens if cache.input_tokens else 0.0
    told = (
        f"{cache.hits} hits of {cache.requests}, {cache.tokens_avoided} tokens avoided; providers read"
        f" {cache.prefix_tokens} of {cache.input_tokens} input tokens from their caches ({share:.1%})"
    )
    ratio = cache.hits / cache.requests if cache.requests else share
    return met(told, value=ratio, n=cache.requests)


@signal("PERF-11", 2, improve="run `colonnade drill run cache-replay`")
def a_replay_was_not_paid_twice(drill: CacheReplay) -> Verdict:
    """The replay gave the same body without an upstream call; another version missed."""
    if not drill.first_reached_upstream:
        return insufficient("the first request did not reach the upstream, so its replay proves nothing")
    problems = [] if drill.same_body else ["the replay's body differs"]
    problems += ["the replay reached the upstream"] if drill.second_reached_upstream else []
    problems += [] if drill.changed_version_missed else ["another prompt version was answered from the cache"]
    return holds(not problems, "same body, no upstream call; another version missed", "; ".join(problems))
