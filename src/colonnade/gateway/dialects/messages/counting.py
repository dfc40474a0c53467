"""`/v1/messages/count_tokens` answers with an estimate that says so: no model is asked, and nothing is charged."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

import msgspec

from colonnade.errors import InvalidRequest, TooLarge
from colonnade.gateway.body import LARGEST_BODY
from colonnade.gateway.dialects.messages.reading import chat_request
from colonnade.gateway.estimate import CHARACTERS_PER_TOKEN, tokens_in
from colonnade.gateway.service import Told, Visit

PATH: Final = "/v1/messages/count_tokens"
ESTIMATED: Final = (b"x-colonnade-estimated", b"input_tokens")
_decode = msgspec.json.Decoder(dict[str, Any]).decode
_encode = msgspec.json.Encoder().encode


class CountTokens:
    """The service `count_tokens`: about four characters are a token; pictures and files are not counted."""

    name: Final = "count_tokens"

    def methods(self, path: str) -> frozenset[str]:
        """One path, one method."""
        return frozenset({"POST"}) if path == PATH else frozenset()

    async def answer(self, visit: Visit) -> Told:
        """The estimate."""
        counted = estimated_input(_request(await _whole(visit.body)))
        return Told(body=_encode({"input_tokens": counted, "estimated": True}), headers=[ESTIMATED])


def estimated_input(request: dict[str, Any]) -> int:
    """About how many tokens a chat request has: what was said, the tools, and how they were called."""
    called = [call for message in request["messages"] for call in message.get("tool_calls") or ()]
    described = (
        len(_encode([*(request.get("tools") or ()), *called])) if called or request.get("tools") else 0
    )
    return tokens_in(request["messages"]) + -(-described // CHARACTERS_PER_TOKEN)


def _request(body: bytes) -> dict[str, Any]:
    try:
        request = _decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise InvalidRequest("The body of the request is not a JSON object.", code="invalid_json") from None
    return chat_request({"max_tokens": 1, **request})


async def _whole(parts: AsyncIterator[bytes]) -> bytes:
    body = bytearray()
    async for part in parts:
        body += part
        if len(body) > LARGEST_BODY:
            raise TooLarge("The body of the request is too large.", code="request_too_large")
    return bytes(body)
