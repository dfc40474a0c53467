"""What is searched for is what the user asks; a short follow-up is read together with the question before it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

SHORT_WORDS = 4
_LONGEST_SEARCH = 2000  # characters; models read the first few hundred words only
_WORD = re.compile(r"\w+(?:['\u2019]\w+)?")
_POINTING = frozenset({
    "it", "its", "they", "them", "their", "theirs", "this", "that", "these", "those", "he", "him", "his", "she",
    "her", "hers", "one", "ones", "former", "latter",
})  # fmt: skip
_LINKING = frozenset({"and", "but", "or", "so", "then", "also", "else"})


def user_messages(messages: Any) -> list[str]:
    """The texts of all user messages, in order; parts that are no text are passed over."""
    if not isinstance(messages, list):
        return []
    return [
        _text(message.get("content"))
        for message in messages
        if isinstance(message, dict) and message.get("role") == "user"
    ]


def search_text(asked: Sequence[str]) -> str:
    """The last question; with the one before it in front where it has at most four words, begins with a linking
    word (`and`, `but`, ...) or holds a pointing one (`it`, `that`, `they`, ...).
    """
    if not asked:
        return ""
    last = asked[-1].strip()
    text = f"{asked[-2].strip()}\n{last}" if len(asked) > 1 and leans_back(last) else last
    return text.encode("utf-8", "replace").decode()[-_LONGEST_SEARCH:]


def leans_back(question: str) -> bool:
    """Whether a question can hardly be understood without the one before it."""
    words = [word.lower() for word in _WORD.findall(question)]
    if len(words) <= SHORT_WORDS:
        return True
    return words[0] in _LINKING or any(word in _POINTING for word in words)


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    parts = [part.get("text") for part in content if isinstance(part, dict) and part.get("type") == "text"]
    return "\n".join(part for part in parts if isinstance(part, str))
