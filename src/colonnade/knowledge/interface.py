"""What retrieval needs of models: vectors for texts, and scores for pairs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Encoder(Protocol):
    """Turns texts into vectors of unit length."""

    @property
    def digest(self) -> str:
        """Digest of the weights; part of every index generation."""

    @property
    def dimensions(self) -> int:
        """Length of the vectors."""

    def encode(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector a text. Blocks; call it off the event loop."""


class Reranker(Protocol):
    """Scores how well a passage answers a question; higher is better, the scale is the model's own."""

    @property
    def digest(self) -> str:
        """Digest of the weights."""

    def score(self, question: str, passages: Sequence[str]) -> list[float]:
        """One score a passage. Blocks; call it off the event loop."""
