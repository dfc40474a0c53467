"""Small deterministic models for tests: real vectors and scores, made of word stems instead of weights."""

import hashlib
import math
import re
from collections.abc import Callable, Sequence

from colonnade.knowledge.collection import Collection

OpenCollection = Callable[..., Collection]
"""(encoder, name, reranker) -> a collection over the test's documents; the fixture `open_one`."""

_STOP = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "by",
        "can",
        "do",
        "for",
        "how",
        "i",
        "in",
        "is",
        "it",
        "not",
        "of",
        "on",
        "or",
        "that",
        "the",
        "this",
        "to",
        "was",
        "what",
        "which",
        "with",
        "you",
    ]
)


def stems(text: str) -> list[str]:
    return [word[:5] for word in re.findall(r"\w+", text.lower()) if word not in _STOP]


class HashingEncoder:
    """Each stem adds one to two of the dimensions; counts what it is asked for."""

    def __init__(self, dimensions: int = 64, digest: str = "sha256:" + "e" * 64) -> None:
        self.dimensions = dimensions
        self.digest = digest
        self.encoded: list[str] = []

    def encode(self, texts: Sequence[str]) -> list[list[float]]:
        self.encoded.extend(texts)
        return [self._vector(text) for text in texts]

    def _vector(self, text: str) -> list[float]:
        vector = [1e-6] * self.dimensions
        for stem in stems(text):
            bits = hashlib.sha256(stem.encode("utf-8", "replace")).digest()
            for byte in bits[:2]:
                vector[byte % self.dimensions] += 1.0
        length = math.sqrt(sum(value * value for value in vector))
        return [value / length for value in vector]


class OverlapReranker:
    """The share of the question's stems that a passage holds, from -10 (none) to 10 (all)."""

    digest = "sha256:" + "f" * 64

    def score(self, question: str, passages: Sequence[str]) -> list[float]:
        asked = set(stems(question))
        return [20.0 * len(asked & set(stems(passage))) / max(len(asked), 1) - 10.0 for passage in passages]
