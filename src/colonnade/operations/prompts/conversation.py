"""A chat request meets the prompt of its route: the prompt's messages stand where they belong among the caller's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from colonnade.errors import InvalidRequest
from colonnade.operations.prompts.render import Message, render
from colonnade.workload.folder import Prompt

VARIABLES_FIELD = "prompt_variables"
"""Request field with an object of texts, one a variable; it never travels on to an upstream."""


def prompted(prompt: Prompt, request: Mapping[str, Any], *, fence: bool = True) -> dict[str, Any]:
    """A copy of an OpenAI chat request with the prompt in it and without `prompt_variables`.

    The prompt's system message comes first. Its user message takes the place of the caller's last one,
    whose text fills the variable `question`; parts that are no text (images) stay beside it. A caller who
    fills `question` by name, or a prompt that has none, leaves the caller's messages as they are, and the
    prompt's user message is added at the end.

    Raises:
        InvalidRequest: the variables are malformed, or there is nothing to fill `question` with.
    """
    values = _given(request)
    messages = _messages(request)
    at = None
    if "question" not in values and any(variable.name == "question" for variable in prompt.variables):
        at = _last_of_user(messages)
        values["question"] = text_of(messages[at]) if at is not None else None
    rest = {name: value for name, value in request.items() if name != VARIABLES_FIELD}
    rest["messages"] = _woven(render(prompt, values, fence=fence), messages, at)
    return rest


def text_of(message: Mapping[str, Any]) -> str:
    """The text of a message whose content is text or a list of typed parts."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    texts = [part.get("text") for part in parts if isinstance(part, dict) and part.get("type") == "text"]
    return "\n".join(text for text in texts if isinstance(text, str))


def _given(request: Mapping[str, Any]) -> dict[str, object]:
    given = request.get(VARIABLES_FIELD)
    if given is not None and not isinstance(given, dict):
        raise InvalidRequest(
            f"{VARIABLES_FIELD} must be an object of texts",
            code="prompt_variable_type",
            param=VARIABLES_FIELD,
        )
    return dict(given or {})


def _messages(request: Mapping[str, Any]) -> list[dict[str, Any]]:
    messages = request.get("messages")
    if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages):
        raise InvalidRequest("messages must be a list of objects", code="invalid_messages", param="messages")
    return messages


def _last_of_user(messages: list[dict[str, Any]]) -> int | None:
    places = (index for index in range(len(messages) - 1, -1, -1) if messages[index].get("role") == "user")
    return next(places, None)


def _woven(rendered: list[Message], messages: list[dict[str, Any]], at: int | None) -> list[dict[str, Any]]:
    """The rendered messages among the caller's; `at` is the message whose text became `question`."""
    woven = list(messages)
    spoken = [message for message in rendered if message.role == "user"]
    if spoken and at is not None:
        woven[at] = {**messages[at], "content": _content(spoken[0].content, messages[at].get("content"))}
    elif spoken:
        woven.append({"role": "user", "content": spoken[0].content})
    ruled = [
        {"role": "system", "content": message.content} for message in rendered if message.role == "system"
    ]
    return [*ruled, *woven]


def _content(text: str, before: Any) -> Any:
    others = [part for part in before if not _is_text(part)] if isinstance(before, list) else []
    return [{"type": "text", "text": text}, *others] if others else text


def _is_text(part: Any) -> bool:
    return isinstance(part, dict) and part.get("type") == "text"
