"""For every binding it is settled how the footprint of its answers is found, and how far that can be trusted."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, Self

import msgspec

from colonnade.gateway.call import Footprint
from colonnade.sustainability.datacentre import Machines, overhead
from colonnade.sustainability.model_sizes import Size, published, stated
from colonnade.sustainability.own_hardware import DESK_TO_SERVER_ROOM, OwnProcessor
from colonnade.sustainability.regions import LOCAL, grid, intensity
from colonnade.sustainability.span import NOTHING, Span
from colonnade.workload.sections.serving import ModelBinding, Upstream
from colonnade.workload.specification import Specification

NO_MODEL = "no model was called"
UNKNOWN = "unknown"


class Work(msgspec.Struct, frozen=True, gc=False):
    """What is known of the making of one answer; None where it was not measured."""

    output_tokens: int
    latency_s: float
    cpu_seconds: float | None = None
    metered_wh: float | None = None


class Estimate(msgspec.Struct, frozen=True, gc=False):
    """Energy in watt-hours with overhead, making of machines in grams of CO2e, the method and the tier."""

    energy_wh: Span
    embodied_g: Span
    method: str
    tier: str


class Estimator(Protocol):
    """Estimates the energy of answers of one binding."""

    def __call__(self, work: Work) -> Estimate:
        """The estimate for one answer."""


@dataclass(frozen=True, slots=True)
class ManagedModel:
    """A model in a provider's data centre: EcoLogits' formula over the bounds of its size."""

    size: Size
    pue: Span
    machines: Machines
    method: str

    @classmethod
    def of(cls, size: Size, pue: Span) -> ManagedModel:
        """For a model of that size under that power usage effectiveness."""
        return cls(size, pue, Machines.of(size), f"ecologits 0.11, size by {size.source}")

    def __call__(self, work: Work) -> Estimate:
        """Use and making of the machines."""
        use = self.machines.use(work.output_tokens, self.pue, work.latency_s)
        return Estimate(use.energy_wh, use.embodied_g, self.method, self.size.tier)


@dataclass(frozen=True, slots=True)
class OwnModel:
    """A model on this machine: metered if it can be, else CPU seconds, else the time of the answer."""

    processor: OwnProcessor
    vcpus: int
    pue: Span

    def __call__(self, work: Work) -> Estimate:
        """Use only: how the machine was made is not counted."""
        energy, method, tier = self._energy(work)
        return Estimate(energy * self.pue, NOTHING, method, tier)

    def _energy(self, work: Work) -> tuple[Span, str, str]:
        if work.metered_wh is not None:
            return Span(work.metered_wh, work.metered_wh), "rapl of the whole processor", "metered"
        if work.cpu_seconds is not None:
            return self.processor.measured(work.cpu_seconds), "CPU seconds x watts (CCF)", "modelled_open"
        bounded = self.processor.bounded(work.latency_s, self.vcpus)
        return bounded, "time x vCPUs x watts (CCF)", "modelled_open"


@dataclass(frozen=True, slots=True)
class NoModel:
    """Nothing that computes: the simulator, an answer from the cache, a fixed sentence."""

    method: str = NO_MODEL

    def __call__(self, work: Work) -> Estimate:  # noqa: ARG002 - nothing to estimate
        """Nothing."""
        return Estimate(NOTHING, NOTHING, self.method, "")


@dataclass(frozen=True, slots=True)
class UnknownModel:
    """A managed model of unknown size: no figure is made up."""

    def __call__(self, work: Work) -> Estimate:  # noqa: ARG002 - nothing to estimate from
        """The method `unknown`, which readers of the record must not add up as zero."""
        return Estimate(NOTHING, NOTHING, UNKNOWN, "")


def estimators(specification: Specification, *, vcpus: int | None = None) -> dict[str, tuple[Estimator, str]]:
    """Binding -> its estimator and the region whose grid counts (empty: unknown).

    An embedded model runs where the workload does (`placement.current`); other upstreams where they say.
    """
    here, upstreams = specification.placement.current, specification.upstreams
    return {
        name: (_estimator(it, upstreams[it.upstream], here, vcpus), _region(upstreams[it.upstream], here))
        for name, it in specification.models.items()
    }


def _region(upstream: Upstream, here: str) -> str:
    return upstream.region or (here if upstream.kind == "embedded" else "")


def _estimator(binding: ModelBinding, upstream: Upstream, here: str, vcpus: int | None) -> Estimator:
    if upstream.kind == "simulator" and binding.size is None:
        return NoModel("simulator: " + NO_MODEL)
    if upstream.kind == "embedded":
        pue = DESK_TO_SERVER_ROOM if _region(upstream, here).startswith(LOCAL) else overhead(None)
        return OwnModel(OwnProcessor.of(), vcpus or os.cpu_count() or 1, pue)
    size = stated(binding.size) if binding.size else published(upstream.provider, binding.model)
    return ManagedModel.of(size, overhead(upstream.provider)) if size else UnknownModel()


def footprint(estimate: Estimate, region: str) -> Footprint:
    """Energy x intensity of the region's grid + making; an unknown region takes the span of all cloud regions."""
    carbon = estimate.energy_wh * 0.001 * intensity(region) + estimate.embodied_g
    located = estimate.tier == "" or (region and grid(region) is not None)
    return Footprint(
        estimate.energy_wh.low, estimate.energy_wh.high, carbon.low, carbon.high,
        estimate.method if located else f"{estimate.method}; region unknown",
        estimate.tier, region,
    )  # fmt: skip


Estimators = Mapping[str, tuple[Estimator, str]]


class ManagedModelHere(msgspec.Struct, frozen=True, gc=False):
    """The footprint of a managed model in one region: what does not depend on the answer is computed once.

    It gives what `footprint` gives for the estimate of the model, without an object for each step.
    """

    machines: Machines
    pue: Span
    grams_per_kwh: Span
    method: str
    tier: str
    region: str

    @classmethod
    def of(cls, model: ManagedModel, region: str) -> Self:
        """For answers of the model where `region` is its grid."""
        told = footprint(model(Work(0, 0.0)), region)
        return cls(model.machines, model.pue, intensity(region), told.method, told.tier, region)

    def __call__(self, work: Work) -> Footprint:
        """The footprint of one answer."""
        least_wh, most_wh, least_g, most_g = self.machines.bounds(work.output_tokens, work.latency_s)
        least_wh, most_wh = least_wh * self.pue.low, most_wh * self.pue.high
        return Footprint(
            least_wh, most_wh,
            least_wh * 0.001 * self.grams_per_kwh.low + least_g, most_wh * 0.001 * self.grams_per_kwh.high + most_g,
            self.method, self.tier, self.region,
        )  # fmt: skip


def located(estimator: Estimator, region: str) -> Callable[[Work], Footprint]:
    """What finds the footprint of answers of a model in a region."""
    if isinstance(estimator, ManagedModel):
        return ManagedModelHere.of(estimator, region)
    return lambda work: footprint(estimator(work), region)
