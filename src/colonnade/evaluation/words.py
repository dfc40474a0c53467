"""Texts are compared by their words: folded, without marks, and for support without words that carry no content."""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+(?:[.,'\u2019-][^\W_]+)*")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")
_MARKER = re.compile(r"\[(\d{1,3})\]")
_EMPTY = frozenset({
    "a", "about", "above", "after", "again", "against", "all", "also", "am", "an", "and", "any", "are", "as", "at",
    "be", "because", "been", "before", "being", "below", "between", "both", "but", "by", "can", "could", "did",
    "do", "does", "doing", "down", "during", "each", "few", "for", "from", "further", "had", "has", "have",
    "having", "he", "her", "here", "hers", "him", "his", "how", "i", "if", "in", "into", "is", "it", "its",
    "itself", "just", "may", "me", "might", "more", "most", "must", "my", "no", "nor", "not", "now", "of", "off",
    "on", "once", "only", "or", "other", "our", "out", "over", "own", "s", "same", "shall", "she", "should", "so",
    "some", "such", "than", "that", "the", "their", "them", "then", "there", "these", "they", "this", "those",
    "through", "to", "too", "under", "until", "up", "upon", "very", "was", "we", "were", "what", "when", "where",
    "which", "while", "who", "whom", "why", "will", "with", "would", "you", "your",
})  # fmt: skip
_ARTICLES = frozenset({"a", "an", "the"})


def folded(text: str) -> str:
    """`text` without differences of case, composition and white space."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def words(text: str) -> list[str]:
    """All words but articles, in order, as SQuAD compares answers."""
    return [word for word in _WORD.findall(folded(text)) if word not in _ARTICLES]


def content_words(text: str) -> set[str]:
    """The words that carry content, cut to a rough stem of six letters."""
    return {word[:6] for word in _WORD.findall(folded(without_markers(text))) if word not in _EMPTY}


def sentences(text: str) -> list[str]:
    """The sentences of an answer that hold at least one word of content."""
    return [part for part in _SENTENCE_END.split(text) if content_words(part)]


def markers(text: str) -> list[int]:
    """The numbers of sources that an answer cites, `[1]` and so on, each once, in order."""
    return list(dict.fromkeys(int(number) for number in _MARKER.findall(text)))


def without_markers(text: str) -> str:
    """`text` without its citations."""
    return _MARKER.sub(" ", text)
