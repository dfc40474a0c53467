"""Answers of Langfuse's public API become a prompt catalogue, evaluation sets, ratings and feedback.

By its fields it is told which answer a file is. Conventions: scores named `*feedback*` are what users say, one named
`feedback-confirmed` is a person's word on it; owners, purposes and uses stand in `config` and `metadata`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from colonnade.evidence.collection import Scope
from colonnade.review.adapters.adapter import Adapter, Reading
from colonnade.review.adapters.material import Material
from colonnade.review.adapters.registries import langfuse_shapes as shapes
from colonnade.review.adapters.registries.export import export_of, registry_record
from colonnade.review.adapters.registries.feedback import feedback_cases, ratings
from colonnade.review.adapters.registries.sets import catalogue, evaluation_sets
from colonnade.review.adapters.taking import json_of, listed, mapped, taken


@dataclass(slots=True)
class Answers:
    """Everything that the files told."""

    scores: list[shapes.Score] = field(default_factory=list)
    prompts: list[shapes.PromptMeta] = field(default_factory=list)
    texts: list[shapes.PromptText] = field(default_factory=list)
    datasets: list[shapes.DatasetMeta] = field(default_factory=list)
    items: list[shapes.DatasetItem] = field(default_factory=list)
    queues: list[shapes.Queue] = field(default_factory=list)
    materials: list[Material] = field(default_factory=list)


def read(materials: Sequence[Material], scope: Scope) -> Reading:
    """Every answer, in any order; what is not there at all gives no record."""
    reading, answers = Reading(), Answers()
    for material in materials:
        _take(material, answers, reading)
    export = export_of("Langfuse", answers.materials, mutable=True)
    made: list[tuple[int, msgspec.Struct]] = []
    if answers.prompts:
        made.append((len(answers.prompts), catalogue(answers.prompts, export)))
    if answers.datasets:
        made.append(
            (len(answers.datasets), evaluation_sets(answers.datasets, answers.items, answers.texts, export))
        )
    if answers.scores:
        made.append((len(answers.scores), ratings(answers.scores, answers.queues, export, scope.window_end)))
    if answers.scores and answers.items:
        made.append((len(answers.scores), feedback_cases(answers.scores, answers.items, export)))
    for count, view in made:
        reading.records.append(registry_record(view, scope, LANGFUSE.collector, count, answers.materials))
    return reading


LANGFUSE = Adapter(
    "langfuse", 1, "answers of Langfuse's public API: scores, prompts, datasets, queues", ("*.json",), read
)


def _take(material: Material, answers: Answers, reading: Reading) -> None:
    value = json_of(material, reading)
    if value is None:
        return
    pages = [mapped(page) for page in (value if isinstance(value, list) else [value])]
    if all({"name", "prompt"} <= page.keys() for page in pages):
        answers.texts += taken(pages, shapes.PromptText, material.name, reading)
        answers.materials.append(material)
        return
    entries = [each for page in pages for each in listed(page.get("data"))]
    if not all("data" in page for page in pages) or _cut_off(pages, len(entries)):
        reading.reject(material.name, "is no answer of Langfuse that is read, or one page of several")
        return
    if entries and not _taken_as(entries, material, answers, reading):
        reading.reject(
            material.name, "holds entries that are none of scores, prompts, datasets, items, queues"
        )
        return
    answers.materials.append(material)


def _taken_as(entries: list[Any], material: Material, answers: Answers, reading: Reading) -> bool:
    first = mapped(entries[0]).keys()
    where = material.name
    if {"source", "timestamp"} <= first:
        answers.scores += taken(entries, shapes.Score, where, reading, strict=True)
    elif "versions" in first:
        answers.prompts += taken(entries, shapes.PromptMeta, where, reading)
    elif "datasetName" in first:
        answers.items += taken(entries, shapes.DatasetItem, where, reading)
    elif "scoreConfigIds" in first:
        answers.queues += taken(entries, shapes.Queue, where, reading)
    elif {"name", "projectId"} <= first and "dataType" not in first:
        answers.datasets += taken(entries, shapes.DatasetMeta, where, reading)
    else:
        return False
    return True


def _cut_off(pages: Sequence[dict[str, Any]], entries: int) -> bool:
    """By the number of items that a page states, or by a cursor that leads to more."""
    stated = [mapped(page.get("meta")) for page in pages]
    totals = [it["totalItems"] for it in stated if isinstance(it.get("totalItems"), int)]
    return bool(stated and stated[-1].get("cursor")) or max(totals, default=0) > entries
