"""`/v1/models` lists the routes, in a shape that OpenAI's and Anthropic's clients both read, to whoever passes the doors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
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
            document: Any = self._list()
        elif call.model in self.models:
            document = self._entry(call.model)
        else:
            raise NotFound("The model does not exist.", code="model_not_found", param="model")
        return Reply(body=msgspec.json.encode(document), understood=True)

    def _list(self) -> dict[str, Any]:
        ends = {"first_id": self.models[0], "last_id": self.models[-1]} if self.models else {}
        return {
            "object": "list",
            "data": [self._entry(model) for model in self.models],
            "has_more": False,
            **ends,
        }

    def _entry(self, model: str) -> dict[str, Any]:
        openai = {"object": "model", "created": self.since, "owned_by": "colonnade"}
        since = datetime.fromtimestamp(self.since, UTC)
        return {"id": model, **openai, "type": "model", "display_name": model, "created_at": since}
