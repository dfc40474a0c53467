"""Guide sections 2.1, 2.2 and FAQ 9: data, evaluation sets, ratings, feedback and prompts are registered with what counts."""

from __future__ import annotations

from colonnade.evidence.imported.registries import (
    CataloguedPrompt,
    DatasetVersions,
    EvaluationSet,
    EvaluationSets,
    FeedbackCases,
    PromptCatalogue,
    Ratings,
)
from colonnade.evidence.imported.statements import SignedStatements
from colonnade.review.signal import signal
from colonnade.review.verdict import Verdict, holds, insufficient, met, unmet
from colonnade.review.vouched import unvouched
from colonnade.workload.specification import Specification


@signal(
    "OPS-03",
    3,
    improve="log every dataset as input of the run that publishes it, and import the signed export of the registry",
)
def published_data_names_run_and_digest(register: DatasetVersions, signed: SignedStatements) -> Verdict:
    """Each version of a dataset or index carries the run that made it, and its digest."""
    if doubt := unvouched(register.export, signed):
        return doubt
    if not register.versions:
        return insufficient("no version of a dataset is registered")
    bare = [it.name for it in register.versions if not it.run or not it.digest]
    n = len(register.versions)
    return holds(
        not bare, f"{n} versions, each with run and digest", f"without run or digest: {', '.join(bare)}"
    )


@signal(
    "OPS-06",
    2,
    improve="give the evaluation set an owner, take out of it what stands in prompts or tuning data, and import it again",
)
def evaluation_sets_are_owned_and_unseen(
    register: EvaluationSets, signed: SignedStatements, specification: Specification
) -> Verdict:
    """Every evaluation set has an owner and a version, and shares no case with prompts or tuning data."""
    if doubt := unvouched(register.export, signed):
        return doubt
    if not any(it.cases for it in register.sets):
        return insufficient("no evaluation set with cases is registered")
    tuned = specification.approach.adaptation != "none"
    problems = [problem for it in register.sets for problem in _faults(it)]
    if problems:
        return unmet("; ".join(problems), n=sum(it.cases for it in register.sets))
    untold = [it.name for it in register.sets if it.in_prompts is None or (tuned and it.in_tuning is None)]
    if untold:
        return insufficient(f"not compared with prompts or tuning data: {', '.join(untold)}")
    cases = sum(it.cases for it in register.sets)
    return met(f"{len(register.sets)} sets of {cases} cases, none of them in prompts or tuning data", n=cases)


def _faults(it: EvaluationSet) -> list[str]:
    faults = [] if it.owner else [f"{it.name} has no owner"]
    faults += [] if it.version else [f"{it.name} has no version"]
    faults += [f"{it.in_prompts} cases of {it.name} stand in prompts"] if it.in_prompts else []
    return faults + ([f"{it.in_tuning} cases of {it.name} stand in tuning data"] if it.in_tuning else [])


@signal(
    "OPS-07",
    1,
    improve="let two people rate at least `human_eval.min_n` outputs from a queue whose description tells how they are drawn",
)
def outputs_were_rated_by_two_people(
    register: Ratings, signed: SignedStatements, specification: Specification
) -> Verdict:
    """Enough outputs were rated by two or more people, and how they were drawn is stored."""
    if doubt := unvouched(register.export, signed):
        return doubt
    asked, n = specification.human_eval.min_n, register.rated_twice
    told = f"{n} outputs rated by two or more of {register.raters} people, asked: {asked}"
    if n < asked:
        return unmet(told, value=float(n), threshold=float(asked), n=register.rated)
    if not register.plan:
        return unmet(f"{told}; how they were drawn is not stored", n=register.rated)
    return met(told, value=float(n), threshold=float(asked), n=register.rated)


@signal(
    "OPS-16",
    2,
    improve="make an evaluation case of every answer whose negative feedback a person confirmed",
)
def confirmed_feedback_became_cases(
    register: FeedbackCases, signed: SignedStatements, specification: Specification
) -> Verdict:
    """The share of confirmed negative feedback that became an evaluation case meets its target."""
    if doubt := unvouched(register.export, signed):
        return doubt
    if not register.confirmed:
        return insufficient(f"none of {register.negative} answers with negative feedback was confirmed")
    share = register.became_cases / register.confirmed
    asked = specification.feedback.case_share_min
    told = f"{register.became_cases} of {register.confirmed} became cases, asked: {asked:.0%}"
    passed = met if share >= asked else unmet
    return passed(told, value=share, threshold=asked, n=register.confirmed)


@signal(
    "OPS-21",
    1,
    improve="give every prompt of the catalogue `owner`, `purpose`, `models` and the score of its last evaluation",
)
def every_prompt_is_described(catalogue: PromptCatalogue, signed: SignedStatements) -> Verdict:
    """Every entry has owner, purpose, compatible models and the score of its last evaluation."""
    if doubt := unvouched(catalogue.export, signed):
        return doubt
    if not catalogue.prompts:
        return insufficient("the catalogue is empty")
    gaps = {it.name: _missing(it) for it in catalogue.prompts}
    told = "; ".join(f"{name} lacks {', '.join(missing)}" for name, missing in gaps.items() if missing)
    return holds(not told, f"{len(catalogue.prompts)} prompts, each described and scored", told)


def _missing(prompt: CataloguedPrompt) -> list[str]:
    stated = {"owner": prompt.owner, "purpose": prompt.purpose, "models": prompt.models}
    return [name for name, value in stated.items() if not value] + (
        ["a score"] if prompt.score is None else []
    )
