"""A score is a number between 0 and 1 with the reason for it; what is scored is named here as well."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Score:
    """`reason` says how the value came about, without words of questions or answers."""

    value: float
    reason: str


class FoundPassage(Protocol):
    """A passage that retrieval found."""

    @property
    def document(self) -> str:
        """Path relative to the knowledge folder."""

    @property
    def text(self) -> str:
        """Its words."""

    @property
    def score(self) -> float:
        """The reranker's, on its own scale."""


@dataclass(frozen=True, slots=True)
class GivenSource:
    """A passage that an answer names as its source."""

    document: str
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for a question. `nothing_found` is the gateway's own word that nothing was relevant."""

    text: str
    sources: tuple[GivenSource, ...] = ()
    nothing_found: bool = False
    latency_ms: float = 0.0
    request_id: str = ""


Rerank = Callable[[str, Sequence[str]], list[float]]
"""Scores how well each passage answers a text: `Reranker.score`."""
