"""The parts of an input message become parts of a chat message; what chat cannot carry is refused by its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from colonnade.errors import InvalidRequest
from colonnade.gateway.field_faults import missing, wrong

Part = dict[str, Any]


def parts_of(content: Any, where: str, spoken: str = "input_text") -> list[Part]:
    """Content as a list of parts; text alone is one part of the type `spoken`."""
    if isinstance(content, str):
        return [{"type": spoken, "text": content}]
    if not isinstance(content, list) or not all(isinstance(part, dict) for part in content):
        wrong(where, "a string or an array of objects")
    return content


def user_content(parts: list[Part], where: str) -> str | list[Part]:
    """Chat content of what people or programs gave: plain text where it is one text."""
    written = [_user_part(part, f"{where}[{place}]") for place, part in enumerate(parts)]
    return str(written[0]["text"]) if len(written) == 1 and written[0]["type"] == "text" else written


def tool_content(parts: list[Part], where: str) -> str | list[Part]:
    """Chat content of what a tool gave back, which is text."""
    for place, part in enumerate(parts):
        if part.get("type") not in {"input_text", "output_text"}:
            raise unsupported(f"{where}[{place}].type", "Outputs of tools are text")
    return user_content(parts, where)


def assistant_content(parts: list[Part], where: str) -> dict[str, str]:
    """`content` and `refusal` of a chat message, of what a model said before."""
    said: dict[str, list[str]] = {}
    for place, part in enumerate(parts):
        name = _ASSISTANT.get(str(part.get("type")))
        if name is None:
            raise unsupported(f"{where}[{place}].type", "Assistants say `output_text` and `refusal`")
        text = _text(part, "refusal" if name == "refusal" else "text", f"{where}[{place}]")
        said.setdefault(name, []).append(text)
    return {name: "".join(texts) for name, texts in said.items()}


def unsupported(param: str, why: str) -> InvalidRequest:
    """The error for what no upstream can be given."""
    return InvalidRequest(f"{why}; '{param}' says something else.", code="unsupported_value", param=param)


def _user_part(part: Part, where: str) -> Part:
    reader = _USER.get(str(part.get("type")))
    if reader is None:
        raise unsupported(f"{where}.type", f"Parts are {', '.join(f'`{name}`' for name in _USER)}")
    return reader(part, where)


def _words(part: Part, where: str) -> Part:
    return {"type": "text", "text": _text(part, "text", where)}


def _picture(part: Part, where: str) -> Part:
    if part.get("file_id") is not None:
        raise unsupported(f"{where}.file_id", "Images are given by `image_url`")
    picture = {"url": _text(part, "image_url", where)}
    if part.get("detail") is not None:
        picture["detail"] = part["detail"]
    return {"type": "image_url", "image_url": picture}


def _file(part: Part, where: str) -> Part:
    if part.get("file_url") is not None:
        raise unsupported(f"{where}.file_url", "Files are given by `file_data` or `file_id`")
    named = {name: part[name] for name in ("file_data", "file_id", "filename") if part.get(name) is not None}
    if not named.keys() & {"file_data", "file_id"}:
        missing(f"{where}.file_data")
    return {"type": "file", "file": named}


def _sound(part: Part, where: str) -> Part:
    if not isinstance(part.get("input_audio"), dict):
        wrong(f"{where}.input_audio", "an object")
    return {"type": "input_audio", "input_audio": part["input_audio"]}


def _text(part: Part, name: str, where: str) -> str:
    text = part.get(name)
    if text is None:
        missing(f"{where}.{name}")
    if not isinstance(text, str):
        wrong(f"{where}.{name}", "a string")
    return text


_USER: Final[Mapping[str, Callable[[Part, str], Part]]] = {
    "input_text": _words,
    "input_image": _picture,
    "input_file": _file,
    "input_audio": _sound,
}
_ASSISTANT: Final = {"output_text": "content", "input_text": "content", "refusal": "refusal"}
