"""The energy and making of an answer from a model in somebody's data centre, by the formulas of EcoLogits 0.11.

Fitted on H100 GPUs by ML.ENERGY; coefficients and their sources stand in `data/energy-model-constants.json`
(doi 10.21105/joss.07471). Not modelled: reading the prompt, the provider's caches, idle and spare capacity, other
chips, the network.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import msgspec

from colonnade.sustainability.model_sizes import Size
from colonnade.sustainability.sci import embodied_share_g
from colonnade.sustainability.span import Span
from colonnade.sustainability.tables import constants

_YEAR_S = 365 * 24 * 3600.0
_PUE_NAMES = {"openai": "openai_azure", "azure": "openai_azure", "huggingface": "huggingface_hub"}


class Use(msgspec.Struct, frozen=True, gc=False):
    """What one answer took: watt-hours including the building's overhead, and grams of CO2e of making the machines."""

    energy_wh: Span
    embodied_g: Span


def managed_use(size: Size, output_tokens: int, pue: Span, latency_s: float = math.inf) -> Use:
    """The use of one answer; the bounds are those of the guessed size and of the power usage effectiveness.

    `latency_s` is the measured time of the call; the model's own estimate is taken where it is shorter.
    """
    return Machines.of(size).use(output_tokens, pue, latency_s)


def overhead(provider: str | None) -> Span:
    """Power usage effectiveness of a provider, or of all providers in the table where it is not one of them."""
    table = constants()["provider_defaults_pue_wue"]
    name = _PUE_NAMES.get(provider or "", provider or "")
    if name in table:
        return Span(*table[name]["pue"])
    known = [bound for row in table.values() if isinstance(row, dict) for bound in row["pue"]]
    return Span(min(known), max(known))


@dataclass(frozen=True, slots=True)
class _Machine:
    """What a definite number of parameters takes of GPUs and of the server around them, for one of a batch."""

    gpu_wh_per_token: float
    server_wh_per_s: float
    embodied_g_per_s: float
    s_per_token: float
    first_token_s: float

    def needs(self, tokens: int, latency_s: float) -> tuple[float, float]:
        """Watt-hours of the machines, without the building, and the share of their making in grams of CO2e."""
        seconds = min(latency_s, tokens * self.s_per_token + self.first_token_s)
        wh = self.server_wh_per_s * seconds + self.gpu_wh_per_token * tokens
        return wh, self.embodied_g_per_s * seconds


@dataclass(frozen=True, slots=True)
class Machines:
    """What the lower and the upper bound of a model's size run on; made once a binding."""

    small: _Machine
    large: _Machine

    @classmethod
    def of(cls, size: Size) -> Machines:
        """For a size."""
        low, high = (size.active_b.low, size.total_b.low), (size.active_b.high, size.total_b.high)
        return cls(_machine(size, *low), _machine(size, *high))

    def use(self, tokens: int, pue: Span, latency_s: float) -> Use:
        """See `managed_use`."""
        least_wh, most_wh, least_g, most_g = self.bounds(tokens, latency_s)
        return Use(Span(least_wh, most_wh) * pue, Span(least_g, most_g))

    def bounds(self, tokens: int, latency_s: float) -> tuple[float, float, float, float]:
        """The least and the most watt-hours, without the building, and grams of CO2e of making the machines."""
        small_wh, small_g = self.small.needs(tokens, latency_s)
        large_wh, large_g = self.large.needs(tokens, latency_s)
        if small_wh > large_wh:
            small_wh, large_wh = large_wh, small_wh
        if small_g > large_g:
            small_g, large_g = large_g, small_g
        return small_wh, large_wh, small_g, large_g


def _machine(size: Size, active_b: float, total_b: float) -> _Machine:
    model = constants()["text_inference_model"]
    gpus, batch = _gpus(total_b, model), model["batch_size_B"]
    server_w = 1000 * model["server_power_kw_without_gpu"] * gpus / model["server_gpus"]
    return _Machine(
        gpu_wh_per_token=gpus * _gpu_wh_per_token(active_b, model),
        server_wh_per_s=server_w / 3600 / batch,
        embodied_g_per_s=_embodied_g(gpus, 1 / batch, model),
        s_per_token=_seconds_per_token(active_b, size, model),
        first_token_s=size.first_token_s,
    )


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
