"""What is known of a proxy: the answers of `/model/info`, `/get/config/callbacks`, `/cache/ping`, and its file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from colonnade.review.adapters.adapter import Reading
from colonnade.review.adapters.material import Material, Unreadable
from colonnade.review.adapters.taking import listed, mapped


@dataclass(slots=True)
class Proxy:
    """One proxy. `settings` are those of its router; `general` those that its file alone tells."""

    deployments: list[Mapping[str, Any]] = field(default_factory=list)
    settings: Mapping[str, Any] = field(default_factory=dict)
    general: Mapping[str, Any] = field(default_factory=dict)
    cached: bool = False
    told_models: bool = False
    told_settings: bool = False

    @property
    def read_back(self) -> bool:
        """Whether the running proxy told both its models and its router."""
        return self.told_models and self.told_settings


def proxy_of(materials: Sequence[Material], reading: Reading) -> Proxy:
    """What the files together tell; the running proxy's word wins over the file's."""
    proxy, files = Proxy(), []
    for material in materials:
        try:
            value = _value(material)
        except Unreadable as problem:
            reading.reject(material.name, str(problem))
            continue
        if "model_list" in value:
            files.append(value)
        elif not _take(value, proxy):
            reading.reject(
                material.name, "is no answer of a LiteLLM proxy, and no config.yaml with a model_list"
            )
    for value in files:
        _fill(value, proxy)
    return proxy


def _value(material: Material) -> dict[str, Any]:
    documents = material.yaml()
    return mapped(documents[0]) if len(documents) == 1 else {}


def _take(value: Mapping[str, Any], proxy: Proxy) -> bool:
    """Take one answer of the running proxy; False if it is none."""
    models = [
        each for each in listed(value.get("data")) if isinstance(mapped(each).get("litellm_params"), dict)
    ]
    if models:
        proxy.deployments, proxy.told_models = models, True
    elif isinstance(value.get("router_settings"), dict):
        proxy.settings, proxy.told_settings = value["router_settings"], True
    elif "cache_type" in value:
        proxy.cached = value.get("status") == "healthy" and "default_on" in str(
            value.get("litellm_cache_params")
        )
    else:
        return False
    return True


def _fill(value: Mapping[str, Any], proxy: Proxy) -> None:
    proxy.general = mapped(value.get("general_settings"))
    if not proxy.told_models:
        proxy.deployments = [each for each in listed(value.get("model_list")) if isinstance(each, dict)]
    if not proxy.told_settings:
        proxy.settings = mapped(value.get("router_settings"))
    if not proxy.read_back:
        proxy.cached = mapped(value.get("litellm_settings")).get("cache") is True
