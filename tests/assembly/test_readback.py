"""The gateway reports what its live objects do, also where the file promises otherwise."""

from __future__ import annotations

from pathlib import Path

from colonnade.assembly.readback import read_back
from colonnade.evidence.content import Seal
from colonnade.evidence.redaction import Redactor
from colonnade.evidence.spooled import ContentPolicy
from colonnade.workload import load

WORKLOAD = load(Path(__file__).parents[1] / "fixtures" / "workloads" / "minimal")
SEAL = Seal(bytes(32))


def told(redact, *, keep="redacted", pruned=WORKLOAD.specification.retention, host="127.0.0.1"):
    content = ContentPolicy(redact, keep, SEAL)
    return read_back(WORKLOAD, (), content=content, pruned=pruned, listener=(host, 1))


def test_redaction_is_that_of_the_journal_not_of_the_file():
    assert WORKLOAD.specification.privacy.redact
    assert told(Redactor(["email"])).redaction == ["email"]
    assert told(str).redaction == []
    assert told(str, keep="digest").content == "digest"


def test_without_a_deletion_run_nothing_has_a_limit():
    assert set(told(str).retention_days) == {"prompts", "answers", "requests"}
    assert told(str, pruned=None).retention_days == {}


def test_without_stages_no_promise_of_a_route_is_reported():
    silent = told(str)
    assert silent.sink == ""
    assert {(route.output_cap, route.cache, route.disclosure) for route in silent.routes} == {
        (0, "off", False)
    }


def test_an_address_for_everybody_is_not_the_loopback():
    assert told(str).listener_loopback
    assert not told(str, host="0.0.0.0").listener_loopback
