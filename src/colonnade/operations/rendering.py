"""What a model reads is the route's prompt in its registered version, filled with checked values."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from colonnade.errors import InvalidRequest
from colonnade.gateway.call import Call, Forward, Reply, Source
from colonnade.operations.prompts.conversation import VARIABLES_FIELD, prompted, text_of
from colonnade.operations.prompts.fence import disarmed, fenced
from colonnade.workload.folder import Prompt
from colonnade.workload.prompts.address import parse_address

HEADER = b"x-colonnade-prompt"
SOURCES = "sources"
"""The variable that the gateway fills with the passages it found, on routes that use knowledge."""
NO_SOURCES = "No passage was found."
_RULING = frozenset({"system", "developer"})


@dataclass(slots=True)
class RenderCounts:
    """Calls whose prompt was filled, and calls refused because it could not be."""

    rendered: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Render:
    """The stage `render`, after `retrieve` and before `cache`.

    - System and developer messages of callers are refused unless the route has `free_system_prompt`.
    - The system part of the route's prompt comes first. Its user part takes the place of the last user message,
      whose text fills `question`; all other turns stay as they are.
    - Passages fill the variable `sources`, numbered from 1. A prompt without that variable gets them before the
      question, in the same message.
    - `prompt_variables` of the request fill the other variables and do not travel on.
    """

    prompts: Mapping[str, Prompt]
    fence: bool = True
    counts: RenderCounts = field(default_factory=RenderCounts)
    name: str = "render"

    def __call__(self, call: Call, forward: Forward) -> Awaitable[Reply]:
        """Fill the prompt.

        Raises:
            InvalidRequest: `system_prompt_refused`, `prompt_version_unknown`, `prompt_variable_missing`,
                `_unknown`, `_type` or `_too_long`.
        """
        if call.endpoint == "chat" and call.route is not None:
            try:
                self._render(call)
            except InvalidRequest as error:
                self.counts.refused += 1
                call.decide(self.name, f"refused: {error.code}")
                raise
        return forward(call)

    def _render(self, call: Call) -> None:
        assert call.route is not None
        messages = call.request["messages"]
        if not call.route.free_system_prompt:
            _refuse_ruling(messages)
        call.question = question_of(messages)
        if call.route.prompt is None:
            _refuse_variables(call.request)
            return
        prompt = self._prompt(call.route.prompt)
        call.prompt_name, call.prompt_version = prompt.name, prompt.version
        call.unrendered, call.request = call.request, self._filled(call, prompt)
        self.counts.rendered += 1
        call.reply_headers.append((HEADER, prompt.address.encode()))
        call.decide(self.name, prompt.address)

    def _prompt(self, address: str) -> Prompt:
        wanted = parse_address(address)
        found = self.prompts.get(wanted.name)
        if found is None or not wanted.matches(found):
            raise InvalidRequest(
                f"The route wants the prompt {address}, which is not the one that is loaded.",
                code="prompt_version_unknown",
                param="model",
            )
        return found

    def _filled(self, call: Call, prompt: Prompt) -> dict[str, Any]:
        given, passages = call.request.get(VARIABLES_FIELD), numbered(call.sources)
        declared = any(variable.name == SOURCES for variable in prompt.variables)
        found_by_gateway = call.route is not None and call.route.knowledge is not None
        if not (declared and found_by_gateway and isinstance(given, dict | None)):
            request = prompted(prompt, call.request, fence=self.fence)
            return self._beside(request, passages) if passages and not declared else request
        if given and SOURCES in given:
            raise InvalidRequest(
                f"The variable '{SOURCES}' is filled by the gateway.",
                code="prompt_variable_unknown",
                param=f"{VARIABLES_FIELD}.{SOURCES}",
            )
        values = {**(given or {}), SOURCES: passages or NO_SOURCES}
        return prompted(prompt, {**call.request, VARIABLES_FIELD: values}, fence=self.fence)

    def _beside(self, request: dict[str, Any], passages: str) -> dict[str, Any]:
        """The passages before the question, in the last user message."""
        messages = request["messages"]
        at = max(place for place, message in enumerate(messages) if message["role"] == "user")
        block = fenced(SOURCES, passages) if self.fence else disarmed(passages)
        asked = {
            **messages[at],
            "content": _before(f"Passages:\n{block}\n\nQuestion: ", messages[at]["content"]),
        }
        return {**request, "messages": [*messages[:at], asked, *messages[at + 1 :]]}


def numbered(sources: Sequence[Source]) -> str:
    """`[1] (document) passage`, one a paragraph."""
    lines = (f"[{number}] ({source.document}) {source.passage}" for number, source in enumerate(sources, 1))
    return "\n\n".join(lines)


def question_of(messages: Sequence[Mapping[str, Any]]) -> str:
    """The text of the last user message."""
    for message in reversed(messages):
        if message.get("role") == "user":
            return text_of(message)
    return ""


def _before(text: str, content: Any) -> Any:
    return [{"type": "text", "text": text}, *content] if isinstance(content, list) else text + (content or "")


def _refuse_ruling(messages: Sequence[Mapping[str, Any]]) -> None:
    if any(message.get("role") in _RULING for message in messages):
        raise InvalidRequest(
            "This route has a prompt of its own and takes no system or developer messages.",
            code="system_prompt_refused",
            param="messages",
        )


def _refuse_variables(request: Mapping[str, Any]) -> None:
    if request.get(VARIABLES_FIELD):
        raise InvalidRequest(
            "This route has no prompt whose variables could be filled.",
            code="prompt_variable_unknown",
            param=VARIABLES_FIELD,
        )
