"""A conversation in OpenAI's form becomes Converse's: a system prompt, and turns that alternate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from colonnade.errors import InvalidRequest
from colonnade.gateway.upstream.bedrock.blocks import PROVIDER, Block, blocks, cache_point
from colonnade.gateway.upstream.carried import unsupported

_arguments = msgspec.json.Decoder(dict[str, Any]).decode


class Conversation:
    """`system` holds the blocks of all system messages, `turns` the rest; turns of one role are merged.

    `uses_tools` is whether a tool was called in an earlier turn.
    """

    def __init__(self, messages: list[Any]) -> None:
        self.system: list[Block] = []
        self.turns: list[dict[str, Any]] = []
        self.uses_tools = False
        for number, message in enumerate(messages):
            self._take(message, f"messages[{number}]")
        self._trim_prefill()

    def _take(self, message: dict[str, Any], place: str) -> None:
        role = message.get("role")
        if role in {"system", "developer"}:
            self.system += _of_message(message, place)
        elif role == "user":
            self._add("user", _of_message(message, place))
        elif role == "assistant":
            self._add("assistant", _assistant(message, place))
        elif role == "tool":
            self._add("user", _tool_result(message, place))
            self.uses_tools = True
        else:
            raise unsupported(f"{place}.role", PROVIDER)
        self.uses_tools = self.uses_tools or bool(message.get("tool_calls"))

    def _add(self, role: str, content: list[Block]) -> None:
        if not content:
            return
        if self.turns and self.turns[-1]["role"] == role:
            self.turns[-1]["content"] += content
        else:
            self.turns.append({"role": role, "content": content})

    def _trim_prefill(self) -> None:
        """An answer that is to be continued may not end in white space; the model writes it anew."""
        if self.turns and self.turns[-1]["role"] == "assistant":
            last = self.turns[-1]["content"][-1]
            if "text" in last:
                self.turns[-1]["content"][-1] = {"text": last["text"].rstrip()}


def _of_message(message: Mapping[str, Any], place: str) -> list[Block]:
    made = blocks(message.get("content"), f"{place}.content")
    return [*made, *cache_point(message)] if made else []


def _assistant(message: Mapping[str, Any], place: str) -> list[Block]:
    """An answer of an earlier turn: signed thoughts first, then what was said, then what was called."""
    said = blocks(message.get("content"), f"{place}.content") or blocks(message.get("refusal"), place)
    called = [
        block
        for number, call in enumerate(message.get("tool_calls") or [])
        for block in _tool_use(call, f"{place}.tool_calls[{number}]")
    ]
    thoughts = [_thought(thought) for thought in message.get("thinking_blocks") or []]
    made = [*thoughts, *said, *called]
    return [*made, *cache_point(message)] if made else []


def _thought(thought: Mapping[str, Any]) -> Block:
    if thought.get("type") == "redacted_thinking":
        return {"reasoningContent": {"redactedContent": thought.get("data", "")}}
    told = {"text": thought.get("thinking", ""), "signature": thought.get("signature", "")}
    return {"reasoningContent": {"reasoningText": told}}


def _tool_use(call: Mapping[str, Any], place: str) -> list[Block]:
    try:
        function = call["function"]
        given = _arguments(function.get("arguments") or "{}")
        used = {"toolUseId": call["id"], "name": function["name"], "input": given}
    except (KeyError, TypeError, AttributeError, msgspec.MsgspecError) as error:
        raise InvalidRequest(
            f"`{place}` is no call of a function with a JSON object of arguments.",
            code="invalid_value",
            param=place,
        ) from error
    return [{"toolUse": used}, *cache_point(call)]


def _tool_result(message: Mapping[str, Any], place: str) -> list[Block]:
    """Marks of the cache stand after the result, for none may stand within."""
    content = message.get("content")
    made = blocks(content, f"{place}.content")
    told = [block for block in made if "cachePoint" not in block]
    points = [block for block in made if "cachePoint" in block][-1:] or cache_point(message)
    status = {"status": "error"} if message.get("is_error") else {}
    result = {"toolUseId": message.get("tool_call_id", ""), "content": told, **status}
    return [{"toolResult": result}, *points]
