"""A verification summary says of a workload's digest by which policy it was reviewed and how it came out.

It is an in-toto statement with the predicate of SLSA's verification summary; its caller seals it in a DSSE envelope.
"""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import quote

from colonnade import __version__
from colonnade.review.exports.document import json_document
from colonnade.review.exports.matter import Matter
from colonnade.review.exports.words import moment
from colonnade.review.report import Report

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://slsa.dev/verification_summary/v1"
VERIFIER = "urn:colonnade:review"


def summary(matter: Matter) -> bytes:
    """The statement, unsigned."""
    report = matter.report
    return json_document(
        {
            "_type": STATEMENT,
            "subject": [{"name": report.workload, "digest": _digest(report.workload_digest)}],
            "predicateType": PREDICATE,
            "predicate": _predicate(matter),
        }
    )


def _predicate(matter: Matter) -> dict[str, Any]:
    report = matter.report
    passed = _passed(report)
    place = f"{quote(report.workload, safe='')}:{report.environment}"
    return {
        "verifier": {"id": VERIFIER, "version": {"colonnade": __version__}},
        "timeVerified": moment(report.reviewed_at),
        "resourceUri": f"urn:colonnade:workload:{place}",
        "policy": {
            "uri": f"urn:colonnade:catalogue:{report.catalogue_version}",
            "digest": _digest(report.catalogue_digest or matter.catalogue.digest),
        },
        "inputAttestations": [
            {
                "uri": f"urn:colonnade:report:{place}:{moment(report.reviewed_at)}",
                "digest": {"sha256": hashlib.sha256(report.encode()).hexdigest()},
            }
        ],
        "verificationResult": "PASSED" if passed else "FAILED",
        "verifiedLevels": _levels(report) if passed else [],
    }


def _passed(report: Report) -> bool:
    """No HIGH risk is open, and something was looked at: a review of nothing passes nothing."""
    return report.headline.open_high == 0 and report.headline.coverage > 0.0


def _levels(report: Report) -> list[str]:
    """Accepted risks are told apart: they are not open, and they are not closed either."""
    return ["COLONNADE_HIGH_ACCEPTED" if report.headline.accepted_high else "COLONNADE_NO_OPEN_HIGH"]


def _digest(digest: str) -> dict[str, str]:
    algorithm, _, value = digest.partition(":")
    return {algorithm or "sha256": value}
