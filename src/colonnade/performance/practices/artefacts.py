"""Guide sections 5.1 and 5.2: what is served states its precision, and what is run by oneself has a reason."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from colonnade.evidence.imported.registries import ModelCard, ModelCards
from colonnade.evidence.imported.statements import SignedStatements
from colonnade.review.signal import signal
from colonnade.review.verdict import Verdict, holds, insufficient
from colonnade.review.vouched import unvouched
from colonnade.workload.sections.serving import WEB_KINDS, ModelBinding
from colonnade.workload.specification import Specification


@signal(
    "PERF-02",
    2,
    improve="write `precision` and `recipe`, or `uncompressed` with `reason` and `date`, into the card of the model that serves",
)
def what_is_served_states_its_precision(
    register: ModelCards, signed: SignedStatements, specification: Specification
) -> Verdict:
    """Every model that runs on own machines has a card of its digest, with precision and recipe or a dated reason."""
    if doubt := unvouched(register.export, signed):
        return doubt
    served = dict(_self_hosted(specification))
    if not served:
        return insufficient("no bound model runs on own machines")
    problems = [problem for name, model in served.items() if (problem := _problem(name, model, register))]
    return holds(not problems, f"{', '.join(served)} state precision and recipe", "; ".join(problems))


def _self_hosted(specification: Specification) -> Iterator[tuple[str, ModelBinding]]:
    """Bindings to weights of a known digest, and those that no web API answers."""
    for name in sorted(specification.bound):
        model = specification.models[name]
        if model.pin or specification.upstreams[model.upstream].kind not in WEB_KINDS:
            yield name, model


def _problem(name: str, model: ModelBinding, register: ModelCards) -> str:
    found = [card for card in register.cards if _is_card_of(card, model)]
    if not found:
        return f"{name} has no card of its {'digest' if model.pin else 'name'}"
    if any((card.precision and card.recipe) or _excused(card) for card in found):
        return ""
    return f"the card of {name} states neither precision and recipe, nor a dated reason"


def _is_card_of(card: ModelCard, model: ModelBinding) -> bool:
    return card.digest == model.pin if model.pin else card.name == model.model


def _excused(card: ModelCard) -> bool:
    try:
        date.fromisoformat(card.uncompressed_on)
    except ValueError:
        return False
    return bool(card.uncompressed_because)
