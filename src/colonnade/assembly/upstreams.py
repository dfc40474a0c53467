"""Every entry of `upstreams` becomes the object that answers for it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from colonnade.assembly.preparation import SearchModels
from colonnade.assembly.worker import Worker, run_folder
from colonnade.errors import SetupError
from colonnade.gateway.upstream.anthropic.upstream import anthropic
from colonnade.gateway.upstream.bedrock.upstream import bedrock
from colonnade.gateway.upstream.cohere.upstream import cohere
from colonnade.gateway.upstream.embedded.filters import EmbeddedFilters
from colonnade.gateway.upstream.embedded.rerank import EmbeddedRerank
from colonnade.gateway.upstream.embedded.runtime import Runtime
from colonnade.gateway.upstream.embedded.shared import SharedText
from colonnade.gateway.upstream.embedded.supervisor import CONNECTIONS
from colonnade.gateway.upstream.embedded.text import EmbeddedText
from colonnade.gateway.upstream.embedded.upstream import EmbeddedUpstream
from colonnade.gateway.upstream.embedded.vectors import EmbeddedVectors
from colonnade.gateway.upstream.gemini.upstream import gemini
from colonnade.gateway.upstream.handed.lane import Pace
from colonnade.gateway.upstream.handed.upstream import HandingOver
from colonnade.gateway.upstream.interface import Upstream
from colonnade.gateway.upstream.openai_compatible import OpenAICompatible
from colonnade.gateway.upstream.simulator import SimulatorUpstream
from colonnade.gateway.upstream.web import WebUpstream
from colonnade.registry.models import ModelFiles
from colonnade.sustainability.exclusive import cpu_seconds
from colonnade.workload.endpoints import FILTERS
from colonnade.workload.folder import Workload
from colonnade.workload.sections.serving import ModelBinding
from colonnade.workload.sections.serving import Upstream as Declared
from colonnade.workload.specification import Specification

_WEB: Final[Mapping[str, Callable[[str, Declared, str | None], Upstream]]] = {
    "openai_compatible": OpenAICompatible,
    "anthropic": anthropic,
    "bedrock": bedrock,
    "cohere": cohere,
    "gemini": gemini,
}
"""Kind -> what makes an upstream of that kind from its name, its section and its key."""


@dataclass(frozen=True, slots=True)
class Site:
    """What upstreams are made from."""

    workload: Workload
    files: Mapping[str, ModelFiles]
    search: SearchModels
    worker: Worker = field(default_factory=Worker)


def build_upstreams(site: Site, kept: Mapping[str, Upstream] | None = None) -> dict[str, Upstream]:
    """The upstreams of a workload by name; those in `kept` are there already.

    Raises:
        SetupError: a secret that an upstream refers to cannot be read.
    """
    there = kept or {}
    declared = site.workload.specification.upstreams
    return {name: there.get(name) or _build(name, section, site) for name, section in declared.items()}


def _build(name: str, section: Declared, site: Site) -> Upstream:
    if section.kind == "simulator":
        return SimulatorUpstream(name, section.simulation)
    if section.kind in _WEB:
        made = _WEB[section.kind](name, section, secret(f"upstreams.{name}.api_key", section.api_key))
        if section.batch and isinstance(made, WebUpstream):
            return _handing_over(made, site.workload.specification)
        return made
    return _embedded(name, site)


def _handing_over(made: WebUpstream, specification: Specification) -> HandingOver:
    stated = specification.batches
    tag = f"{specification.name}/{specification.review.environment}"
    return HandingOver(made, tag, Pace(stated.gather_s, stated.handed, stated.poll_s))


def _embedded(name: str, site: Site) -> Upstream:
    specification = site.workload.specification
    bindings = [specification.models[key] for key in sorted(specification.bound)]
    bound = [it for it in bindings if it.upstream == name]
    return EmbeddedUpstream(name, {it.model: _inside(it, site) for it in bound})


def _inside(binding: ModelBinding, site: Site) -> Upstream:
    if binding.model == FILTERS:
        return EmbeddedFilters()
    if binding.purpose == "embedding":
        return EmbeddedVectors(binding.model, site.search.encoder(binding.model))
    if binding.purpose == "rerank":
        return EmbeddedRerank(binding.model, site.search.reranker(binding.model))
    place = None if site.worker.alone else run_folder(site.workload.state) / f"{binding.model}.json"
    if place is not None and not site.worker.first:
        return SharedText(binding.model, place, CONNECTIONS)
    runtime = Runtime.of(site.files[binding.model], pin=binding.pin, context_tokens=binding.context_tokens)
    return EmbeddedText(runtime, site.workload.state / "logs" / "embedded.log", place)


def secret(place: str, reference: str | None) -> str | None:
    """What a reference of the workload file leads to; None where there is none.

    Raises:
        SetupError: it leads nowhere; the sentence names the place in the file.
    """
    if reference is None:
        return None
    kind, _, rest = reference.partition(":")
    if kind == "env":
        value = os.environ.get(rest, "")
        if not value:
            raise SetupError(f"{place} refers to {reference}, and the variable {rest} is not set")
        return value
    try:
        return Path(rest).expanduser().read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SetupError(f"{place} refers to {reference}, which cannot be read") from error


def text_runtimes(upstreams: Mapping[str, Upstream]) -> list[EmbeddedText]:
    """Every embedded text model: each is a process of its own."""
    embedded = [upstream for upstream in upstreams.values() if isinstance(upstream, EmbeddedUpstream)]
    return [
        model
        for upstream in embedded
        for model in upstream.models.values()
        if isinstance(model, EmbeddedText)
    ]


def verified_digests(upstreams: Mapping[str, Upstream], search: SearchModels) -> dict[str, str]:
    """What the loaders computed of the weights that they loaded, by model; models that still load are left out."""
    ready = [one for one in text_runtimes(upstreams) if one.state.phase == "ready"]
    return {one.name: f"sha256:{one.state.sha256}" for one in ready} | search.verified()


def runtime_cpu_seconds(upstream: EmbeddedUpstream) -> float:
    """CPU seconds of the processes of an embedded upstream.

    Raises:
        OSError: one of them is not running.
    """
    pids = [model.state.pid for model in upstream.models.values() if isinstance(model, EmbeddedText)]
    if not pids or None in pids:
        raise ProcessLookupError("a text model is not running")
    return sum(cpu_seconds(pid) for pid in pids if pid is not None)


def counted_requests(upstreams: Mapping[str, Upstream]) -> dict[str, int | None]:
    """What upstreams counted themselves since they began; None where they tell no count."""
    return {
        name: upstream.simulator.count if isinstance(upstream, SimulatorUpstream) else None
        for name, upstream in upstreams.items()
    }
