"""Versions of data, and whether runs and answers name the one they used."""

from __future__ import annotations

from observed import SCOPE, SOURCE, asked, refused, view_of

from colonnade.evaluation.evidence import Interval, RetrievalEvaluation
from colonnade.evidence.record import Record
from colonnade.reliability.collect import data_versions
from colonnade.reliability.evidence import DataVersion, DataVersions

INDEX = DataVersion(name="library", kind="index", digest="sha256:g", versions=2)


def run(digest: str) -> Record:
    view = RetrievalEvaluation(
        dataset="d", dataset_digest=digest, recall_at_5=Interval(1.0, 0.9, 1.0, 9), mrr=1.0
    )
    return SCOPE.record(view, kind="eval", collector="t@1", n=9)


def test_answers_that_used_knowledge_must_name_its_generation():
    requests = [
        asked(sources=[SOURCE], generation="sha256:g"),
        asked(sources=[SOURCE]),
        asked(),
        refused("x", sources=[SOURCE]),
    ]
    found = view_of(data_versions([INDEX], requests, [], SCOPE), DataVersions)
    assert (found.answers, found.answers_naming_version) == (2, 1)
    assert found.versions == [INDEX]


def test_runs_must_name_their_dataset():
    found = view_of(data_versions([], [], [run("sha256:d"), run("")], SCOPE), DataVersions)
    assert (found.runs, found.runs_naming_version) == (2, 1)
