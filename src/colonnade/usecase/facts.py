"""Facts that traffic can confirm or contradict: who hosts the models, and whether answers use own knowledge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from colonnade.evidence.collection import Scope
from colonnade.evidence.record import Record
from colonnade.evidence.request import RequestRecord
from colonnade.review.facts import ObservedFacts
from colonnade.workload.sections.serving import WEB_KINDS
from colonnade.workload.specification import Specification


def observed_facts(specification: Specification, requests: Sequence[RequestRecord], scope: Scope) -> Record:
    """What the window's requests say of `hosting` and `rag`."""
    kinds = {name: upstream.kind for name, upstream in specification.upstreams.items()}
    served = [request for request in requests if request.reached_upstream and request.outcome == "answered"]
    hosts = [kinds.get(request.upstream, "") for request in served]
    hosting = _hosting(hosts)
    chats = [request for request in requests if request.endpoint == "chat" and request.outcome == "answered"]
    facts: dict[str, bool | float | str] = (
        {"rag": any(request.generation for request in chats)} if chats else {}
    )
    n: dict[str, int] = {"rag": len(chats)} if chats else {}
    if hosting:
        facts["hosting"], n["hosting"] = hosting, sum(kind in _HOSTING for kind in hosts)
    view = ObservedFacts(facts=facts, n=n)
    return scope.record(view, kind="telemetry", collector="usecase.facts@1", n=max(n.values(), default=0))


_HOSTING: Mapping[str, str] = {"embedded": "self", **dict.fromkeys(WEB_KINDS, "managed")}


def _hosting(kinds: Sequence[str]) -> str:
    seen = {_HOSTING[kind] for kind in kinds if kind in _HOSTING}
    if not seen:
        return ""
    return "hybrid" if len(seen) > 1 else seen.pop()
