"""The verification summary names the workload by digest, and passes only where something was looked at and no HIGH is open."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import msgspec
import pytest
from exported_reports import every_state, matter, no_practice
from review_world import SIGNALS, record, reviewed

from colonnade.review.exports.formats import FORMATS


def statement(report: Any = None) -> dict[str, Any]:
    return json.loads(FORMATS["verification-summary"].write(matter(report)))


def test_it_says_what_was_reviewed_by_which_policy() -> None:
    told = statement()
    assert told["_type"] == "https://in-toto.io/Statement/v1"
    assert told["predicateType"] == "https://slsa.dev/verification_summary/v1"
    assert told["subject"] == [{"name": "minimal", "digest": {"sha256": "w"}}]
    predicate = told["predicate"]
    assert predicate["policy"]["digest"]["sha256"] == every_state().catalogue_digest.removeprefix("sha256:")
    report = predicate["inputAttestations"][0]["digest"]["sha256"]
    assert report == hashlib.sha256(every_state().encode()).hexdigest()


def test_open_high_risks_fail_it() -> None:
    predicate = statement()["predicate"]
    assert (predicate["verificationResult"], predicate["verifiedLevels"]) == ("FAILED", [])


def test_a_review_in_which_everything_passes_passes() -> None:
    predicate = statement(reviewed([record(*key) for key in SIGNALS]))["predicate"]
    assert predicate["verificationResult"] == "PASSED"
    assert predicate["verifiedLevels"] == ["COLONNADE_NO_OPEN_HIGH"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"open_high": 0, "accepted_high": 1, "coverage": 0.5}, ("PASSED", ["COLONNADE_HIGH_ACCEPTED"])),
        ({"open_high": 0, "accepted_high": 0, "coverage": 0.0}, ("FAILED", [])),
        ({"open_high": 1, "accepted_high": 0, "coverage": 1.0}, ("FAILED", [])),
    ],
)
def test_what_was_accepted_is_told_apart_and_nothing_passes_unseen(changes: Any, expected: Any) -> None:
    headline = msgspec.structs.replace(every_state().headline, **changes)
    predicate = statement(msgspec.structs.replace(every_state(), headline=headline))["predicate"]
    assert (predicate["verificationResult"], predicate["verifiedLevels"]) == expected


def test_a_review_of_nothing_passes_nothing() -> None:
    assert statement(no_practice())["predicate"]["verificationResult"] == "FAILED"
