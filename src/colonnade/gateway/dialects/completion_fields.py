"""The fields of a legacy completion, asked and answered, and what they are in chat completions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, NoReturn

from colonnade.errors import InvalidRequest
from colonnade.gateway.dialects.inner import Choice, Said
from colonnade.gateway.dialects.logprobs import legacy
from colonnade.gateway.field_faults import MOST_CHOICES, choices, missing, wrong

MOST_LOGPROBS: Final = 5
MOST_PROMPTS: Final = 64
_TRANSLATED: Final = frozenset({"best_of", "echo", "logprobs", "prompt", "suffix"})
_CHAT_ONLY: Final = frozenset({
    "audio", "function_call", "functions", "messages", "modalities", "parallel_tool_calls", "tool_choice", "tools",
    "top_logprobs",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Prompts:
    """What was asked: `texts` one by one, each answered with `choices`, behind the prompt where it is echoed."""

    texts: list[str]
    choices: int = 1
    echo: bool = False

    def echoed(self, index: int) -> str:
        """What stands before the text of the choice with this index."""
        return self.texts[min(index // self.choices, len(self.texts) - 1)] if self.echo else ""


def prompts_of(request: dict[str, Any]) -> Prompts:
    """The prompts of a request.

    Raises:
        InvalidRequest: there are none, they are too many, or they are no text.
    """
    echo, wanted = request.get("echo"), request.get("n")
    if echo is not None and not isinstance(echo, bool):
        wrong("echo", "a boolean")
    if wanted is not None and not choices(wanted):
        wrong("n", f"a whole number from 1 to {MOST_CHOICES}")
    return Prompts(_texts(request.get("prompt")), wanted or 1, bool(echo))


def chat_request(request: dict[str, Any], prompts: Prompts) -> dict[str, Any]:
    """The chat request for the first prompt; fields that nobody knows travel as they are.

    Raises:
        InvalidRequest: a field that a chat model cannot follow, or that is none of this endpoint.
    """
    for name in sorted(_CHAT_ONLY.intersection(request)):
        raise InvalidRequest(
            f"The field '{name}' is none of this endpoint.", code="unknown_parameter", param=name
        )
    _refuse_untranslatable(request, prompts)
    made = {name: value for name, value in request.items() if name not in _TRANSLATED}
    made["messages"] = messages_for(prompts.texts[0])
    logprobs = request.get("logprobs")
    return made if logprobs is None else {**made, "logprobs": True, "top_logprobs": _count(logprobs)}


def messages_for(prompt: str) -> list[dict[str, str]]:
    """A conversation that is the prompt."""
    return [{"role": "user", "content": prompt}]


def choice_of(choice: Choice, prompts: Prompts, *, offset: int = 0) -> dict[str, Any]:
    """A choice of a completion, or a piece of one that begins at `offset`; at its beginning the prompt is echoed."""
    said = choice.delta or choice.message or Said()
    written = {
        "text": ("" if offset else prompts.echoed(choice.index)) + (said.content or said.refusal or ""),
        "index": choice.index,
        "logprobs": legacy(choice.logprobs, offset),
        "finish_reason": choice.finish_reason,
    }
    return {**written, "reasoning_content": said.thought} if said.thought else written


def id_of(given: Any) -> str:
    """The id with the prefix that completions have."""
    return f"cmpl-{str(given or '').removeprefix('chatcmpl-')}"


def _texts(given: Any) -> list[str]:
    if given is None:
        missing("prompt")
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or not texts:
        wrong("prompt", "a string or an array of strings, not empty")
    if all(type(token) is int or isinstance(token, list) for token in texts):
        _cannot("prompt", "Prompts of token numbers cannot be turned back into text here; send strings.")
    if not all(isinstance(text, str) and text for text in texts):
        wrong("prompt", "a string or an array of strings, not empty")
    if len(texts) > MOST_PROMPTS:
        wrong("prompt", f"an array of at most {MOST_PROMPTS} strings")
    return texts


def _refuse_untranslatable(request: dict[str, Any], prompts: Prompts) -> None:
    if request.get("suffix"):
        _cannot("suffix", "A chat model cannot fill in before a suffix.")
    if request.get("best_of") not in (None, 1, prompts.choices):
        _cannot("best_of", "The best of several answers cannot be chosen here; ask for them with 'n'.")
    if prompts.echo and request.get("logprobs") is not None:
        _cannot("logprobs", "A chat model tells no log-probabilities of an echoed prompt.")


def _count(logprobs: Any) -> int:
    if type(logprobs) is not int or not 0 <= logprobs <= MOST_LOGPROBS:
        wrong("logprobs", f"a whole number from 0 to {MOST_LOGPROBS}")
    return int(logprobs)


def _cannot(field: str, sentence: str) -> NoReturn:
    raise InvalidRequest(sentence, code="unsupported_parameter", param=field)
