"""Collectors of step 5 over the journal."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence

from colonnade.evidence.collection import Scope
from colonnade.evidence.record import Record
from colonnade.evidence.request import RequestRecord
from colonnade.performance.evidence import OutputLengths, PromptSize, PromptSizes
from colonnade.workload.specification import Specification


def prompt_sizes(requests: Sequence[RequestRecord], budgets: Mapping[str, int], scope: Scope) -> Record:
    """Input tokens per prompt beside its budget; cache hits spend none and do not count."""
    tokens: dict[str, list[int]] = defaultdict(list)
    for request in requests:
        if request.prompt_name and request.reached_upstream and request.outcome == "answered":
            tokens[request.prompt_name].append(request.fresh_input + request.cache_read + request.cache_write)
    sizes = [
        PromptSize(
            prompt=name, budget=budgets.get(name, 0), n=len(seen), p50=_rank(seen, 0.5), p95=_rank(seen, 0.95)
        )
        for name, seen in sorted(tokens.items())
    ]
    total = sum(size.n for size in sizes)
    return scope.record(
        PromptSizes(sizes=sizes), kind="telemetry", collector="performance.prompts@1", n=total
    )


def output_lengths(specification: Specification, requests: Sequence[RequestRecord], scope: Scope) -> Record:
    """Caps, lengths and truncations of chat answers that a model gave.

    An answer counts as truncated where the route's cap cut it, not where the caller asked for less.
    """
    chats = [r for r in requests if r.endpoint == "chat" and r.reached_upstream]
    answered = [r for r in chats if r.outcome == "answered"]
    view = OutputLengths(
        requests=len(chats),
        without_cap=sum(r.output_cap <= 0 for r in chats),
        over_cap=sum(0 < r.output_cap < r.output for r in answered),
        p95=_rank([r.output for r in answered], 0.95),
        truncated=sum(_cut_by_cap(specification, r) for r in answered),
    )
    return scope.record(view, kind="telemetry", collector="performance.output@1", n=len(chats))


def _cut_by_cap(specification: Specification, request: RequestRecord) -> bool:
    route = specification.routes.get(request.route)
    return request.finish == "length" and (route is None or request.output_cap >= route.max_output_tokens)


def _rank(values: Sequence[int], share: float) -> int:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)] if ordered else 0
