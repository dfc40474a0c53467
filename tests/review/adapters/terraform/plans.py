"""Plans as `terraform show -json` writes them, from a few lines each, and what the adapter makes of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from observed import SCOPE

from colonnade.evidence.imported.infrastructure import Infrastructure, Resource, Source
from colonnade.review.adapters.adapter import Reading
from colonnade.review.adapters.material import Material
from colonnade.review.adapters.terraform.adapter import read

GOLDEN = Path(__file__).parents[1] / "golden" / "terraform"


def golden(*names: str) -> list[Material]:
    return [Material(name, (GOLDEN / name).read_bytes(), GOLDEN / name) for name in names]


def change(address: str, values: Any, unknown: Any = None, *actions: str) -> dict[str, Any]:
    """One entry of `resource_changes`; the address may stand in a module and have an index."""
    path, _, last = address.rpartition(".")
    module, _, kind = path.rpartition(".")
    name, _, index = last.partition("[")
    told: dict[str, Any] = {"address": address, "mode": "managed", "type": kind, "name": name}
    if module:
        told["module_address"] = module
    if index:
        told["index"] = json.loads(index.removesuffix("]"))
    what = {"actions": list(actions) or ["no-op"], "after": values, "after_unknown": unknown or {}}
    return {**told, "change": what}


def plan(*changes: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "resource_changes": list(changes),
        **fields,
    }


def given(value: Any, name: str = "plan.json") -> Material:
    return Material(name, json.dumps(value).encode(), Path(name))


def reading(*materials: Material) -> Reading:
    return read(materials, SCOPE)


def seen(*materials: Material) -> Infrastructure:
    """What was read; nothing may have been rejected."""
    found = reading(*materials)
    assert found.rejects == []
    [record] = found.records
    return msgspec.convert(record.facts, Infrastructure)


def source(*materials: Material) -> Source:
    [only] = seen(*materials).sources
    return only


def resources(*materials: Material) -> Mapping[str, Resource]:
    return {each.name: each for each in seen(*materials).resources}


def held(kind: str, values: Any, unknown: Any = None) -> dict[str, str]:
    """Aspect -> whether it holds, of one resource alone in a plan."""
    [only] = resources(given(plan(change(f"{kind}.it", values, unknown)))).values()
    return {name: aspect.holds for name, aspect in only.aspects.items()}
