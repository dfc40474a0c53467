"""Numbers and places of different sections agree: caps fit contexts, records outlive the law, regions are permitted."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.errors import Fault
from colonnade.workload.prompts.address import parse_address
from colonnade.workload.references.draft import Draft
from colonnade.workload.sections.purpose import BudgetCeiling
from colonnade.workload.sections.serving import WEB_KINDS


def answers_fit_contexts(draft: Draft) -> Iterator[Fault]:
    """A prompt at its longest and the longest answer fit into the model's context together."""
    for name, route in draft.specification.routes.items():
        model = draft.specification.models.get(route.model)
        if model is None or route.endpoint != "chat":
            continue
        prompt = draft.prompts.usable.get(parse_address(route.prompt).name) if route.prompt else None
        budget = prompt.token_budget if prompt else 0
        if route.max_output_tokens + budget >= model.context_tokens:
            held = f"{route.max_output_tokens} of output and {budget} of prompt, of {model.context_tokens}"
            remedy = f"write less than {max(model.context_tokens - budget, 1)}"
            yield draft.document.fault(
                ("routes", name, "max_output_tokens"), "leaves no room in the model's context", held, remedy
            )


def chunks_overlap_less_than_whole(draft: Draft) -> Iterator[Fault]:
    """Passages move on: the overlap is smaller than the passage."""
    for name, knowledge in draft.specification.knowledge.items():
        if knowledge.overlap_tokens >= knowledge.chunk_tokens:
            path, remedy = ("knowledge", name, "overlap_tokens"), f"write less than {knowledge.chunk_tokens}"
            yield draft.document.fault(
                path, "is not below `chunk_tokens`", str(knowledge.overlap_tokens), remedy
            )


def records_outlive_the_law(draft: Draft) -> Iterator[Fault]:
    """Records and evidence are kept at least as long as `legal_minimum_days`."""
    retention = draft.specification.retention
    least = retention.legal_minimum_days
    for field in ("requests_days", "evidence_days"):
        days = getattr(retention, field)
        if days < least:
            path, remedy = ("retention", field), f"write at least {least}"
            yield draft.document.fault(path, "is below `legal_minimum_days`", str(days), remedy)


def regions_are_permitted(draft: Draft) -> Iterator[Fault]:
    """The workload runs where it may, and where it may lies within the residency."""
    placement, residency = draft.specification.placement, draft.specification.constraints.residency
    if placement.current and placement.permitted and placement.current not in placement.permitted:
        remedy = "add it to `placement.permitted`, or run elsewhere"
        yield draft.document.fault(
            ("placement", "current"), "is not among the permitted regions", placement.current, remedy
        )
    if not isinstance(residency, list):
        return
    for index, region in enumerate(placement.permitted):
        if region and region not in residency:
            path, remedy = (
                ("placement", "permitted", index),
                "add it to `constraints.residency`, or take it out",
            )
            yield draft.document.fault(path, "lies outside `constraints.residency`", region, remedy)


def upstreams_respect_residency(draft: Draft) -> Iterator[Fault]:
    """Where data must stay in regions, every upstream that a model uses says where it is, and is there."""
    residency = draft.specification.constraints.residency
    used = {model.upstream for model in draft.specification.models.values()}
    for name, upstream in draft.specification.upstreams.items() if isinstance(residency, list) else ():
        region = upstream.region or (None if upstream.kind in WEB_KINDS else _here(draft))
        path = ("upstreams", name, "region")
        if name not in used or not draft.document.judged(path) or upstream.kind is None:
            continue
        if region is None and upstream.kind in WEB_KINDS:
            remedy = "add its region, or write `constraints.residency: none`"
            yield draft.document.fault(
                path, "is missing, and `constraints.residency` asks for it", "", remedy, key=True
            )
        elif region and region not in residency:
            remedy = f"`constraints.residency` has {', '.join(str(each) for each in residency)}"
            yield draft.document.fault(path, "lies outside `constraints.residency`", region, remedy, key=True)


def _here(draft: Draft) -> str | None:
    return draft.specification.placement.current


