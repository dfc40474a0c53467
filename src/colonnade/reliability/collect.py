"""Collectors of step 4: versions of datasets and indexes, and which faults were injected lately."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec

from colonnade.drills.course import DrillRun
from colonnade.evidence.collection import Scope
from colonnade.evidence.record import Record
from colonnade.evidence.request import RequestRecord
from colonnade.reliability.evidence import DataVersion, DataVersions, FaultClasses

FAULT_DAYS = 30.0
"""How long an experiment counts, as the catalogue says of REL-05."""
DAY_S = 86_400.0


def fault_classes(runs: Sequence[Record], scope: Scope) -> Record:
    """Experiments that really bit, in runs of drills on the gateway as it is now."""
    since = scope.window_end - FAULT_DAYS * DAY_S
    recent = [it for it in runs if it.window_end >= since and it.subject.policy == scope.subject.policy]
    courses = [course for it in recent for course in msgspec.convert(it.facts, DrillRun).courses]
    bit = [course for course in courses if course.fault and course.witnessed]
    view = FaultClasses(
        classes=dict(Counter(course.fault for course in bit)),
        experiments=len(bit),
        failed=sum(course.verdict == "failed" for course in bit),
        unfounded=sorted({course.experiment for course in bit if not course.before or not course.hypothesis}),
        days=FAULT_DAYS,
    )
    return scope.record(view, kind="drill", source="drill", collector="reliability.faults@1", n=len(bit))


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
