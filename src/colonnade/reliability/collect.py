"""Collector of step 4: versions of datasets and indexes, and whether runs and answers name them."""

from __future__ import annotations

from collections.abc import Sequence

from colonnade.evidence.collection import Scope
from colonnade.evidence.record import Record
from colonnade.evidence.request import RequestRecord
from colonnade.reliability.evidence import DataVersion, DataVersions


def data_versions(
    versions: Sequence[DataVersion], requests: Sequence[RequestRecord], runs: Sequence[Record], scope: Scope
) -> Record:
    """Every dataset and index by digest; answers that used knowledge must name its generation."""
    answers = [request for request in requests if request.outcome == "answered" and request.sources]
    view = DataVersions(
        versions=list(versions),
        answers=len(answers),
        answers_naming_version=sum(bool(request.generation) for request in answers),
        runs=len(runs),
        runs_naming_version=sum(bool(run.facts.get("dataset_digest")) for run in runs),
    )
    return scope.record(view, kind="registry", collector="reliability.versions@1", n=len(view.versions))
