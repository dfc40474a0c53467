"""The energy and making of an answer from a model in somebody's data centre, by the formulas of EcoLogits 0.11.

Fitted on H100 GPUs by ML.ENERGY; coefficients and their sources stand in `data/energy-model-constants.json`
(doi 10.21105/joss.07471). Not modelled: reading the prompt, the provider's caches, idle and spare capacity, other
chips, the network.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from colonnade.sustainability.model_sizes import Size
from colonnade.sustainability.sci import embodied_share_g
from colonnade.sustainability.span import Span
from colonnade.sustainability.tables import constants

_YEAR_S = 365 * 24 * 3600.0
_PUE_NAMES = {"openai": "openai_azure", "azure": "openai_azure", "huggingface": "huggingface_hub"}


@dataclass(frozen=True, slots=True)
class Use:
    """What one answer took: watt-hours including the building's overhead, and grams of CO2e of making the machines."""

    energy_wh: Span
    embodied_g: Span


def managed_use(size: Size, output_tokens: int, pue: Span, latency_s: float = math.inf) -> Use:
    """The use of one answer; the bounds are those of the guessed size and of the power usage effectiveness.

    `latency_s` is the measured time of the call; the model's own estimate is taken where it is shorter.
    """
    low, high = (
        _Bound.of(active, total, size, output_tokens, latency_s)
        for active, total in ((size.active_b.low, size.total_b.low), (size.active_b.high, size.total_b.high))
    )
    embodied = sorted((low.embodied_g, high.embodied_g))
    energy = sorted((low.it_wh, high.it_wh))
    return Use(Span(*energy) * pue, Span(*embodied))


def overhead(provider: str | None) -> Span:
    """Power usage effectiveness of a provider, or of all providers in the table where it is not one of them."""
    table = constants()["provider_defaults_pue_wue"]
    name = _PUE_NAMES.get(provider or "", provider or "")
    if name in table:
        return Span(*table[name]["pue"])
    known = [bound for row in table.values() if isinstance(row, dict) for bound in row["pue"]]
    return Span(min(known), max(known))


@dataclass(frozen=True, slots=True)
class _Bound:
    """One end of the span: a definite number of parameters."""

    it_wh: float
    embodied_g: float

    @classmethod
    def of(cls, active_b: float, total_b: float, size: Size, tokens: int, latency_s: float) -> _Bound:
        model = constants()["text_inference_model"]
        gpus = _gpus(total_b, model)
        seconds = min(latency_s, tokens * _seconds_per_token(active_b, size, model) + size.first_token_s)
        server_wh = seconds / 3600 * 1000 * model["server_power_kw_without_gpu"] * gpus / model["server_gpus"]
        gpu_wh = tokens * _gpu_wh_per_token(active_b, model)
        batch = model["batch_size_B"]
        return cls(server_wh / batch + gpus * gpu_wh, _embodied_g(gpus, seconds / batch, model))


def _gpus(total_b: float, model: Any) -> int:
    """GPUs that hold the weights: the next power of two."""
    memory_gb = 1.2 * total_b * model["weight_bits_Q"] / 8
    needed = math.ceil(memory_gb / model["gpu_memory_gb"])
    return int(2 ** math.ceil(math.log2(needed)))


def _gpu_wh_per_token(active_b: float, model: Any) -> float:
    slope: float = model["alpha"] * math.exp(model["beta"] * model["batch_size_B"])
    return slope * active_b + float(model["gamma"])


def _seconds_per_token(active_b: float, size: Size, model: Any) -> float:
    if size.tokens_per_s:
        return 1 / size.tokens_per_s
    return float(model["a"] * active_b + model["b"] * model["batch_size_B"] + model["c"])


def _embodied_g(gpus: int, reserved_s: float, model: Any) -> float:
    made = model["embodied"]
    server_g, gpu_g = (1000 * made[part]["gwp_kg"] for part in ("server_without_gpu", "gpu_h100"))
    lifetime_s = made["lifetime_years"] * _YEAR_S
    server = embodied_share_g(server_g, reserved_s, lifetime_s, gpus, model["server_gpus"])
    return server + gpus * embodied_share_g(gpu_g, reserved_s, lifetime_s, 1, 1)
