"""An answer is a refusal where it says that it does not know, instead of saying something."""

from __future__ import annotations

import re
from dataclasses import dataclass

from colonnade.evaluation.score import Answer, Score
from colonnade.evaluation.words import folded

_OPENING_WORDS = 40
_PHRASES = re.compile(
    r"\b(?:i|we) (?:do not|don['\u2019]?t|cannot|can['\u2019]?t|am not able to|are not able to|could not) "
    r"(?:know|say|tell|answer|find|determine|have (?:any |enough |that |this )?information)"
    r"|\bno (?:information|answer|mention|passage)\b"
    r"|\b(?:does|do|did) not (?:answer|mention|say|state|specify|contain|provide|cover|include)\b"
    r"|\b(?:is|are) not (?:mentioned|stated|specified|provided|given|covered|included|in the (?:documents|passages|context))"
    r"|\b(?:not enough|insufficient) (?:information|context)\b"
    r"|\bunable to (?:answer|find|determine)\b"
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """1 where the gateway says that nothing was found, or the answer opens with words of not knowing.

    Only the first forty words count: an answer that gives facts and ends in a caveat is an answer. The phrases are
    English. Wrong both ways on occasion; its errors were counted on a labelled list in the tests.
    """

    def __call__(self, answer: Answer) -> Score:
        """Score one answer."""
        if answer.nothing_found:
            return Score(1.0, "the gateway found nothing relevant")
        if not answer.text.strip():
            return Score(0.0, "the answer is empty")
        opening = " ".join(folded(answer.text).split()[:_OPENING_WORDS])
        if _PHRASES.search(opening):
            return Score(1.0, "the answer opens with words of not knowing")
        return Score(0.0, "no words of not knowing")
