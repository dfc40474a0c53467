"""Retrieval is scored by where the passages stand that a person named as the source of the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from colonnade.evaluation.dataset import Item, ReferenceSource
from colonnade.evaluation.score import FoundPassage, Score
from colonnade.evaluation.words import folded


@dataclass(frozen=True, slots=True)
class RecallAt:
    """The share of an item's sources that are among the first `k` passages."""

    k: int

    def __call__(self, item: Item, found: Sequence[FoundPassage]) -> Score:
        """Score one ranked list."""
        ranks = [rank_of(source, found) for source in item.sources]
        hits = sum(rank is not None and rank <= self.k for rank in ranks)
        return Score(hits / len(ranks), f"{hits} of {len(ranks)} sources among the first {self.k}")


@dataclass(frozen=True, slots=True)
class ReciprocalRank:
    """One over the place of the first passage that is a source; 0 where none is found."""

    def __call__(self, item: Item, found: Sequence[FoundPassage]) -> Score:
        """Score one ranked list."""
        ranks = [rank for source in item.sources if (rank := rank_of(source, found)) is not None]
        if not ranks:
            return Score(0.0, f"no source among {len(found)} passages")
        return Score(1.0 / min(ranks), f"first source at place {min(ranks)}")


def rank_of(source: ReferenceSource, found: Sequence[FoundPassage]) -> int | None:
    """The place, from 1, of the first passage that is this source."""
    places = (
        place for place, passage in enumerate(found, 1) if is_source(passage.document, passage.text, source)
    )
    return next(places, None)


def is_source(document: str, text: str, source: ReferenceSource) -> bool:
    """Whether a passage is of the source's document and holds its quote."""
    return document == source.document and folded(source.quote) in folded(text)
