"""All models that run inside are one upstream: the request's `model` says which of them answers."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from colonnade.errors import NotFound
from colonnade.gateway.upstream.interface import Answer, Ask, Upstream


class Asked(msgspec.Struct):
    """The one field of a request that is read here."""

    model: str = ""


_decode = msgspec.json.Decoder(Asked).decode


class EmbeddedUpstream:
    """An upstream of kind `embedded`.

    Args:
        name: its name in the workload file.
        models: what answers for each model name of `models.toml` that is bound to it.
    """

    def __init__(self, name: str, models: Mapping[str, Upstream]) -> None:
        self.name = name
        self.models = models

    async def ask(self, ask: Ask) -> Answer:
        """Answer by the model that the request names; raises `NotFound` for one that is not bound here."""
        model = _decode(ask.body).model
        if model not in self.models:
            raise NotFound("The upstream has no such model.", code="model_not_found", param="model")
        return await self.models[model].ask(ask)

    async def ready(self) -> str | None:
        """None when all its models answer, else what each of the others waits for."""
        waits = [await model.ready() for model in self.models.values()]
        return "; ".join(wait for wait in waits if wait) or None

    async def close(self) -> None:
        """End all its models."""
        for model in self.models.values():
            await model.close()
