"""How practices relate to the requirements of frameworks, as an OSCAL mapping collection: `intersects-with`, never more."""

from __future__ import annotations

import re
from typing import Any

from colonnade.review.exports.document import json_document
from colonnade.review.exports.identity import identity
from colonnade.review.exports.matter import Matter
from colonnade.review.exports.oscal.parts import FILES, metadata, one_line, prop
from colonnade.review.exports.words import CONTRIBUTES
from colonnade.review.frameworks import PinnedList

_TOKEN = re.compile(r"[A-Za-z_][\w.-]*")


def oscal_mapping(matter: Matter) -> bytes:
    """A mapping a framework; requirements that no practice contributes to are listed as its gap."""
    catalogue = matter.catalogue
    mappings = [_mapping(matter, name, pinned) for name, pinned in catalogue.frameworks.items()]
    collection = {
        "uuid": identity("oscal", "mapping", str(catalogue.version)),
        "metadata": metadata("Colonnade: practices beside the requirements of frameworks", matter),
        "provenance": {
            "method": "human",
            "matching-rationale": "functional",
            "status": "complete",
            "mapping-description": CONTRIBUTES,
        },
        "mappings": [each for each in mappings if each["maps"]],
    }
    return json_document({"mapping-collection": collection})


def _mapping(matter: Matter, name: str, pinned: PinnedList) -> dict[str, Any]:
    maps = [
        _map(name, practice.id, requirement)
        for practice in matter.catalogue.practices
        for requirement in practice.maps.get(name, ())
    ]
    return {
        "uuid": identity("oscal", "mapping", name),
        "source-resource": {"type": "catalog", "href": FILES["catalog"]},
        "target-resource": {
            "type": "catalog",
            "href": f"urn:colonnade:framework:{name}",
            "props": [prop("version", pinned.version), prop("source", pinned.source)],
        },
        "mapping-description": one_line(pinned.version),
        "maps": maps,
        "target-gap-summary": _gap(matter, name, pinned),
    }


def _map(framework: str, practice: str, requirement: str) -> dict[str, Any]:
    return {
        "uuid": identity("oscal", "map", framework, practice, requirement),
        "relationship": "intersects-with",
        "sources": [{"type": "control", "id-ref": practice}],
        "targets": [{"type": "control", "id-ref": requirement}],
    }


def _gap(matter: Matter, name: str, pinned: PinnedList) -> dict[str, Any] | None:
    """Only where ids are tokens in OSCAL's sense; `Art. 50(1)` is none and would have to be renamed."""
    mapped = {each for practice in matter.catalogue.practices for each in practice.maps.get(name, ())}
    missing = [each for each in pinned.in_order if each not in mapped]
    if not missing or not all(_TOKEN.fullmatch(each) for each in missing):
        return None
    return {"uuid": identity("oscal", "gap", name), "unmapped-controls": [{"with-ids": missing}]}
