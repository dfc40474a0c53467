"""A request with tools becomes one without: the answer is bound to a JSON schema that says which calls are possible."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from colonnade.errors import InvalidRequest
from colonnade.gateway.emulation.history import told_in_words

TOOL_FIELDS: Final = frozenset({"tools", "tool_choice", "parallel_tool_calls"})
NO_TOOL: Final = "none"
"""What the model names as the tool when it answers in words. A tool of that name is told apart by its arguments."""
_ANYTHING: Final = {"type": "object"}
_RULE_WITH_WORDS: Final = 'Answer with JSON only. "tool" is the function that the user asks for, or "none".'
_EXAMPLES_OF_WORDS: Final = (
    'Hello! -> {"tool": "none", "text": "Hello!"}',
    'Who are you? -> {"tool": "none", "text": "An assistant."}',
)


@dataclass(frozen=True, slots=True)
class Offer:
    """The tools that a request offers, as far as its `tool_choice` allows them; `words` is whether it may do without."""

    tools: tuple[Mapping[str, Any], ...]
    words: bool

    @classmethod
    def of(cls, request: Mapping[str, Any]) -> Offer:
        """The offer of a chat request.

        Raises:
            InvalidRequest: a tool that is no function, or a choice that names none of the tools.
        """
        tools = tuple(_function(place, tool) for place, tool in enumerate(request.get("tools") or ()))
        choice = request.get("tool_choice")
        if choice == "none" or not tools:
            return cls((), words=True)
        if isinstance(choice, dict):
            return cls((_named(tools, choice),), words=False)
        return cls(tools, words=choice != "required")

    def request(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The request to send: without tools, bound to the schema, with what was called before told in words."""
        plain = {name: value for name, value in request.items() if name not in TOOL_FIELDS}
        plain["messages"] = told_in_words(request["messages"])
        if not self.tools:
            return plain
        plain["messages"] = [{"role": "system", "content": self._explained()}, *plain["messages"]]
        plain["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": "answer", "schema": self._schema(request.get("response_format"))},
        }
        return plain

    def _schema(self, wanted: Any) -> dict[str, Any]:
        """One alternative a tool, and one for words, which follow the caller's own schema where there is one."""
        definitions: dict[str, Any] = {}
        ways = [
            _exactly(tool={"const": tool["name"]}, arguments=_gathered(tool, definitions))
            for tool in self.tools
        ]
        if self.words:
            ways.append(_exactly(tool={"const": NO_TOOL}, text=_wanted(wanted)))
        schema: dict[str, Any] = ways[0] if len(ways) == 1 else {"anyOf": ways}
        return {**schema, "$defs": definitions} if definitions else schema

    def _explained(self) -> str:
        """What the model is told. A small model learns more from examples than from rules (`benchmarks/emulated_tools.py`)."""
        lines = ["Functions:"]
        for tool in self.tools:
            parameters = msgspec.json.encode(tool.get("parameters") or _ANYTHING).decode()
            lines.append(f"- {tool['name']}: {_about(tool)} Arguments: {parameters}")
        if self.words:
            lines += ["", _RULE_WITH_WORDS, *_EXAMPLES_OF_WORDS]
        else:
            lines += ["", 'Answer with JSON only. "tool" is the function that the user asks for.']
        lines += [
            f'{_about(tool)} -> {{"tool": "{tool["name"]}", "arguments": {{...}}}}' for tool in self.tools
        ]
        return "\n".join(lines)


def _about(tool: Mapping[str, Any]) -> str:
    return str(tool.get("description") or tool["name"])


def _function(place: int, tool: Any) -> Mapping[str, Any]:
    function = tool.get("function") if isinstance(tool, dict) else None
    if not isinstance(function, dict) or not isinstance(function.get("name"), str):
        raise InvalidRequest(
            "Only functions can be emulated.", code="unsupported_parameter", param=f"tools[{place}]"
        )
    return function


def _named(tools: tuple[Mapping[str, Any], ...], choice: Mapping[str, Any]) -> Mapping[str, Any]:
    wanted = choice.get("function")
    name = wanted.get("name") if isinstance(wanted, dict) else None
    for tool in tools:
        if tool["name"] == name:
            return tool
    raise InvalidRequest(
        "The field 'tool_choice' names none of the tools.", code="invalid_value", param="tool_choice"
    )


def _exactly(**properties: Any) -> dict[str, Any]:
    """An object with these properties and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _wanted(response_format: Any) -> dict[str, Any]:
    if not isinstance(response_format, dict) or response_format.get("type", "text") == "text":
        return {"type": "string"}
    schema = (response_format.get("json_schema") or {}).get("schema")
    return schema if isinstance(schema, dict) else _ANYTHING


def _gathered(tool: Mapping[str, Any], definitions: dict[str, Any]) -> Any:
    """The parameters of a tool, their definitions moved to the root of the schema under names of their own."""
    parameters = dict(tool.get("parameters") or _ANYTHING)
    own = {place: parameters.pop(place, None) or {} for place in ("$defs", "definitions")}
    for place, found in own.items():
        for name, definition in found.items():
            definitions[f"{tool['name']}.{name}"] = _pointed(definition, tool["name"], place)
    moved: Any = parameters
    for place, found in own.items():
        moved = _pointed(moved, tool["name"], place) if found else moved
    return moved


def _pointed(schema: Any, tool: str, place: str) -> Any:
    """The schema with its references to `place` pointing to where the definitions are now."""
    if isinstance(schema, list):
        return [_pointed(each, tool, place) for each in schema]
    if not isinstance(schema, dict):
        return schema
    there, here = f"#/{place}/", f"#/$defs/{tool}."
    return {
        name: here + value.removeprefix(there)
        if name == "$ref" and isinstance(value, str) and value.startswith(there)
        else _pointed(value, tool, place)
        for name, value in schema.items()
    }
