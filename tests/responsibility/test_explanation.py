"""The whole way of a request is told from its record, and what is unknown is told as unknown."""

import json
import shutil

import pytest
from click.testing import CliRunner
from served import MINIMAL

from colonnade.cli.request import command, told
from colonnade.evidence.ledger import ClosedRequest, Ledger
from colonnade.evidence.request import DecisionLine, RequestRecord, SourceLine
from colonnade.responsibility.explanation import explain
from colonnade.store import open_store

RECORD = RequestRecord(
    id="req-1", opened_at=1_790_000_000.0, environment="rehearsal", workload="sha256:w", policy="sha256:p",
    endpoint="chat", route="answer", key_id="key-1", role="caller", labels={"team": "library"}, binding="small",
    model="simulated-small", upstream="simulated", reached_upstream=True, attempts=1, prompt_name="answer",
    prompt_version="sha256:" + "a" * 64, generation="sha256:g",
    sources=[SourceLine(id="c-1", document="opening-hours.txt", document_version="sha256:d", score=3.21098)],
    outcome="answered", status=200, finish="stop", closed_at=1_790_000_001.0, latency_ms=1000.0, fresh_input=10,
    output=5, usage_reported=True, usd=0.000003, price_known=True, price_source="owner: test", price_as_of="2026-01-01",
    energy_min_wh=0.001, energy_max_wh=0.002, carbon_min_g=0.1, carbon_max_g=0.2, footprint_method="m",
    footprint_tier="modelled_open", region="local:DE", disclosed=True,
    decisions=[DecisionLine("render", "answer@aaaaaaaaaaaa", 0.5), DecisionLine("attempt", "simulated answered", 900.0)],
)  # fmt: skip


def test_stages_sources_versions_cost_and_energy_are_told():
    told = explain(RECORD, {"c-1": "The desk is open from nine."})
    assert told["way"] == [
        {"stage": "render", "what": "answer@aaaaaaaaaaaa", "at_ms": 0.5},
        {"stage": "attempt", "what": "simulated answered", "at_ms": 900.0},
    ]
    assert told["sources"] == [
        {
            "id": "c-1",
            "document": "opening-hours.txt",
            "document_version": "sha256:d",
            "score": 3.211,
            "passage": "The desk is open from nine.",
        }
    ]
    assert told["answered_by"]["prompt_version"] == RECORD.prompt_version
    cost = {name: told["cost"][name] for name in ("usd", "known", "source", "as_of")}
    assert cost == {"usd": 0.000003, "known": True, "source": "owner: test", "as_of": "2026-01-01"}
    assert told["footprint"]["energy_wh"] == [0.001, 0.002]
    assert told["tokens"]["total"] == 15
    assert "cannot" in told["limits"]
    assert json.loads(json.dumps(told)) == told


def test_every_field_of_the_record_has_a_place_in_the_explanation():
    """Fields that tell when a record was closed or hold classes of content are told in other words."""
    left_out = {"closed_at", "workload", "input_modality", "output_modality", "session_digest"}
    marked = {name: f"<{name}>" for name in RequestRecord.__struct_fields__}
    text = json.dumps(explain(RequestRecord(**{**{n: getattr(RECORD, n) for n in marked}, **words(marked)})))
    missing = {name for name in words(marked) if f"<{name}>" not in text}
    assert missing <= left_out


def words(marked):
    return {
        name: mark for name, mark in marked.items() if isinstance(getattr(RECORD, name), str) and name != "id"
    }


@pytest.mark.parametrize("method", ["", "unknown"])
def test_unknown_cost_and_footprint_are_not_zero(method):
    record = RequestRecord(
        id="r", opened_at=0.0, environment="rehearsal", workload="w", footprint_method=method
    )
    told = explain(record)
    assert told["cost"]["usd"] is None
    assert (told["footprint"]["carbon_g"], told["footprint"]["method"]) == (None, "unknown")


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(MINIMAL, tmp_path / "w", ignore=shutil.ignore_patterns(".colonnade"))
    return tmp_path / "w"


def run(*arguments):
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


def test_the_command_tells_the_whole_way(folder):
    store = open_store(folder / ".colonnade")
    Ledger(store).append_requests([ClosedRequest(RECORD)])
    store.close()
    result = run("req-1", "--workload", folder)
    assert result.exit_code == 0, result.output
    for word in ("simulated answered", "opening-hours.txt", "owner: test", "0.001 to 0.002", "modelled_open"):
        assert word in result.output
    parsed = json.loads(run("req-1", "--workload", folder, "--json").output)
    assert parsed["request"]["id"] == "req-1"


def test_an_id_that_is_not_there_and_a_workload_that_never_ran_are_said_plainly(folder):
    never = run("req-1", "--workload", folder)
    assert "nothing is recorded" in str(never.exception)
    assert not (folder / ".colonnade").exists()
    open_store(folder / ".colonnade").close()
    assert "no request req-9" in str(run("req-9", "--workload", folder).exception)


def test_a_request_without_relevant_passages_says_so():
    record = RequestRecord(id="r", opened_at=0.0, environment="rehearsal", workload="w", nothing_found=True)
    assert any("no passage scored" in str(part) for part in told(explain(record)))
