"""A prompt is filled with values that were checked against its variables, and values never become template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from colonnade.errors import InvalidRequest
from colonnade.operations.prompts.fence import disarmed, fenced
from colonnade.workload.folder import Prompt, PromptVariable
from colonnade.workload.prompts.template import PLACEHOLDER, Part, Role, parts


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a rendered prompt."""

    role: Role
    content: str


def render(prompt: Prompt, values: Mapping[str, object], *, fence: bool = True) -> list[Message]:
    """The prompt's messages, filled: at most one of the system, then at most one of the user.

    An untrusted value is fenced, unless `fence` is off or it is the whole message of the user, which is
    what models take for the user's own words anyway.

    Raises:
        InvalidRequest: `prompt_variable_missing`, `_unknown`, `_type` or `_too_long`; `param` names the field.
    """
    texts = _checked(prompt, values)
    return [_message(part, prompt, texts, fence) for part in _parts(prompt.template)]


@lru_cache(maxsize=256)
def _parts(template: str) -> tuple[Part, ...]:
    return parts(template)


def _checked(prompt: Prompt, values: Mapping[str, object]) -> dict[str, str]:
    known = {variable.name for variable in prompt.variables}
    for name in values:
        if name not in known:
            raise InvalidRequest(
                f"prompt {prompt.name!r} has no such variable; it has: {', '.join(sorted(known)) or 'none'}",
                code="prompt_variable_unknown",
                param="prompt_variables",
            )
    return {variable.name: _text(variable, values.get(variable.name)) for variable in prompt.variables}


def _text(variable: PromptVariable, value: object) -> str:
    if value is None:
        if variable.required:
            raise _refused(variable, "missing", "is missing")
        return ""
    if not isinstance(value, str):
        raise _refused(variable, "type", "must be text")
    if len(value) > variable.max_chars:
        raise _refused(variable, "too_long", f"must be at most {variable.max_chars} characters")
    if variable.required and not value.strip():
        raise _refused(variable, "missing", "is empty")
    return value


def _refused(variable: PromptVariable, kind: str, problem: str) -> InvalidRequest:
    param = "messages" if variable.name == "question" else f"prompt_variables.{variable.name}"
    sentence = f"prompt variable {variable.name!r} {problem}"
    return InvalidRequest(sentence, code=f"prompt_variable_{kind}", param=param)


def _message(part: Part, prompt: Prompt, texts: Mapping[str, str], fence: bool) -> Message:
    trusted = {variable.name: variable.trusted for variable in prompt.variables}
    alone = part.role == "user" and PLACEHOLDER.fullmatch(part.text) is not None

    def filled(name: str) -> str:
        if trusted[name] or not texts[name]:
            return texts[name]
        return fenced(name, texts[name]) if fence and not alone else disarmed(texts[name])

    return Message(part.role, PLACEHOLDER.sub(lambda match: filled(match.group(1)), part.text))