def sampling_covers_the_environment(draft: Draft) -> Iterator[Fault]:
    """Only production has samples of its own; every other environment declares how much is enough."""
    review = draft.specification.review
    if review.environment not in ("production", *review.sampling):
        remedy = f"add `review.sampling.{review.environment}` with its `minimum_n` and `window_hours`"
        yield draft.document.fault(
            ("review", "environment"), "has no entry in `review.sampling`", review.environment, remedy
        )


def budgets_respect_the_ceiling(draft: Draft) -> Iterator[Fault]:
    """No budget promises more than `constraints.budget_ceiling` allows in a month."""
    ceiling = draft.specification.constraints.budget_ceiling
    if not isinstance(ceiling, BudgetCeiling):
        return
    for field in ("per_day_usd", "per_month_usd"):
        stated, path = getattr(draft.specification.budgets, field), ("budgets", field)
        if isinstance(stated, float) and stated > ceiling.per_month_usd and draft.document.judged(path):
            remedy = f"write at most {ceiling.per_month_usd:g}, or raise the ceiling"
            yield draft.document.fault(
                path, "is above `constraints.budget_ceiling.per_month_usd`", f"{stated:g}", remedy
            )


def budgets_warn_before_they_stop(draft: Draft) -> Iterator[Fault]:
    """A budget tells somebody twice before it is used up, at addresses that can be called."""
    budgets = draft.specification.budgets
    stated = [value for value in (budgets.per_day_usd, budgets.per_month_usd) if value != "none"]
    stated += [value for it in budgets.holders for value in (it.per_day_usd, it.per_month_usd) if value]
    useful = {share for share in budgets.warn_at if 0.0 < share < 1.0}
    path = ("budgets", "warn_at")
    if stated and draft.document.judged(path) and (len(useful) < 2 or len(useful) < len(budgets.warn_at)):
        remedy = "write two shares or more between 0 and 1, each once, e.g. [0.5, 0.8]"
        yield draft.document.fault(path, "does not warn twice before the cap", str(budgets.warn_at), remedy)
    for index, address in enumerate(budgets.notify):
        if address and not address.startswith(("http://", "https://")):
            where = ("budgets", "notify", index)
            yield draft.document.fault(where, "is no web address", "", "write `https://HOST/PATH`")


def limits_name_holders_that_exist(draft: Draft) -> Iterator[Fault]:
    """`only` names one of several holders, and a route or a model that it names exists."""
    for index, limit in enumerate(draft.specification.limits):
        path = ("limits", index, "only")
        if limit.only and limit.per == "workload":
            remedy = "take it out, or write another `per`"
            yield draft.document.fault(path, "names one holder where there is only one", limit.only, remedy)
        if limit.per == "route":
            yield from draft.unknown(path, limit.only, draft.specification.routes, "a route")
        if limit.per == "model":
            yield from draft.unknown(path, limit.only, draft.specification.models, "a model")


def counters_have_their_address(draft: Draft) -> Iterator[Fault]:
    """Counters that hosts share have an address, and those of one host have none."""
    counters, path = draft.specification.counters, ("counters", "url")
    if not draft.document.judged(path):
        return
    if counters.shared in {"valkey", "postgresql"} and counters.url is None:
        remedy = "name where it is found: `env:NAME` or `file:PATH`"
        yield draft.document.fault(
            path, f"is missing, and `{counters.shared}` needs it", "", remedy, key=True
        )
    if counters.shared == "host" and counters.url is not None:
        remedy = "take it out, or write `shared: valkey` or `shared: postgresql`"
        yield draft.document.fault(path, "is not used by counters of one host", "", remedy)


CHECKS = (
    answers_fit_contexts,
    chunks_overlap_less_than_whole,
    records_outlive_the_law,
    regions_are_permitted,
    upstreams_respect_residency,
    sampling_covers_the_environment,
    budgets_respect_the_ceiling,
    budgets_warn_before_they_stop,
    limits_name_holders_that_exist,
    counters_have_their_address,
)
