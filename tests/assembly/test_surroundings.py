"""What stands around a workload is compared with its ledger: links that lead to something, and keys that count."""

from __future__ import annotations

import json
import time
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from whole import Whole

from colonnade.assembly.importing import import_evidence
from colonnade.assembly.surroundings import in_place, statements
from colonnade.evidence.effective import GatewayConfiguration
from colonnade.evidence.imported.statements import SignedStatements
from colonnade.evidence.people import People, keyid_of
from colonnade.reliability.evidence import DataRollback
from colonnade.review.adapters.provenance.vouching import vouched

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


@pytest.fixture
def whole(tmp_path: Path) -> Whole:
    return Whole.planted(tmp_path / "repository")


def serving(*stages: str) -> GatewayConfiguration:
    return GatewayConfiguration(
        stages=list(stages), routes=[], listener="127.0.0.1:1", listener_loopback=True, content="redacted", redaction=[],
        legal_minimum_days=1, sink="ledger", upstream_kinds={}, retention_days={},
    )  # fmt: skip


def test_policies_are_those_of_the_gateway_that_serves_and_drills_those_that_were_run(whole):
    with whole.range() as place:
        live = in_place(place.ledger, place.scope())
        assert (live("policy:disclose"), live("drill:data-rollback"), live("hope:none")) == (
            None,
            False,
            None,
        )
        drilled = DataRollback(queries=1, changed_forward=1, same_after_rollback=1, seconds=1.0)
        for view, kind in ((serving("disclose"), "config"), (drilled, "drill")):
            place.ledger.append_record(place.scope().record(view, kind=kind, collector="tests@1", n=1))
        live = in_place(place.ledger, place.scope())
        assert (live("policy:disclose"), live("policy:oversee"), live("drill:data-rollback")) == (
            True,
            False,
            True,
        )


def test_a_statement_that_was_imported_counts_until_its_key_is_revoked(whole, tmp_path):
    report = tmp_path / "report.json"
    report.write_text(json.dumps({}), encoding="utf-8")
    (tmp_path / "a.intoto.json").write_bytes(vouched([report], "c0ffee", KEY).encode())
    assert import_evidence(whole.folder, "provenance", str(tmp_path / "a.intoto.json")).taken

    def signers() -> list[list[str]]:
        with whole.range() as place:
            facts = statements(place.ledger, place.scope()).facts
            return [each.signers for each in msgspec.convert(facts, SignedStatements).statements]

    assert signers() == [[]]
    with whole.ledger() as ledger:
        People(ledger).enrol("Ada", ["technical"], KEY.public_key(), actor="a", now=time.time())
    assert signers() == [["Ada"]]
    with whole.ledger() as ledger:
        People(ledger).revoke(keyid_of(KEY.public_key()), actor="a", now=time.time(), reason="lost")
    assert signers() == [[]]


def test_the_review_reads_the_repository_and_says_what_is_not_committed(whole):
    decisions = whole.folder / "decisions"
    decisions.mkdir()
    record = "---\nkind: experiment\ndate: 2026-01-01\nowner: Ada\ndrill: kill\noutcome: passed\n---\n"
    (decisions / "one.md").write_text(record, encoding="utf-8")

    def state() -> tuple[str, str]:
        [row] = [row for row in whole.review().rows if row.id == "REL-05"]
        return row.signals[1].state, row.signals[1].reason

    assert state() == ("fail", "decisions/one.md is not committed as it stands")
    whole.commit("Decide")
    assert state()[0] == "pass"
