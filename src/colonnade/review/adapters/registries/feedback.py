"""Scores of Langfuse tell what people rated, and what became of what users disliked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from colonnade.evidence.imported.registries import Export, FeedbackCases, Ratings
from colonnade.review.adapters.material import plain
from colonnade.review.adapters.registries.langfuse_shapes import DatasetItem, Queue, Score
from colonnade.review.adapters.taking import moment

CONFIRMED = "feedback-confirmed"
WINDOW_S = 30 * 86_400.0
"""Ratings of the last 30 days count, as the catalogue asks of OPS-07."""
_BAD = frozenset({"negative", "bad", "down", "thumbs_down", "thumbs-down", "dislike", "no", "false"})


def ratings(scores: Sequence[Score], queues: Sequence[Queue], export: Export, now: float) -> Ratings:
    """Outputs by the people who rated them; the plan is the description of the queues that these came from."""
    by_output: defaultdict[str, set[str]] = defaultdict(set)
    used: set[str] = set()
    for score in scores:
        at = moment(score.timestamp)
        recent = at is not None and now - WINDOW_S <= at <= now
        if recent and score.source == "ANNOTATION" and score.name != CONFIRMED and score.about:
            by_output[score.about].add(score.author_user_id or "")
            used.add(score.queue_id or "")
    raters = [people - {""} for people in by_output.values()]
    plans = sorted({plain(it.description) for it in queues if it.id in used and it.description})
    return Ratings(
        export=export,
        rated=sum(bool(people) for people in raters),
        rated_twice=sum(len(people) >= 2 for people in raters),
        raters=len(set().union(*raters)),
        plan="; ".join(plans),
    )


def feedback_cases(scores: Sequence[Score], items: Sequence[DatasetItem], export: Export) -> FeedbackCases:
    """Traces that users disliked, those that a person confirmed, and those from which an active case was made."""
    disliked = {it.about for it in scores if it.source == "API" and "feedback" in it.name and _is_bad(it)}
    agreed = {
        it.about for it in scores if it.source == "ANNOTATION" and it.name == CONFIRMED and not _is_bad(it)
    }
    cases = {it.source_trace_id for it in items if it.status == "ACTIVE"}
    confirmed = (disliked & agreed) - {""}
    return FeedbackCases(
        export=export,
        negative=len(disliked - {""}),
        confirmed=len(confirmed),
        became_cases=len(confirmed & cases),
    )


def _is_bad(score: Score) -> bool:
    """0 or less, false, or a word that says so."""
    if isinstance(score.value, bool):
        return not score.value
    if isinstance(score.value, float):
        return score.value <= 0.0
    return score.word in _BAD
