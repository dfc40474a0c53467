"""A whole answer becomes a message: thinking, text and tool calls, in this order."""

from __future__ import annotations

from typing import Any

import msgspec

from colonnade.gateway.call import Call, Reply
from colonnade.gateway.dialects.inner import Choice, Function, Said, answer, objects
from colonnade.gateway.dialects.messages.ending import stop_of, usage_fields

Block = dict[str, Any]
_arguments = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def message(call: Call, reply: Reply) -> bytes:
    """The body. Of several choices the first is written; this dialect cannot ask for more."""
    told = answer(reply.body)
    choice = min(told.choices or [Choice()], key=lambda one: one.index)
    said = choice.message or Said()
    content = blocks_of(call, said)
    called = any(block["type"] == "tool_use" for block in content)
    stop = stop_of(call, choice, called=called, refused=bool(said.refusal))
    document = {
        **envelope(call, told.id, told.model),
        "content": content,
        **stop.fields,
        "usage": usage_fields(told.counted, reply),
    }
    return msgspec.json.encode(document)


def envelope(call: Call, id: Any, model: str | None) -> dict[str, Any]:  # noqa: A002 - the wire's own name
    """What every message begins with."""
    known = isinstance(id, str) and id.startswith("msg_")
    return {
        "id": id if known else f"msg_{call.id}",
        "type": "message",
        "role": "assistant",
        "model": model or call.model,
    }


def blocks_of(call: Call, said: Said) -> list[Block]:
    """The blocks of a message."""
    content = said.content or ""
    if said.content_blocks and (kept := _kept(said.content_blocks, content)):
        return kept
    return [*_thoughts(said), *_texts(said, content), *_tools(call, said)]


def tool_id(call: Call, id: Any, number: int) -> str:  # noqa: A002 - the wire's own name
    """The tool call's id; one of our own where the upstream gave none."""
    return id if isinstance(id, str) and id else f"toolu_{call.id}_{number}"


def _thoughts(said: Said) -> list[Block]:
    blocks = objects(said.thinking_blocks)
    if blocks or not said.thought:
        return blocks
    return [{"type": "thinking", "thinking": said.thought, "signature": ""}]


def _texts(said: Said, content: str) -> list[Block]:
    cited = objects(said.citations)
    more = {"citations": cited} if cited else {}
    spoken = [{"type": "text", "text": content, **more}] if content else []
    return [*spoken, *([{"type": "text", "text": said.refusal}] if said.refusal else [])]


def _tools(call: Call, said: Said) -> list[Block]:
    called = []
    for number, tool in enumerate(said.tool_calls or ()):
        function = tool.function or Function()
        given = _input(function.arguments or "")
        named = {"id": tool_id(call, tool.id, number), "name": function.name or "", "input": given}
        called.append({"type": "tool_use", **named})
    return called


def _input(arguments: str) -> Any:
    """The arguments as they are written; what is no object is wrapped in the way that Anthropic recommends."""
    if not arguments.strip():
        return {}
    try:
        _arguments(arguments)
    except (msgspec.MsgspecError, RecursionError):
        return {"INVALID_JSON": arguments}
    return msgspec.Raw(arguments.encode())


def _kept(given: Any, content: str) -> list[Block]:
    """An Anthropic upstream's own blocks, where the text is still theirs, but for words that a stage put before it.

    Text that a stage changed is written as it is now, before the blocks that are no text.
    """
    blocks = objects(given)
    spoken = "".join(str(block.get("text", "")) for block in blocks if block.get("type") == "text")
    before = content[: len(content) - len(spoken)]
    if content == before + spoken:
        first = next((place for place, block in enumerate(blocks) if block.get("type") == "text"), 0)
        put = [{"type": "text", "text": before}] if before else []
        return [*blocks[:first], *put, *blocks[first:]]
    others = [block for block in blocks if block.get("type") != "text"]
    return [{"type": "text", "text": content}, *others] if others else []
