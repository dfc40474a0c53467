"""Golden exports of the example workload: thirteen practices of a real review of `examples/handbook-assistant`.

`python tests/review/exports/golden_files.py` writes them anew; look at the difference before you commit it.
"""

from __future__ import annotations

from pathlib import Path

from colonnade.assembly.exporting import read_report
from colonnade.review.catalogue import catalogue
from colonnade.review.exports.formats import FORMATS
from colonnade.review.exports.matter import Matter

GOLDEN = Path(__file__).parent / "golden"
NAMES = (
    "csv", "markdown", "pull-request", "junit", "sarif", "sarif-upload", "ocsf", "oscal-assessment-results", "oscal-poam",
)  # fmt: skip
LINES = {
    "kpis": 27,
    "privacy": 190,
    "prompts": 171,
    "routes": 151,
    "guardrails": 180,
    "labels": 201,
    "retention": 210,
}


def golden_matter() -> Matter:
    """The kept report, as exports take it."""
    return Matter(
        read_report(GOLDEN / "report.json"), catalogue(), LINES, "examples/handbook-assistant/workload.yaml"
    )


def main() -> None:
    """Write every golden file anew."""
    for name in NAMES:
        (GOLDEN / FORMATS[name].file).write_bytes(FORMATS[name].write(golden_matter()))


if __name__ == "__main__":
    main()
