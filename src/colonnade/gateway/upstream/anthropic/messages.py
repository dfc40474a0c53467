"""A conversation in OpenAI's form becomes Anthropic's: a system prompt, and turns that alternate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from colonnade.errors import InvalidRequest
from colonnade.gateway.upstream.anthropic.content import PROVIDER, Block, blocks, marked
from colonnade.gateway.upstream.carried import unsupported

KNOWN: Final = frozenset({"text", "thinking", "redacted_thinking", "tool_use"})
"""Blocks that the gateway's form has a place for."""

_arguments = msgspec.json.Decoder(dict[str, Any]).decode


class Conversation:
    """`system` holds the blocks of all system messages, `turns` the rest; turns of one role are merged."""

    def __init__(self, messages: list[Any]) -> None:
        self.system: list[Block] = []
        self.turns: list[dict[str, Any]] = []
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
            self._add("user", [_tool_result(message, place)])
        else:
            raise unsupported(f"{place}.role", PROVIDER)

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
            if last["type"] == "text":
                self.turns[-1]["content"][-1] = {**last, "text": last["text"].rstrip()}


def _of_message(message: Mapping[str, Any], place: str) -> list[Block]:
    made = blocks(message.get("content"), f"{place}.content")
    return [*made[:-1], marked(made[-1], message)] if made else []


def _assistant(message: Mapping[str, Any], place: str) -> list[Block]:
    """An answer of an earlier turn; thinking comes first, and travels back untouched.

    Blocks of Anthropic's own were kept either with all the others, as whole answers have them, or alone, as the
    pieces of streams have them.
    """
    own = list(message.get("content_blocks") or [])
    if any(block.get("type") in KNOWN for block in own):
        return own
    said = blocks(message.get("content"), f"{place}.content") or blocks(message.get("refusal"), place)
    called = [
        _tool_use(call, f"{place}.tool_calls[{number}]")
        for number, call in enumerate(message.get("tool_calls") or [])
    ]
    made = [*said, *own, *called]
    if made:
        made[-1] = marked(made[-1], message)
    return [*(message.get("thinking_blocks") or []), *made]


def _tool_use(call: Mapping[str, Any], place: str) -> Block:
    try:
        function = call["function"]
        given = function.get("arguments") or "{}"
        used = {"type": "tool_use", "id": call["id"], "name": function["name"], "input": _arguments(given)}
    except (KeyError, TypeError, AttributeError, msgspec.MsgspecError) as error:
        raise InvalidRequest(
            f"`{place}` is no call of a function with a JSON object of arguments.",
            code="invalid_value",
            param=place,
        ) from error
    return marked(used, call)


def _tool_result(message: Mapping[str, Any], place: str) -> Block:
    content = message.get("content")
    told = content if isinstance(content, str) else blocks(content, f"{place}.content")
    result = {"type": "tool_result", "tool_use_id": message.get("tool_call_id", ""), "content": told}
    if message.get("is_error"):
        result["is_error"] = True
    return marked(result, message)
