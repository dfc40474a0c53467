"""`/v1/responses/{id}`: callers read and delete the responses that they left here, each tenant its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from colonnade.errors import InvalidRequest, NotFound
from colonnade.gateway.files.page import Page
from colonnade.gateway.files.tenant import tenant_of
from colonnade.gateway.responses.shelf import Shelf
from colonnade.gateway.service import Told, Visit

PATH: Final = "/v1/responses/"
_USUAL_PAGE, _LARGEST_PAGE = 20, 100
_METHODS: Final = {
    "": frozenset({"GET", "DELETE"}),
    "input_items": frozenset({"GET"}),
    "cancel": frozenset({"POST"}),
}


@dataclass(frozen=True, slots=True)
class StoredResponses:
    """Answers everything beneath `/v1/responses/`."""

    shelf: Shelf
    name: str = "responses"

    def methods(self, path: str) -> frozenset[str]:
        """GET and DELETE for a response, GET for its input items, POST to cancel it."""
        response_id, _, what = path.removeprefix(PATH).partition("/")
        if not path.startswith(PATH) or not response_id:
            return frozenset()
        return _METHODS.get(what, frozenset())

    async def answer(self, visit: Visit) -> Told:
        """Answer; raises NotFound for responses of other tenants."""
        response_id, _, what = visit.path.removeprefix(PATH).partition("/")
        tenant = tenant_of(visit.identity)
        if what == "input_items":
            return await self._input_items(tenant, response_id, visit)
        if visit.method == "DELETE":
            await self.shelf.delete(tenant, response_id)
            deleted = {"id": response_id, "object": "response", "deleted": True}
            return Told(body=msgspec.json.encode(deleted))
        kept = await self.shelf.get(tenant, response_id)
        if what == "cancel":
            raise InvalidRequest(
                "Only background responses can be cancelled, and this gateway makes none.",
                code="not_cancellable",
            )
        if visit.query.get("stream") == "true":
            raise InvalidRequest(
                "Stored responses are read whole.", code="unsupported_parameter", param="stream"
            )
        return Told(body=bytes(kept.answer))

    async def _input_items(self, tenant: str, response_id: str, visit: Visit) -> Told:
        page = Page.asked(visit.query, usual=_USUAL_PAGE, largest=_LARGEST_PAGE)
        items = await self.shelf.given(tenant, response_id)
        return Told(body=page.written(_turned(items, page)))


def _turned(items: Sequence[dict[str, Any]], page: Page) -> list[dict[str, Any]]:
    """The items of the page, and one more where there are more."""
    ordered = list(items) if page.ascending else list(reversed(items))
    if not page.after:
        return ordered[: page.limit + 1]
    place = next((place for place, item in enumerate(ordered) if item["id"] == page.after), None)
    if place is None:
        raise NotFound("There is no item of the id in 'after'.", code="not_found", param="after")
    return ordered[place + 1 : place + page.limit + 2]
