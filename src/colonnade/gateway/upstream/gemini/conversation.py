"""A conversation in OpenAI's form becomes Gemini's: an instruction, and turns of the user and the model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from colonnade.errors import InvalidRequest
from colonnade.gateway.upstream.carried import unsupported
from colonnade.gateway.upstream.gemini.parts import PROVIDER, Part, parts
from colonnade.gateway.upstream.gemini.signatures import UNSIGNED, signature_of, signed

_arguments = msgspec.json.Decoder(dict[str, Any]).decode


class Conversation:
    """`system` holds the parts of all system messages, `turns` the rest.

    Neighbours that say the same kind of thing are one turn; results of tools are a turn of their own, with as many
    parts as the turn before it has calls.

    Args:
        messages: in OpenAI's form.
        signs: whether calls of functions must carry a signature.
    """

    def __init__(self, messages: list[Any], *, signs: bool) -> None:
        self.system: list[Part] = []
        self.turns: list[dict[str, Any]] = []
        self._signs = signs
        self._kind = ""
        self._functions: dict[str, str] = {}
        for number, message in enumerate(messages):
            self._take(message, f"messages[{number}]")
        if not self.turns:  # Gemini answers turns; an instruction alone is none
            self.system, given = [], self.system
            self._add("user", given)

    def _take(self, message: dict[str, Any], place: str) -> None:
        role = message.get("role")
        if role in {"system", "developer"}:
            self.system += parts(message.get("content"), f"{place}.content")
        elif role == "user":
            self._add("user", parts(message.get("content"), f"{place}.content"))
        elif role == "assistant":
            self._add("model", self._said(message, place))
        elif role == "tool":
            self._add("tool", [self._result(message, place)])
        else:
            raise unsupported(f"{place}.role", PROVIDER)

    def _add(self, kind: str, given: list[Part]) -> None:
        if not given:
            return
        if kind == self._kind:
            self.turns[-1]["parts"] += given
        else:
            self.turns.append({"role": "model" if kind == "model" else "user", "parts": given})
        self._kind = kind

    def _said(self, message: Mapping[str, Any], place: str) -> list[Part]:
        said = parts(message.get("content"), f"{place}.content") or parts(message.get("refusal"), place)
        if said:
            said[-1] = signed(said[-1], signature_of(message))
        calls = message.get("tool_calls") or []
        called = [self._call(call, f"{place}.tool_calls[{number}]") for number, call in enumerate(calls)]
        if called and self._signs and not any("thoughtSignature" in part for part in called):
            called[0] = signed(called[0], UNSIGNED)
        return said + called

    def _call(self, call: Mapping[str, Any], place: str) -> Part:
        try:
            function = call["function"]
            name, arguments = function["name"], _arguments(function.get("arguments") or "{}")
        except (KeyError, TypeError, AttributeError, msgspec.MsgspecError) as error:
            raise InvalidRequest(
                f"`{place}` is no call of a function with a JSON object of arguments.",
                code="invalid_value",
                param=place,
            ) from error
        known = {"id": call["id"]} if call.get("id") else {}
        self._functions[call.get("id") or ""] = name
        return signed({"functionCall": {**known, "name": name, "args": arguments}}, signature_of(call))

    def _result(self, message: Mapping[str, Any], place: str) -> Part:
        called = message.get("tool_call_id") or ""
        name = self._functions.get(called) or message.get("name")
        if not name:
            raise InvalidRequest(
                f"`{place}.tool_call_id` names no earlier call of a function.",
                code="invalid_value",
                param=f"{place}.tool_call_id",
            )
        given = parts(message.get("content"), f"{place}.content")
        shown = [part for part in given if "text" not in part]
        text = "".join(part.get("text", "") for part in given)
        told: dict[str, Any] = {
            "name": name,
            "response": _response(text, failed=bool(message.get("is_error"))),
        }
        if called:
            told["id"] = called
        return {"functionResponse": {**told, "parts": shown} if shown else told}


def _response(text: str, *, failed: bool) -> dict[str, Any]:
    """Gemini takes an object: the result itself where it is one, else an object around it."""
    if failed:
        return {"error": text}
    try:
        return _arguments(text)
    except msgspec.MsgspecError:
        return {"result": text}
