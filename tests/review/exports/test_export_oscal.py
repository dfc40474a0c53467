"""OSCAL documents refer to each other by identities that last, and call satisfied only what is proven."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec
import pytest
from exported_reports import WAIVER, every_state, matter, no_practice

from colonnade.review.catalogue import catalogue
from colonnade.review.exports.formats import FORMATS
from colonnade.review.exports.oscal.parts import FILES

NAMES = [name for name in FORMATS if name.startswith("oscal-")]
UUID5 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def document(name: str, report: Any = None) -> dict[str, Any]:
    [body] = json.loads(FORMATS[name].write(matter(report))).values()
    return body


def values(node: Any, key: str) -> list[Any]:
    if isinstance(node, dict):
        own = [node[key]] if key in node else []
        return own + [each for entry in node.values() for each in values(entry, key)]
    return [each for entry in node for each in values(entry, key)] if isinstance(node, list) else []


@pytest.mark.parametrize("name", NAMES)
def test_identities_are_name_based_unique_and_last(name: str) -> None:
    later = msgspec.structs.replace(every_state(), reviewed_at=every_state().reviewed_at + 86_400.0)
    uuids = values(document(name), "uuid")
    assert [each for each in uuids if not UUID5.fullmatch(each)] == []
    assert len(uuids) == len(set(uuids))
    lasting = set(uuids) & set(values(document(name, later), "uuid"))
    assert len(uuids) - len(lasting) <= 2, "only the results themselves are new"


def test_documents_name_each_other_by_the_files_they_are_written_to() -> None:
    assert {FORMATS[name].file for name in NAMES} == set(FILES.values())
    assert document("oscal-assessment-results")["import-ap"]["href"] == FORMATS["oscal-assessment-plan"].file
    plan = document("oscal-assessment-plan")
    resources = {f"#{each['uuid']}" for each in plan["back-matter"]["resources"]}
    assert plan["import-ssp"]["href"] in resources


def test_only_what_is_proven_is_satisfied() -> None:
    findings = document("oscal-assessment-results")["results"][0]["findings"]
    states = {row.id: row.state for row in every_state().rows if row.state != "not_applicable"}
    told = {
        each["target"]["target-id"].removesuffix("_obj"): each["target"]["status"]["state"]
        for each in findings
    }
    assert told.keys() == states.keys()
    for practice, state in states.items():
        assert (told[practice] == "satisfied") == (state == "proven")


def test_findings_name_observations_and_risks_that_are_there() -> None:
    result = document("oscal-assessment-results")["results"][0]
    assert set(values(result["findings"], "observation-uuid")) == {
        each["uuid"] for each in result["observations"]
    }
    assert set(values(result["findings"], "risk-uuid")) == {each["uuid"] for each in result["risks"]}
    plan = document("oscal-poam")
    assert set(values(plan["poam-items"], "risk-uuid")) == {each["uuid"] for each in plan["risks"]}
    assert {each["uuid"] for each in plan["risks"]} == {each["uuid"] for each in result["risks"]}


def test_objectives_of_findings_stand_in_the_catalog() -> None:
    ids = set(values(document("oscal-catalog"), "id"))
    targets = values(document("oscal-assessment-results"), "target-id")
    assert set(targets) <= ids
    assert len(values(document("oscal-catalog")["groups"], "controls")) == 8


def test_observations_carry_evidence_and_when_it_ends() -> None:
    observations = document("oscal-assessment-results")["results"][0]["observations"]
    seen = [each for each in observations if "relevant-evidence" in each]
    assert seen
    assert all("expires" in each and each["methods"] != ["UNKNOWN"] for each in seen)
    assert all(each["methods"] == ["UNKNOWN"] for each in observations if each not in seen)


def test_an_accepted_risk_stays_a_risk_with_a_deadline() -> None:
    [accepted] = [each for each in document("oscal-poam")["risks"] if each["status"] == "deviation-approved"]
    assert accepted["title"].startswith("SEC-06")
    assert accepted["deadline"] == "2026-12-31T23:59:59Z"
    factor = accepted["mitigating-factors"][0]
    assert {"approver": WAIVER.approver, "expires": WAIVER.expires}.items() <= {
        each["name"]: each["value"] for each in factor["props"]
    }.items()


def test_where_nothing_is_open_the_plan_says_so() -> None:
    [item] = document("oscal-poam", no_practice())["poam-items"]
    assert item["title"] == "Nothing is open"


def test_mappings_claim_no_more_than_an_intersection() -> None:
    collection = document("oscal-mapping")
    assert set(values(collection, "relationship")) == {"intersects-with"}
    assert len(collection["mappings"]) == len(catalogue().frameworks)
    assert "never shows that the requirement is met" in collection["provenance"]["mapping-description"]
    for mapping, pinned in zip(collection["mappings"], catalogue().frameworks.values(), strict=True):
        assert set(values([each["targets"] for each in mapping["maps"]], "id-ref")) <= set(pinned.in_order)
        assert pinned.version in values(mapping["target-resource"], "value")
