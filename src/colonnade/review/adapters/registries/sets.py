"""Prompts and evaluation sets of Langfuse, and how far the sets' cases already stand in prompts or tuning data."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from colonnade.evidence.imported.registries import (
    CataloguedPrompt,
    EvaluationSet,
    EvaluationSets,
    Export,
    PromptCatalogue,
)
from colonnade.review.adapters.material import plain
from colonnade.review.adapters.registries.export import number
from colonnade.review.adapters.registries.langfuse_shapes import (
    DatasetItem,
    DatasetMeta,
    PromptMeta,
    PromptText,
)
from colonnade.review.adapters.taking import listed, mapped

SHORTEST = 15
"""Characters of a case that can be found again; shorter words stand everywhere."""
DEEPEST = 16


def catalogue(prompts: Sequence[PromptMeta], export: Export) -> PromptCatalogue:
    """Owner, purpose, models and the last score as the newest version's `config` tells them."""
    return PromptCatalogue(export=export, prompts=[_entry(it) for it in prompts])


def _entry(prompt: PromptMeta) -> CataloguedPrompt:
    config = mapped(prompt.last_config)
    models = config.get("models", config.get("model"))
    return CataloguedPrompt(
        name=plain(prompt.name),
        version=str(max(prompt.versions, default=0)),
        owner=plain(config.get("owner")),
        purpose=plain(config.get("purpose")),
        models=[plain(each) for each in (models if isinstance(models, list) else [models]) if each],
        score=number(mapped(config.get("evaluation")).get("score")),
    )


def evaluation_sets(
    datasets: Sequence[DatasetMeta], items: Sequence[DatasetItem], texts: Sequence[PromptText], export: Export
) -> EvaluationSets:
    """Every dataset that is not said to be for tuning; only counts of what overlaps leave this function."""
    by_set: defaultdict[str, list[DatasetItem]] = defaultdict(list)
    for item in items:
        if item.status == "ACTIVE":
            by_set[item.dataset_name].append(item)
    uses = {it.name: plain(mapped(it.metadata).get("use")) for it in datasets}
    tuning = [
        normal
        for name, use in uses.items()
        if use == "tuning"
        for it in by_set[name]
        for normal in _normal(it.input)
    ]
    examples = "\n".join(normal for it in texts for normal in _normal(it.prompt))
    sets = [
        EvaluationSet(
            name=plain(it.name),
            version=_digest(by_set[it.name]),
            owner=plain(mapped(it.metadata).get("owner")),
            cases=len(by_set[it.name]),
            in_prompts=_found(by_set[it.name], examples) if texts else None,
            in_tuning=_found(by_set[it.name], "\n".join(tuning)) if "tuning" in uses.values() else None,
        )
        for it in datasets
        if uses[it.name] != "tuning"
    ]
    return EvaluationSets(export=export, sets=sets)


def _digest(items: Sequence[DatasetItem]) -> str:
    """Over ids, inputs and expected outputs: the same cases give the same version. Empty without any."""
    if not items:
        return ""
    told = sorted(
        msgspec.json.encode((it.id, it.input, it.expected_output), order="deterministic") for it in items
    )
    return "sha256:" + hashlib.sha256(b"\n".join(told)).hexdigest()


def _found(items: Sequence[DatasetItem], within: str) -> int:
    return sum(any(len(text) >= SHORTEST and text in within for text in _normal(it.input)) for it in items)


def _normal(value: Any, depth: int = 0) -> Iterator[str]:
    """Every text of a value, without regard to case and spacing."""
    if isinstance(value, str):
        yield " ".join(value.casefold().split())
    elif depth < DEEPEST:
        for each in value.values() if isinstance(value, dict) else listed(value):
            yield from _normal(each, depth + 1)
