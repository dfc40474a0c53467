"""Only the last question of a conversation may differ, and only in words that the embedding model can tell apart."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from colonnade.gateway.call import Call
from colonnade.performance.cache_key import asked_of

LONGEST_QUESTION: Final = 500
"""Characters. Embedding models read the first 512 tokens alone: longer texts with the same beginning would be one."""
_TOOLS: Final = ("tools", "functions")
_WORD: Final = re.compile(r"[\w']+")
_LAST_LATIN: Final = "\u024f"
_DENYING: Final = frozenset({
    "no", "not", "none", "never", "nothing", "nobody", "neither", "nor", "without", "except", "cannot", "unless",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Question:
    """`text` may differ a little; `around` is everything else that the caller sent, and `fixed` the words of the text
    that may not differ either.
    """

    text: str
    around: Mapping[str, Any]
    fixed: tuple[str, ...]


def question_of(call: Call) -> Question | None:
    """The question of a chat; None where nothing may be like it: tools, pictures, long or empty texts."""
    request = call.unrendered if call.unrendered is not None else call.request
    messages = request.get("messages")
    if call.endpoint != "chat" or not messages or any(request.get(name) for name in _TOOLS):
        return None
    if not all(map(_plain, messages)):
        return None
    *before, last = messages
    text = last["content"].strip() if isinstance(last.get("content"), str) else ""
    if last.get("role") != "user" or not 0 < len(text) <= LONGEST_QUESTION:
        return None
    said = {name: value for name, value in last.items() if name != "content"}
    return Question(text, {**asked_of(request), "messages": [*before, said]}, fixed_words(text))


def fixed_words(text: str) -> tuple[str, ...]:
    """Words that change what is asked and hardly change a vector: numbers, denials, and scripts that are not Latin.

    A model that was trained on English gives two Thai questions the same vector (measured: cosine 1.000), and
    `tool 7` and `tool 9` nearly the same (0.911).
    """
    words = (word.lower() for word in _WORD.findall(text))
    return tuple(word for word in words if _fixed(word))


def in_the_same_order(one: str, other: str) -> bool:
    """Whether words that both texts have once stand in the same order.

    `from basic to premium` and `from premium to basic` have nearly the same vector (0.995).
    """
    first, second = _WORD.findall(one.lower()), _WORD.findall(other.lower())
    shared = {word for word in first if first.count(word) == 1 == second.count(word)}
    return [word for word in first if word in shared] == [word for word in second if word in shared]


def _fixed(word: str) -> bool:
    if word in _DENYING or word.endswith("n't"):
        return True
    return any(letter.isdigit() or letter > _LAST_LATIN for letter in word)


def _plain(message: Mapping[str, Any]) -> bool:
    """Text alone: no parts, no tools, no sound."""
    parts = isinstance(message.get("content"), list)
    return (
        not parts
        and message.get("role") != "tool"
        and not message.get("tool_calls")
        and not message.get("audio")
    )
