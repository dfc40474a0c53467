"""What a review looks at, how and with which samples, as an OSCAL assessment plan."""

from __future__ import annotations

from typing import Any

from colonnade.review.exports.document import json_document
from colonnade.review.exports.matter import Matter
from colonnade.review.exports.oscal.parts import FILES, known_as, metadata, one_line, prop, prose
from colonnade.review.exports.words import percent
from colonnade.review.report import Report


def oscal_plan(matter: Matter) -> bytes:
    """The plan that the results beside it carry out."""
    report = matter.report
    plan = {
        "uuid": known_as(report, "plan"),
        "metadata": metadata(one_line(f"Review of {report.workload} in {report.environment}: plan"), matter),
        "import-ssp": {
            "href": f"#{known_as(report, 'workload-file')}",
            "remarks": "The workload file takes the place of a system security plan.",
        },
        "reviewed-controls": {
            "description": "Every practice of the catalogue; declared and observed facts decide which apply.",
            "control-selections": [{"include-all": {}}],
            "control-objective-selections": [{"include-all": {}}],
            "links": [{"href": FILES["catalog"], "rel": "catalog"}],
        },
        "assessment-subjects": [
            {
                "type": "component",
                "description": prose(f"{report.workload} as its workload file declares it"),
                "include-all": {},
            }
        ],
        "tasks": [_task(report)],
        "back-matter": {"resources": [workload_file(matter)]},
    }
    return json_document({"assessment-plan": plan})


def workload_file(matter: Matter) -> dict[str, Any]:
    """The workload file as a resource, by digest."""
    report = matter.report
    return {
        "uuid": known_as(report, "workload-file"),
        "title": one_line(f"Workload file of {report.workload}"),
        "props": [prop("digest", report.workload_digest)],
        "rlinks": [{"href": matter.file, "media-type": "application/yaml"}],
    }


def _task(report: Report) -> dict[str, Any]:
    rules = report.rules
    return {
        "uuid": known_as(report, "task"),
        "type": "action",
        "title": "Judge recorded evidence",
        "description": prose(
            f"Evidence of the last {rules.window_hours:g} hours and what has not expired since; at least "
            f"{rules.minimum_n} samples; what must never happen is claimed for {percent(rules.zero_tolerance_claim)}."
        ),
    }
