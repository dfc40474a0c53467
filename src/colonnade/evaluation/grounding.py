"""Whether answers rest on their sources is read from shared words and from the reranker, never asked of a model.

A sentence is *supported* by a source that holds at least `enough` of its content words; or at least `some` of them
where the reranker, given sentence and source, scores `relevant` or more. This measures whether the words of an
answer come from its sources. It does not see a negation turned round or a number moved to another subject, and it
is hard on free paraphrase: read it as a floor under faithfulness, not as proof of truth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from colonnade.evaluation.dataset import Item
from colonnade.evaluation.finding import is_source
from colonnade.evaluation.score import Answer, GivenSource, Rerank, Score
from colonnade.evaluation.words import content_words, markers, sentences, without_markers


@dataclass(frozen=True, slots=True)
class Support:
    """Decides whether a sentence is supported; shares of content words, and the reranker's scale."""

    rerank: Rerank | None = None
    enough: float = 0.6
    some: float = 0.35
    relevant: float = 0.0

    def __call__(self, sentence: str, sources: Sequence[GivenSource]) -> bool:
        """Whether one of `sources` supports `sentence`."""
        wanted = content_words(sentence)
        shares = [len(wanted & content_words(source.text)) / max(len(wanted), 1) for source in sources]
        if max(shares, default=0.0) >= self.enough:
            return True
        likely = [source.text for source, share in zip(sources, shares, strict=True) if share >= self.some]
        if self.rerank is None or not likely:
            return False
        return max(self.rerank(without_markers(sentence), likely)) >= self.relevant


LEXICAL = Support()
"""Support by shared words alone."""


@dataclass(frozen=True, slots=True)
class Groundedness:
    """The share of an answer's sentences that its sources support."""

    support: Support = LEXICAL

    def __call__(self, answer: str, sources: Sequence[GivenSource]) -> Score:
        """Score one answer; one without words is not grounded in anything."""
        parts = sentences(answer)
        supported = sum(self.support(part, sources) for part in parts)
        value = supported / len(parts) if parts else 0.0
        return Score(value, f"{supported} of {len(parts)} sentences supported by {len(sources)} sources")


@dataclass(frozen=True, slots=True)
class CitationPrecision:
    """The share of an answer's cited sources that bear it out.

    Cited are the sources that the text marks (`[1]`), and all that were given where it marks none. A source bears
    out where it is a reference source of the question or supports a sentence of the answer; a mark without a
    source is a wrong citation.
    """

    support: Support = LEXICAL

    def __call__(self, item: Item, answer: Answer) -> Score:
        """Score one answer; one that gives no source has precision 0."""
        numbers = markers(answer.text)
        cited = numbers or list(range(1, len(answer.sources) + 1))
        right = sum(self._right(item, answer, number) for number in cited)
        how = "marked" if numbers else "given"
        return Score(right / len(cited) if cited else 0.0, f"{right} of {len(cited)} {how} sources bear out")

    def _right(self, item: Item, answer: Answer, number: int) -> bool:
        if not 1 <= number <= len(answer.sources):
            return False
        source = answer.sources[number - 1]
        if any(is_source(source.document, source.text, reference) for reference in item.sources):
            return True
        return any(self.support(part, [source]) for part in sentences(answer.text))
