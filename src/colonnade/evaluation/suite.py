"""A suite says what an evaluation runs: which questions, through which routes, against which floors."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import Field, ValidationError

from colonnade.errors import Fault, FaultyWorkload
from colonnade.evaluation.dataset import Dataset, read_dataset
from colonnade.workload.document import compose
from colonnade.workload.reading import read_text
from colonnade.workload.section import Count, Name, Section, Share, Text
from colonnade.workload.wording import faults_of


class Sample(Section):
    """How many questions of each kind are asked where not all of them are."""

    answerable: Count = 12
    unanswerable: Count = 6


class Suite(Section):
    """`evals/suite.yaml`."""

    dataset: Text = Field(description="A JSONL file beside the suite.")
    seed: Count = 0
    route: Name
    baseline_route: Name | None = Field(default=None, description="The same model without retrieval.")
    sample: Sample = Sample()
    tuning_tag: Text | None = Field(default=None, description="Items that may be looked at while tuning.")
    floors: dict[Name, Share] = {}


@dataclass(frozen=True, slots=True)
class LoadedSuite:
    """A suite with the dataset that it names."""

    suite: Suite
    dataset: Dataset


def read_suite(path: Path) -> LoadedSuite:
    """Read a suite and its dataset; raises FaultyWorkload with every fault."""
    text = read_text(path, path.name)
    if isinstance(text, Fault):
        raise FaultyWorkload([text])
    document = compose(text, path.name)
    if document.faults:
        raise FaultyWorkload(document.faults)
    try:
        suite = Suite.model_validate(document.value)
    except ValidationError as error:
        raise FaultyWorkload(faults_of(error, document, Suite)) from None
    return LoadedSuite(suite, read_dataset(path.parent / suite.dataset))
