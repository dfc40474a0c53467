"""The catalogue as a custom lens of the AWS Well-Architected Tool: pillars, a question a section, a choice a practice.

Limits are those of the service's API model (2020-03-31) and of its lens format 2021-11-01; a lens beyond them is
refused here, not on import.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from colonnade.errors import CannotEvaluate
from colonnade.review.catalogue import PREFIXES, Catalogue, Pillar, Practice
from colonnade.review.exports.document import json_document
from colonnade.review.exports.lens_rules import risk_rules
from colonnade.review.exports.words import PILLAR_NAMES, shortened

SCHEMA_VERSION = "2021-11-01"
LARGEST_LENS = 500_000
"""Characters."""
LONGEST: Mapping[str, int] = {"title": 512, "description": 1024, "displayText": 1024, "id": 64, "name": 128}
PILLAR_IDS: Mapping[Pillar, str] = {
    "use_case": "useCase",
    "operational_excellence": "operationalExcellence",
    "security": "security",
    "reliability": "reliability",
    "performance": "performance",
    "cost": "costOptimization",
    "sustainability": "sustainability",
    "responsible_ai": "responsibleAI",
}
"""Six are the framework's own, which the tool merges; two are ours."""
NONE_OF_THESE = "_no"
"""How the id of the choice `None of these` ends; it is the one choice without a plan."""


@dataclass(frozen=True, slots=True)
class Question:
    """One section of the guide, with its practices in order."""

    id: str
    pillar: Pillar
    section: str
    practices: tuple[Practice, ...]

    @property
    def none(self) -> str:
        """The id of the choice that says that none of the practices is followed."""
        return f"{self.id}{NONE_OF_THESE}"


def lens(catalogue: Catalogue) -> bytes:
    """The lens for `import-lens`.

    Raises:
        CannotEvaluate: the catalogue has grown beyond what a lens can hold.
    """
    document = json_document(
        {
            "schemaVersion": SCHEMA_VERSION,
            "name": f"Colonnade: generative AI, well-architected (catalogue {catalogue.version})",
            "description": shortened(f"{len(catalogue.practices)} practices: {catalogue.guide}", 1024),
            "pillars": [_pillar(pillar, questions_of(catalogue)) for pillar in PILLAR_IDS],
        }
    )
    if len(document.decode()) > LARGEST_LENS:
        raise CannotEvaluate(f"the lens has more than {LARGEST_LENS} characters")
    return document


def questions_of(catalogue: Catalogue) -> tuple[Question, ...]:
    """The questions of the lens, in the order of the guide."""
    grouped: dict[tuple[Pillar, str], list[Practice]] = {}
    for practice in catalogue.practices:
        grouped.setdefault((practice.pillar, practice.section), []).append(practice)
    return tuple(
        Question(_question_id(pillar, section), pillar, section, tuple(practices))
        for (pillar, section), practices in grouped.items()
    )


def choice_id(practice: Practice) -> str:
    """The id of a practice's choice, `OPS_14`."""
    return practice.id.replace("-", "_")


def _question_id(pillar: Pillar, section: str) -> str:
    place = section.replace(".", "_").replace("-", "_")
    return f"{PREFIXES[pillar]}_Q_{place}"


def _pillar(pillar: Pillar, questions: Sequence[Question]) -> dict[str, Any]:
    return {
        "id": PILLAR_IDS[pillar],
        "name": PILLAR_NAMES[pillar],
        "questions": [_question(each) for each in questions if each.pillar == pillar],
    }


def _question(question: Question) -> dict[str, Any]:
    titles = " / ".join(each.title for each in question.practices)
    high = [choice_id(each) for each in question.practices if each.risk == "high"]
    rules = risk_rules([choice_id(each) for each in question.practices], high)
    return {
        "id": question.id,
        "title": shortened(f"{question.section}: {titles}", LONGEST["title"]),
        "description": shortened(
            " ".join(each.question for each in question.practices), LONGEST["description"]
        ),
        "choices": [*_choices(question), {"id": question.none, "title": "None of these"}],
        "riskRules": [{"condition": rule.condition, "risk": rule.risk} for rule in rules],
    }


def _choices(question: Question) -> Iterator[dict[str, Any]]:
    for practice in question.practices:
        signals = "; ".join(signal.text for signal in practice.signals)
        yield {
            "id": choice_id(practice),
            "title": shortened(f"{practice.id}: {practice.title}", LONGEST["title"]),
            "description": shortened(practice.question, LONGEST["description"]),
            "helpfulResource": {"displayText": shortened(f"Proven by: {signals}", LONGEST["displayText"])},
            "improvementPlan": {
                "displayText": shortened(f"Mechanism: {practice.mechanism}", LONGEST["displayText"])
            },
        }
