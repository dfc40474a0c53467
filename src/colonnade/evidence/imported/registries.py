"""Views of what registries outside know of models, data, prompts, ratings and feedback."""

from __future__ import annotations

import msgspec

from colonnade.evidence.view import view


class Export(msgspec.Struct, frozen=True, kw_only=True):
    """The files that a view was read from, by digest; `mutable` where the registry lets entries be rewritten."""

    origin: str
    files: dict[str, str]
    mutable: bool


class ModelCard(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a model. `uncompressed_because` and `_on` say why, and since when, it is served as it was trained."""

    name: str
    version: str = ""
    digest: str = ""
    owner: str = ""
    licence: str = ""
    base: str = ""
    datasets: list[str] = []
    approved_by: str = ""
    precision: str = ""
    recipe: str = ""
    uncompressed_because: str = ""
    uncompressed_on: str = ""


@view("registry.model-cards", binds=("models",), snapshot=True)
class ModelCards(msgspec.Struct, frozen=True, kw_only=True):
    """Models as they are registered."""

    export: Export
    cards: list[ModelCard]


class TuningRun(msgspec.Struct, frozen=True, kw_only=True):
    """One run that tuned a model. `federated` fields are None where the run does not say."""

    id: str
    method: str
    precision: str
    early_stop: str
    device_hours: float | None
    energy_wh: float | None
    sites: int | None = None
    updates_only: bool | None = None
    secure_aggregation: bool | None = None
    epsilon: float | None = None
    epsilon_budget: float | None = None


@view("registry.tuning-runs", snapshot=True)
class TuningRuns(msgspec.Struct, frozen=True, kw_only=True):
    """Finished runs."""

    export: Export
    runs: list[TuningRun]


class DatasetVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a dataset or index, and the run that published or used it."""

    name: str
    digest: str
    run: str


@view("registry.published-data", snapshot=True)
class DatasetVersions(msgspec.Struct, frozen=True, kw_only=True):
    """Versions as they were published."""

    export: Export
    versions: list[DatasetVersion]


class EvaluationSet(msgspec.Struct, frozen=True, kw_only=True):
    """An evaluation dataset. Overlaps count its cases that stand word for word in prompts or tuning data.

    `in_tuning` is None where tuning data is not in the export.
    """

    name: str
    version: str
    owner: str
    cases: int
    in_prompts: int | None
    in_tuning: int | None


@view("registry.evaluation-sets", binds=("prompts",), snapshot=True)
class EvaluationSets(msgspec.Struct, frozen=True, kw_only=True):
    """Every evaluation dataset."""

    export: Export
    sets: list[EvaluationSet]


class CataloguedPrompt(msgspec.Struct, frozen=True, kw_only=True):
    """One prompt of a catalogue. `score` is that of its last evaluation, None without one."""

    name: str
    version: str
    owner: str
    purpose: str
    models: list[str]
    score: float | None


@view("registry.prompt-catalogue", binds=("prompts",))
class PromptCatalogue(msgspec.Struct, frozen=True, kw_only=True):
    """The newest version of every prompt."""

    export: Export
    prompts: list[CataloguedPrompt]


@view("registry.ratings", snapshot=True)
class Ratings(msgspec.Struct, frozen=True, kw_only=True):
    """Outputs that people rated in the last 30 days, and those that two or more did. `plan` is how they were drawn."""

    export: Export
    rated: int
    rated_twice: int
    raters: int
    plan: str


@view("registry.feedback-cases", snapshot=True)
class FeedbackCases(msgspec.Struct, frozen=True, kw_only=True):
    """Answers with negative feedback, those of them that a person confirmed, and those that became evaluation cases."""

    export: Export
    negative: int
    confirmed: int
    became_cases: int


class Datasheet(msgspec.Struct, frozen=True, kw_only=True):
    """What a datasheet says of one dataset: shares by group for language, region and others, beside what is intended.

    `composition` and `intended` map an attribute (`language`, `region`, ...) to shares by group.
    """

    name: str
    version: str
    owner: str
    use: str
    licence: str
    source: str
    composition: dict[str, dict[str, float]]
    intended: dict[str, dict[str, float]]


@view("registry.datasheets", snapshot=True)
class Datasheets(msgspec.Struct, frozen=True, kw_only=True):
    """Every datasheet."""

    export: Export
    sheets: list[Datasheet]
