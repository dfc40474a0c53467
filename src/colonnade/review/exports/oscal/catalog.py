"""The catalogue of practices as an OSCAL catalog: a group a pillar, a control a practice, an objective a signal."""

from __future__ import annotations

from typing import Any

from colonnade.review.catalogue import PILLARS, Pillar, Practice
from colonnade.review.exports.document import json_document
from colonnade.review.exports.identity import identity
from colonnade.review.exports.matter import Matter
from colonnade.review.exports.oscal.parts import metadata, objective_id, one_line, prop, prose
from colonnade.review.exports.words import PILLAR_NAMES


def oscal_catalog(matter: Matter) -> bytes:
    """The catalogue; it holds nothing of the workload but the moment of its export."""
    catalogue = matter.catalogue
    return json_document(
        {
            "catalog": {
                "uuid": identity("oscal", "catalog", str(catalogue.version)),
                "metadata": metadata("Colonnade: practices of generative AI, well-architected", matter),
                "groups": [_group(pillar, matter) for pillar in PILLARS],
            }
        }
    )


def _group(pillar: Pillar, matter: Matter) -> dict[str, Any]:
    practices = [each for each in matter.catalogue.practices if each.pillar == pillar]
    return {
        "id": pillar,
        "title": PILLAR_NAMES[pillar],
        "controls": [_control(each) for each in practices] or None,
    }


def _control(practice: Practice) -> dict[str, Any]:
    return {
        "id": practice.id,
        "title": one_line(practice.title),
        "props": [
            prop("risk", practice.risk),
            prop("section", practice.section),
            prop("freshness-days", str(practice.freshness_days)),
            prop("applies-when", practice.applies_when.text),
        ],
        "links": [{"href": f"#{other}", "rel": "related"} for other in practice.related] or None,
        "parts": [
            {"id": f"{practice.id}_smt", "name": "statement", "prose": prose(practice.question)},
            {"id": f"{practice.id}_gdn", "name": "guidance", "prose": prose(practice.mechanism)},
            {"id": objective_id(practice.id), "name": "assessment-objective", "parts": _objectives(practice)},
        ],
    }


def _objectives(practice: Practice) -> list[dict[str, Any]]:
    return [
        {
            "id": f"{objective_id(practice.id)}.{signal.number}",
            "name": "assessment-objective",
            "props": [prop("kind", signal.kind), prop("grade", str(signal.grade))],
            "prose": prose(signal.text),
        }
        for signal in practice.signals
    ]
