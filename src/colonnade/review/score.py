"""Rows become pillars and a headline, in a way that lets no average hide an open HIGH risk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from colonnade.review.catalogue import PILLARS, Pillar
from colonnade.review.report import Expiry, Headline, Letter, PillarResult, RowResult
from colonnade.review.waiver import WaiverResult

WEIGHTS = {"high": 3, "medium": 2, "low": 1}
LETTERS: tuple[tuple[float, Letter], ...] = ((0.9, "A"), (0.75, "B"), (0.5, "C"), (0.25, "D"), (0.0, "E"))
"""Least score of each letter."""
CAP_WHILE_HIGH: Letter = "C"
"""The best letter of a pillar with an open HIGH risk."""


def pillars_of(rows: Sequence[RowResult]) -> tuple[PillarResult, ...]:
    """The eight pillars in the order of the guide."""
    return tuple(_pillar(pillar, [row for row in rows if row.pillar == pillar]) for pillar in PILLARS)


def headline_of(
    rows: Sequence[RowResult],
    pillars: Sequence[PillarResult],
    waivers: Sequence[WaiverResult] = (),
    rejected: int = 0,
) -> Headline:
    """What a reader sees first; waived rows are counted apart and stay what they are."""
    applicable = [row for row in rows if row.score is not None]
    high = [row for row in rows if row.level == "HIGH"]
    scored = [pillar for pillar in pillars if pillar.score is not None]
    weakest = min(scored, key=lambda pillar: (pillar.score, -pillar.open_high), default=None)
    return Headline(
        open_high=sum(not row.waived for row in high),
        accepted_high=sum(row.waived for row in high),
        weakest=weakest.pillar if weakest else None,
        coverage=_share(sum(_covered(row) for row in applicable), len(applicable)),
        accepted=_share(sum(row.waived for row in applicable), len(applicable)),
        assurance=_assurance(rows),
        soonest_expiry=_soonest_expiry(rows),
        rows=dict(Counter(row.state for row in rows)),
        signals=dict(Counter(signal.state for row in applicable for signal in row.signals)),
        waivers_lapsed=sum(each.state == "lapsed" for each in waivers),
        rejected=rejected,
    )


def _pillar(pillar: Pillar, rows: Sequence[RowResult]) -> PillarResult:
    weights = [(WEIGHTS[row.risk], row) for row in rows if row.score is not None]
    total = sum(weight for weight, _ in weights)
    score = sum(weight * (row.score or 0.0) for weight, row in weights) / total if total else None
    open_high = sum(row.level == "HIGH" for row in rows)
    return PillarResult(
        pillar=pillar,
        score=score,
        exercised=_share(sum(weight * row.exercised for weight, row in weights), total),
        letter=_letter(score, open_high),
        open_high=open_high,
        applicable=len(weights),
        proven=sum(row.state == "proven" for row in rows),
        states=dict(Counter(row.state for row in rows)),
    )


def _letter(score: float | None, open_high: int) -> Letter:
    if score is None:
        return "-"
    letter = next(letter for least, letter in LETTERS if score >= least)
    return max(letter, CAP_WHILE_HIGH) if open_high else letter


def _covered(row: RowResult) -> bool:
    return any(signal.state in {"pass", "fail"} for signal in row.signals)


def _assurance(rows: Iterable[RowResult]) -> tuple[float, float, float, float]:
    grades = Counter(signal.grade for row in rows for signal in row.signals if signal.state == "pass")
    total = sum(grades.values())
    one, two, three, four = (_share(grades[grade], total) for grade in (1, 2, 3, 4))
    return one, two, three, four


def _soonest_expiry(rows: Iterable[RowResult]) -> Expiry | None:
    ends = [
        (signal.expires_at, row.id, signal.number)
        for row in rows
        for signal in row.signals
        if signal.state == "pass" and signal.expires_at is not None
    ]
    if not ends:
        return None
    at, practice, number = min(ends)
    return Expiry(practice=practice, signal=number, at=at)


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
