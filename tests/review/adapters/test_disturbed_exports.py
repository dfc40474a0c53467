"""Files of tools with parts of them turned into something else raise nothing, and what is taken of them is sound."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from exported import GOLDEN, SCOPE
from hostile import FILES, MARKUP, disturbed

from colonnade.evidence.people import Person
from colonnade.review.adapters.bills.reading import SBOM
from colonnade.review.adapters.ci.reading import CI
from colonnade.review.adapters.material import Material
from colonnade.review.adapters.provenance.reading import PROVENANCE
from colonnade.review.adapters.provenance.verifying import signed_statements
from colonnade.review.adapters.registries.langfuse import LANGFUSE
from colonnade.review.adapters.registries.mlflow import MLFLOW
from colonnade.review.adapters.scans.joining import join
from colonnade.review.adapters.scans.reading import SCANS

OF = {"scans": SCANS, "sbom": SBOM, "mlflow": MLFLOW, "langfuse": LANGFUSE}
RUNS = {
    "total_count": 1,
    "workflow_runs": [
        {"id": 1, "path": "a.yml", "head_sha": "c", "status": "completed", "conclusion": "success", "created_at": "2026-11-22T08:00:00Z"}
    ],
}  # fmt: skip
DEPLOYMENTS = [
    {
        "id": 1,
        "sha": "c",
        "environment": {"name": "production"},
        "status": "success",
        "created_at": "2026-11-22T08:00:00Z",
    }
]
ENVELOPE = {
    "payloadType": "application/vnd.in-toto+json", "payload": "e30=", "signatures": [{"keyid": "k", "sig": "AA=="}]
}  # fmt: skip
PEOPLE = {
    "k": Person(name="Ada", keyid="k", public_key="d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
                roles=("technical",), enrolled_at=0.0, valid_until=9e9)
}  # fmt: skip


def sound(reading, adapter):
    for record in reading.records:
        assert record.collector == adapter.collector
        assert record.subject == SCOPE.subject
        assert 0 <= record.window_start <= record.window_end == SCOPE.window_end
        text = record.canonical().decode()
        assert not re.search(r"\\u00[01]", text)
        assert MARKUP not in text
    assert all(reject.where and reject.reason for reject in reading.rejects)


@pytest.mark.parametrize("kind", OF)
@pytest.mark.parametrize("seed", range(25))
def test_a_disturbed_export_raises_nothing(kind, seed):
    adapter, given = OF[kind], []
    for path in sorted((GOLDEN / kind).iterdir()):
        value = disturbed(json.loads(path.read_bytes()), seed, 0.05)
        given.append(Material(path.name, json.dumps(value).encode(), path))
    reading = adapter.read(given, SCOPE)
    sound(reading, adapter)
    for record in reading.records if adapter.join else ():
        joined = join(record, record)
        assert join(joined, joined) == joined, "the same import again changes nothing"


@pytest.mark.parametrize("seed", range(60))
def test_a_disturbed_export_of_ci_raises_nothing(seed):
    values = [disturbed(each, seed, 0.1) for each in (RUNS, DEPLOYMENTS)]
    given = [Material(f"{n}.json", json.dumps(it).encode(), Path("x")) for n, it in enumerate(values)]
    sound(CI.read(given, SCOPE), CI)


@pytest.mark.parametrize("seed", range(60))
def test_a_disturbed_envelope_raises_nothing_when_kept_or_verified(seed):
    value = disturbed(ENVELOPE, seed, 0.2)
    reading = PROVENANCE.read([Material("a.intoto.json", json.dumps(value).encode(), Path("x"))], SCOPE)
    sound(reading, PROVENANCE)
    for record in reading.records:
        assert signed_statements(record, PEOPLE, SCOPE).n <= 1


@pytest.mark.parametrize("what", FILES)
def test_a_hostile_report_of_tests_raises_nothing(what):
    sound(CI.read([Material("report.xml", FILES[what], Path("report.xml"))], SCOPE), CI)


def test_markup_in_a_report_of_tests_is_only_text():
    report = f'<testsuite name="a"><properties><property name="commit" value="{"x" * 9000}&lt;b&gt;"/></properties></testsuite>'
    reading = CI.read([Material("r.xml", report.encode(), Path("r.xml"))], SCOPE)
    assert all(len(reject.where) < 300 for reject in reading.rejects)
