"""What the owner declares can be read one way only: indicators, people and grounding do not contradict themselves."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.errors import Fault
from colonnade.workload.references.draft import Draft


def indicators_are_distinct_and_known(draft: Draft) -> Iterator[Fault]:
    """Every indicator has an id of its own and a query that exists."""
    ids: set[str] = set()
    for index, indicator in enumerate(draft.specification.kpis):
        if indicator.id and indicator.id in ids:
            yield draft.document.fault(
                ("kpis", index, "id"), "is used twice", indicator.id, "give it another id"
            )
        ids.add(indicator.id)
        path = ("kpis", index, "query")
        yield from draft.unknown(path, indicator.query, draft.known.indicators, "an indicator query")


def stakeholders_are_distinct(draft: Draft) -> Iterator[Fault]:
    """Nobody stands twice in the same role."""
    seen: set[tuple[str, str]] = set()
    for index, person in enumerate(draft.specification.stakeholders):
        entry = (person.role, person.name)
        if all(entry) and entry in seen:
            yield draft.document.fault(("stakeholders", index), "stands twice in the same role", person.name)
        seen.add(entry)


def grounding_is_what_routes_do(draft: Draft) -> Iterator[Fault]:
    """`rag.enabled` is true exactly when some route uses knowledge."""
    enabled = draft.specification.rag.enabled
    grounded = [name for name, route in draft.specification.routes.items() if route.knowledge]
    path = ("rag", "enabled")
    if enabled is True and not grounded:
        remedy = "add `knowledge` to a route, or write `false` and why"
        yield draft.document.fault(path, "is true, and no route uses knowledge", "true", remedy)
    if enabled is False and grounded:
        remedy = "write `true`, or take the knowledge from the route"
        yield draft.document.fault(
            path, f"is false, and route `{grounded[0]}` uses knowledge", "false", remedy
        )


def addresses_are_addresses(draft: Draft) -> Iterator[Fault]:
    """An upstream's base URL can be called."""
    for name, upstream in draft.specification.upstreams.items():
        url = upstream.base_url
        if url and not url.startswith(("http://", "https://")):
            remedy = "write `https://HOST/v1`"
            yield draft.document.fault(("upstreams", name, "base_url"), "is no web address", "", remedy)


CHECKS = (
    indicators_are_distinct_and_known,
    stakeholders_are_distinct,
    grounding_is_what_routes_do,
    addresses_are_addresses,
)
