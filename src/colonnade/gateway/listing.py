"""`/v1/models` lists the routes, in OpenAI's shape, to whoever passes the doors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from colonnade.errors import NotFound
from colonnade.gateway.call import Call, Reply


@dataclass(frozen=True, slots=True)
class Listing:
    """The last function of a listing's way: `call.model` is the model asked for, empty for all of them."""

    models: Sequence[str]
    since: int

    async def __call__(self, call: Call) -> Reply:
        """The list or the one model.

        Raises:
            NotFound: `model_not_found`.
        """
        if not call.model:
            document: Any = {"object": "list", "data": [self._entry(model) for model in self.models]}
        elif call.model in self.models:
            document = self._entry(call.model)
        else:
            raise NotFound("The model does not exist.", code="model_not_found", param="model")
        return Reply(body=msgspec.json.encode(document), understood=True)

    def _entry(self, model: str) -> dict[str, Any]:
        return {"id": model, "object": "model", "created": self.since, "owned_by": "colonnade"}
