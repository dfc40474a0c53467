"""What an export is written from: the report, the catalogue, and the places and earlier reports that a caller has at hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from colonnade.review.catalogue import Catalogue
from colonnade.review.report import Report

WORKLOAD_FILE = "workload.yaml"


@dataclass(frozen=True, slots=True)
class Matter:
    """Everything that an export may draw on; nothing else of the machine is read.

    `lines` maps paths of the workload file to its lines, `file` is where that file stands in its repository, `before`
    the report of the milestone to compare with, and `history` the reports of all milestones, oldest first.
    """

    report: Report
    catalogue: Catalogue
    lines: Mapping[str, int] = field(default_factory=dict)
    file: str = WORKLOAD_FILE
    before: Report | None = None
    history: Sequence[Report] = ()
