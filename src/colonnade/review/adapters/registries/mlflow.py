"""Answers of MLflow's REST API (2.0) become model cards, tuning runs, dataset versions and a prompt catalogue.

    runs/search, model-versions/search, registered-models/search

What MLflow has no field for stands in tags; `docs/howto/bring-your-own-evidence.md` lists them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from colonnade.evidence.collection import Scope
from colonnade.evidence.imported import registries as views
from colonnade.review.adapters.adapter import Adapter, Reading
from colonnade.review.adapters.material import Material, plain
from colonnade.review.adapters.registries.export import export_of, number, registry_record, truth
from colonnade.review.adapters.taking import json_of, listed, mapped, taken

IS_PROMPT = "mlflow.prompt.is_prompt"


class Entry(msgspec.Struct, frozen=True):
    """A tag, parameter or metric."""

    key: str
    value: str | float | int = ""


class RunInfo(msgspec.Struct, frozen=True):
    """What a run is."""

    run_id: str
    status: str


class RunData(msgspec.Struct, frozen=True):
    """What a run noted."""

    metrics: list[Entry] = []
    params: list[Entry] = []
    tags: list[Entry] = []

    @property
    def named(self) -> dict[str, str | float | int]:
        """All by name; a parameter goes before a metric, and that before a tag."""
        return {it.key: it.value for it in (*self.tags, *self.metrics, *self.params)}


class Dataset(msgspec.Struct, frozen=True):
    """A dataset that a run used."""

    name: str
    digest: str = ""


class DatasetInput(msgspec.Struct, frozen=True):
    """The same, as it is nested."""

    dataset: Dataset


class RunInputs(msgspec.Struct, frozen=True):
    """What a run used."""

    dataset_inputs: list[DatasetInput] = []


class Run(msgspec.Struct, frozen=True):
    """An entry of `runs/search`."""

    info: RunInfo
    data: RunData = RunData()
    inputs: RunInputs = RunInputs()


class ModelVersion(msgspec.Struct, frozen=True):
    """An entry of `model-versions/search`."""

    name: str
    version: str
    run_id: str = ""
    tags: list[Entry] = []

    @property
    def named(self) -> dict[str, str]:
        """Tags by name."""
        return {it.key: plain(it.value) for it in self.tags}


@dataclass(slots=True)
class _Found:
    runs: list[Run] = field(default_factory=list)
    versions: list[ModelVersion] = field(default_factory=list)
    materials: list[Material] = field(default_factory=list)


def read(materials: Sequence[Material], scope: Scope) -> Reading:
    """Every answer, in any order."""
    reading, found = Reading(), _Found()
    for material in materials:
        _take(material, found, reading)
    export = export_of("MLflow", found.materials, mutable=True)
    models = [it for it in found.versions if IS_PROMPT not in it.named]
    prompts = [it for it in found.versions if IS_PROMPT in it.named]
    tuned = [run for run in found.runs if "tuning.method" in run.data.named]
    datasets = [version for run in found.runs for version in _datasets(run)]
    made: tuple[tuple[int, msgspec.Struct], ...] = (
        (len(models), views.ModelCards(export=export, cards=[_card(it) for it in models])),
        (len(tuned), views.TuningRuns(export=export, runs=[_tuning(run) for run in tuned])),
        (len(datasets), views.DatasetVersions(export=export, versions=datasets)),
        (
            len(prompts),
            views.PromptCatalogue(export=export, prompts=_newest([_prompt(it) for it in prompts])),
        ),
    )
    for count, view in made:
        if count:
            reading.records.append(registry_record(view, scope, MLFLOW.collector, count, found.materials))
    return reading


MLFLOW = Adapter(
    "mlflow", 1, "answers of MLflow's REST API: runs, model versions, prompts", ("*.json",), read
)


def _take(material: Material, found: _Found, reading: Reading) -> None:
    value = json_of(material, reading)
    if value is None:
        return
    pages = [mapped(page) for page in (value if isinstance(value, list) else [value])]
    runs = [it for page in pages for it in listed(page.get("runs"))]
    versions = [it for page in pages for it in listed(page.get("model_versions"))]
    for model in (mapped(it) for page in pages for it in listed(page.get("registered_models"))):
        versions += listed(model.get("latest_versions"))
    if not any(page.keys() & {"runs", "model_versions", "registered_models"} for page in pages):
        reading.reject(
            material.name, "is no answer of runs/search, model-versions/search or registered-models/search"
        )
        return
    if any(page.get("next_page_token") for page in pages[-1:]):
        reading.reject(material.name, "is cut off: `next_page_token` leads to more")
        return
    found.materials.append(material)
    found.runs += [it for it in taken(runs, Run, material.name, reading) if it.info.status == "FINISHED"]
    known = {(it.name, it.version) for it in found.versions}
    fresh = taken(versions, ModelVersion, material.name, reading)
    found.versions += [it for it in fresh if (it.name, it.version) not in known]


def _card(version: ModelVersion) -> views.ModelCard:
    tags = version.named
    words = ("digest", "owner", "licence", "precision", "recipe", "base", "approved_by")
    return views.ModelCard(
        name=plain(version.name),
        version=plain(version.version),
        datasets=[plain(each.strip()) for each in tags.get("datasets", "").split(",") if each.strip()],
        uncompressed_because=tags.get("uncompressed.reason", ""),
        uncompressed_on=tags.get("uncompressed.date", ""),
        **{word: tags.get(word, "") for word in words},
    )


def _tuning(run: Run) -> views.TuningRun:
    told = run.data.named
    sites = number(told.get("federated.sites"))
    return views.TuningRun(
        id=plain(run.info.run_id),
        method=plain(told.get("tuning.method")),
        precision=plain(told.get("tuning.precision")),
        early_stop=plain(told.get("tuning.early_stop")),
        device_hours=number(told.get("device_hours")),
        energy_wh=number(told.get("energy_wh")),
        sites=None if sites is None else int(sites),
        updates_only=truth(told.get("federated.updates_only")),
        secure_aggregation=truth(told.get("federated.secure_aggregation")),
        epsilon=number(told.get("privacy.epsilon")),
        epsilon_budget=number(told.get("privacy.epsilon_budget")),
    )


def _datasets(run: Run) -> list[views.DatasetVersion]:
    return [
        views.DatasetVersion(
            name=plain(it.dataset.name), digest=plain(it.dataset.digest), run=plain(run.info.run_id)
        )
        for it in run.inputs.dataset_inputs
    ]


def _prompt(version: ModelVersion) -> views.CataloguedPrompt:
    tags = version.named
    return views.CataloguedPrompt(
        name=plain(version.name),
        version=plain(version.version),
        owner=tags.get("owner", ""),
        purpose=tags.get("purpose", ""),
        models=[plain(each.strip()) for each in tags.get("models", "").split(",") if each.strip()],
        score=number(tags.get("evaluation.score")),
    )


def _newest(prompts: Sequence[views.CataloguedPrompt]) -> list[views.CataloguedPrompt]:
    newest: dict[str, views.CataloguedPrompt] = {}
    for prompt in sorted(prompts, key=lambda it: number(it.version) or 0.0):
        newest[prompt.name] = prompt
    return list(newest.values())
