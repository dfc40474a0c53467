"""The size of a managed model is known or guessed, with the guess marked as one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import msgspec

from colonnade.sustainability.span import Span
from colonnade.sustainability.tables import text
from colonnade.workload.sections.serving import ModelSize

TABLE = "ecologits-models-0.11.3.json"
PROVIDERS = {
    "anthropic": "anthropic",
    "cohere": "cohere",
    "google": "google_genai",
    "huggingface": "huggingface_hub",
    "mistral": "mistralai",
    "openai": "openai",
}
"""Provider ids of the price list -> those of the table."""


@dataclass(frozen=True, slots=True)
class Size:
    """Parameters in billions, in all and active for a token; tokens per second and seconds to the first one.

    `tier` says whether the architecture was published (`modelled_open`) or is a guess (`modelled_closed`).
    """

    total_b: Span
    active_b: Span
    tier: Literal["modelled_open", "modelled_closed"]
    source: str
    tokens_per_s: float | None = None
    first_token_s: float = 0.0


def stated(size: ModelSize) -> Size:
    """The size that the owner states in `models.X.size`; one number for both bounds counts as published."""
    total, active = Span(size.total_min_b, size.total_max_b), Span(size.active_min_b, size.active_max_b)
    exact = total.low == total.high and active.low == active.high
    return Size(total, active, "modelled_open" if exact else "modelled_closed", "models.*.size")


def published(provider: str | None, model: str) -> Size | None:
    """The size of a model of a provider by the table of EcoLogits, or None."""
    return _table().get((PROVIDERS.get(provider or "", ""), model))


@cache
def _table() -> dict[tuple[str, str], Size]:
    data = msgspec.json.decode(text(TABLE))
    sizes = {(it["provider"], it["name"]): _size(it) for it in data["models"]}
    for alias in data["aliases"]:
        sizes[alias["provider"], alias["name"]] = sizes[alias["provider"], alias["alias"]]
    return sizes


def _size(entry: Any) -> Size:
    parameters, speed = entry["architecture"]["parameters"], entry["deployment"] or {}
    mixture = entry["architecture"]["type"] == "moe"
    guessed = "model-arch-not-released" in (entry["warnings"] or ())
    return Size(
        total_b=_span(parameters["total"] if mixture else parameters),
        active_b=_span(parameters["active"] if mixture else parameters),
        tier="modelled_closed" if guessed else "modelled_open",
        source="ecologits 0.11.3",
        tokens_per_s=speed.get("tps"),
        first_token_s=speed.get("ttft") or 0.0,
    )


def _span(value: Any) -> Span:
    return Span(value["min"], value["max"]) if isinstance(value, dict) else Span(value, value)
