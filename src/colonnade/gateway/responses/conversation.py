"""The stage `conversation`: what a response continues is read before the other stages, and what it says is kept."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec.structs import replace

from colonnade.errors import InvalidRequest
from colonnade.gateway.call import Call, Forward, Reply
from colonnade.gateway.capabilities import DROPPED
from colonnade.gateway.files.tenant import tenant_of
from colonnade.gateway.responses.asked import Asked, Items, asked_of
from colonnade.gateway.responses.ending import answer_of
from colonnade.gateway.responses.messages import check_calls, messages_of
from colonnade.gateway.responses.own_names import own_name
from colonnade.gateway.responses.shelf import Shelf
from colonnade.gateway.responses.table import Kept

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class ContinueConversation:
    """Reads the responses that a request names, and stores its own; calls in other dialects pass.

    Stands after `direct`, whose route decides whether what cannot be done is refused, and before `journal`, which
    records the whole conversation. `keeps` is False where the workload stores no content: then nothing is stored,
    and who asks for it is refused.
    """

    shelf: Shelf
    keeps: bool = True
    name: str = "conversation"

    def __call__(self, call: Call, forward: Forward) -> Awaitable[Reply]:
        """Complete the request, lead on, and keep the answer.

        Raises:
            InvalidRequest: `unsupported_parameter`, `previous_response_not_found`, `previous_response_unfinished`,
                `item_not_found`, `tool_output_missing`, `tool_call_missing` or `conversation_too_long`.
        """
        asked = asked_of(call)
        return forward(call) if asked is None else self._complete(call, asked, forward)

    async def _complete(self, call: Call, asked: Asked, forward: Forward) -> Reply:
        asked.response = replace(asked.response, store=self._stores(asked))
        _refuse_left_out(call, asked)
        if asked.continues:
            await self._continue(call, asked)
        reply = await forward(call)
        _name_left_out(call, asked)
        if asked.response.store:
            reply.on_close(lambda closing: self._keep(call, asked, closing))
        return reply

    def _stores(self, asked: Asked) -> bool:
        if asked.store and not self.keeps:
            raise InvalidRequest(
                "This workload stores no prompts and answers: `store` must be false.",
                code="unsupported_parameter",
                param="store",
            )
        return self.keeps if asked.store is None else asked.store

    async def _continue(self, call: Call, asked: Asked) -> None:
        tenant, previous = _tenant(call), asked.response.previous_response_id
        history: Items = [] if previous is None else await self.shelf.history(tenant, previous)
        asked.items = await self._resolved(tenant, asked.items, {item.get("id") for item in history})
        items = [*history, *asked.items]
        check_calls(items)
        call.request["messages"] = messages_of(asked.instructions, items, first=len(history))
        call.decide(self.name, f"continues with {len(history)} earlier items")

    async def _resolved(self, tenant: str, items: Items, known: set[Any]) -> Items:
        """The items that references name; those of the conversation itself are there already."""
        resolved: Items = []
        for place, item in enumerate(items):
            if item["type"] != "item_reference":
                resolved.append(item)
            elif item["id"] not in known:
                resolved.append(await self._found(tenant, item["id"], place))
        return resolved

    async def _found(self, tenant: str, item_id: str, place: int) -> dict[str, Any]:
        found = await self.shelf.item(tenant, item_id)
        if found is None:
            raise InvalidRequest(
                "There is no item of this id.", code="item_not_found", param=f"input[{place}].id"
            )
        return found

    async def _keep(self, call: Call, asked: Asked, closing: Reply) -> None:
        """Whoever holds the id can fetch the response: of streams that break off, too."""
        if asked.stream is None and not (closing.complete and closing.status == 200):
            return
        answer = answer_of(asked, closing)
        kept = Kept(
            id=answer.id,
            tenant=_tenant(call),
            previous_id=answer.previous_response_id,
            status=answer.status,
            created_at=call.received_at,
            items=asked.items,
            answer=msgspec.Raw(_encode(answer)),
        )
        await self.shelf.keep(kept)


def _tenant(call: Call) -> str:
    assert call.identity is not None, "the stage `identify` comes before `conversation`"
    return tenant_of(call.identity)


def _refuse_left_out(call: Call, asked: Asked) -> None:
    if asked.left_out and call.route is not None and call.route.unsupported_fields == "reject":
        raise InvalidRequest(
            f"The route '{call.route_name}' cannot do: {', '.join(asked.left_out)}.",
            code="unsupported_parameter",
            param=asked.left_out[0],
        )


def _name_left_out(call: Call, asked: Asked) -> None:
    """One header names what was left out here and for the upstream, in the caller's words."""
    dropped = [own_name(name) for name in call.dropped_fields]
    if asked.left_out or dropped:
        call.reply_headers[:] = [header for header in call.reply_headers if header[0] != DROPPED]
        call.reply_headers.append((DROPPED, ",".join((*asked.left_out, *dropped)).encode()))
