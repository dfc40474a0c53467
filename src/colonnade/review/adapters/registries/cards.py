"""Cards of models and datasets: Markdown with front matter, as hubs of models show them and teams keep them in git.

A card that is committed as it stands counts as it is; any other can be rewritten, and needs a signature.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from colonnade.evidence.collection import Scope
from colonnade.evidence.imported.registries import Datasheet, Datasheets, Export, ModelCard, ModelCards
from colonnade.evidence.repository import Repository
from colonnade.review.adapters.adapter import Adapter, Reading
from colonnade.review.adapters.bounded import yaml_values
from colonnade.review.adapters.material import Material, Unreadable, plain
from colonnade.review.adapters.registries.export import export_of, number, registry_record
from colonnade.review.adapters.taking import listed, mapped

_OF_DATA = frozenset(
    {"composition", "intended_population", "task_categories", "size_categories", "dataset_info", "use"}
)
"""Fields that only datasets have."""


def read(materials: Sequence[Material], scope: Scope) -> Reading:
    """Every card; Markdown without front matter is passed over."""
    reading = Reading()
    cards: list[tuple[Material, ModelCard]] = []
    sheets: list[tuple[Material, Datasheet]] = []
    for material in materials:
        front = _front_matter(material, reading)
        if front is None:
            continue
        if _OF_DATA & front.keys():
            sheets.append((material, _datasheet(front, material)))
        else:
            cards.append((material, _model_card(front, material)))
    if cards:
        kept = [material for material, _ in cards]
        view: msgspec.Struct = ModelCards(export=_export(kept), cards=[card for _, card in cards])
        reading.records.append(registry_record(view, scope, CARDS.collector, len(cards), kept))
    if sheets:
        kept = [material for material, _ in sheets]
        view = Datasheets(export=_export(kept), sheets=[sheet for _, sheet in sheets])
        reading.records.append(registry_record(view, scope, CARDS.collector, len(sheets), kept))
    return reading


CARDS = Adapter("cards", 1, "cards of models and datasets: Markdown with front matter", ("*.md",), read)


def _export(materials: Sequence[Material]) -> Export:
    repository = Repository.around(materials[0].path.parent)
    committed = repository is not None and all(repository.clean(it.path) for it in materials)
    return export_of("the folder of cards", materials, mutable=not committed)


def _front_matter(material: Material, reading: Reading) -> dict[str, Any] | None:
    try:
        text = material.text().replace("\r\n", "\n")
        end = text.find("\n---", 3)
        if not text.startswith("---\n") or end < 0:
            return None
        values = yaml_values(text[4:end].encode())
    except Unreadable as problem:
        reading.reject(material.name, str(problem))
        return None
    if len(values) != 1 or not isinstance(values[0], dict):
        reading.reject(material.name, "has a front matter that is no mapping")
        return None
    return values[0]


def _model_card(front: dict[str, Any], material: Material) -> ModelCard:
    uncompressed = mapped(front.get("uncompressed"))
    datasets = front.get("datasets")
    words = ("version", "digest", "owner", "precision", "recipe", "approved_by")
    return ModelCard(
        name=_name(front, material),
        licence=plain(front.get("licence", front.get("license"))),
        base=plain(_first(front.get("base_model"))),
        datasets=[plain(each) for each in (datasets if isinstance(datasets, list) else [datasets]) if each],
        uncompressed_because=plain(uncompressed.get("reason")),
        uncompressed_on=plain(uncompressed.get("date")),
        **{word: plain(front.get(word)) for word in words},
    )


def _datasheet(front: dict[str, Any], material: Material) -> Datasheet:
    return Datasheet(
        name=_name(front, material),
        version=plain(front.get("version")),
        owner=plain(front.get("owner")),
        use=plain(front.get("use")),
        licence=plain(_first(front.get("licence", front.get("license")))),
        source=plain(_first(front.get("source", front.get("source_datasets")))),
        composition=_shares(front.get("composition")),
        intended=_shares(front.get("intended_population")),
    )


def _shares(value: object) -> dict[str, dict[str, float]]:
    """Attribute -> group -> share; what is no share of 0 to 1 is left out."""
    found = {}
    for attribute, groups in mapped(value).items():
        shares = {plain(group): number(share) for group, share in mapped(groups).items()}
        found[plain(attribute)] = {
            group: share for group, share in shares.items() if share is not None and share <= 1
        }
    return found


def _name(front: dict[str, Any], material: Material) -> str:
    named = front.get("name") or front.get("model_name") or front.get("pretty_name")
    return plain(named) or plain(material.path.stem)


def _first(value: object) -> object:
    return next(iter(listed(value)), "") if isinstance(value, list) else value
