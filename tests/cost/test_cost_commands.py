"""The commands over bills, anomalies and waste: tables for people, JSON for programs, one line for what is wrong."""

from __future__ import annotations

import json
import shutil
import time
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner
from served import MINIMAL

from colonnade.cli.bars import bar
from colonnade.cli.cost import command
from colonnade.errors import ColonnadeError
from colonnade.evidence.ledger import ClosedRequest, Ledger
from colonnade.evidence.request import RequestRecord
from colonnade.store import open_store

HOUR_S = 3600.0
NOW = time.time()
HEAD = "BilledCost,BillingCurrency,ChargeCategory,ChargePeriodStart,ChargePeriodEnd,ResourceName\n"


def record(number, hours_ago, **fields):
    known = {
        "id": f"req-{number}", "opened_at": NOW - hours_ago * HOUR_S, "closed_at": NOW, "environment": "rehearsal",
        "workload": "w", "route": "answer", "outcome": "answered", "reached_upstream": True, "attempts": 1,
        "usage_reported": True, "price_known": True, "usd": 0.01, "fresh_input": 10, "output": 5,
        "upstream": "simulated", "model": "simulated-small", "prompt_digest": f"q{number}",
    }  # fmt: skip
    return RequestRecord(**{**known, **fields})


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(MINIMAL, tmp_path / "w", ignore=shutil.ignore_patterns(".colonnade"))
    store = open_store(tmp_path / "w" / ".colonnade")
    requests = [record(hour, hour + 0.5, usd=1.0 if hour == 4 else 0.01) for hour in range(12)]
    requests.append(record(99, 0.6, finish="length", lost_tokens=40, lost_usd=0.001))
    Ledger(store).append_requests([ClosedRequest(it) for it in requests])
    store.close()
    return tmp_path / "w"


def run(folder, *arguments):
    result = CliRunner().invoke(command, [*map(str, arguments), "--workload", str(folder)])
    if isinstance(result.exception, ColonnadeError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def focus(folder, usd, *more):
    start, end = (datetime.fromtimestamp(NOW - hours * HOUR_S, UTC).isoformat() for hours in (24, 0))
    text = "".join([HEAD, f"{usd},USD,Usage,{start},{end},simulated-small\n", *more])
    file = folder.parent / "bill.csv"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_bill_is_imported_as_evidence_and_compared(folder):
    file = focus(folder, 1.12)
    told = run(folder, "import", "focus", file, "--upstream", "simulated")
    assert "bill.csv: 1 lines of simulated, 1.1200 USD" in told
    found = json.loads(run(folder, "reconcile", "--json"))
    assert found["billed_usd"] == 1.12
    assert found["recorded_usd"] == pytest.approx(1.12)
    assert found["apart"] == pytest.approx(0.0)
    store = open_store(folder / ".colonnade")
    [kept] = Ledger(store).records("rehearsal", "cost.bill")
    store.close()
    assert (kept.kind, kept.source, kept.n) == ("cost", "billing", 1)
    assert kept.raw_digest.startswith("sha256:")


def test_the_comparison_is_drawn_and_names_what_one_side_lacks(folder):
    start = datetime.fromtimestamp(NOW - 24 * HOUR_S, UTC).isoformat()
    end = datetime.fromtimestamp(NOW, UTC).isoformat()
    run(
        folder,
        "import",
        "focus",
        focus(folder, 0.56, f"3,USD,Usage,{start},{end},another\n"),
        "--upstream",
        "simulated",
    )
    text = run(folder, "reconcile")
    assert "█" in text
    assert "▒" in text
    assert "+100.0%" in text
    assert "billed only" in text
    assert "of the bill" in text


def test_lines_that_cannot_be_read_are_listed_with_their_number(folder):
    text = run(
        folder, "import", "focus", focus(folder, 1, "much,EUR,Usage,a,b,c\n"), "--upstream", "simulated"
    )
    assert "1 rejected" in text
    assert "line 3: BillingCurrency is not USD" in text


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--upstream", "nowhere"], "there is no upstream nowhere"),
        ([], "name the upstreams"),
    ],
)
def test_a_bill_of_nobody_is_refused(folder, arguments, reason):
    with pytest.raises(ColonnadeError, match=reason):
        run(folder, "import", "focus", focus(folder, 1), *arguments)


def test_without_a_bill_there_is_nothing_to_compare(folder):
    assert "nothing is billed yet" in run(folder, "reconcile")


def test_an_anomaly_is_shown_and_somebody_says_what_it_was(folder):
    found = json.loads(run(folder, "anomaly", "list", "--json"))
    names = [it["id"] for it in found["anomalies"]]
    assert len(names) == 2
    text = run(folder, "anomaly", "list")
    assert "no disposition yet" in text
    assert " !" in text
    for name in names:
        run(folder, "anomaly", "dispose", name, "--reason", "a load test")
    assert "no disposition yet" not in run(folder, "anomaly", "list")
    store = open_store(folder / ".colonnade")
    changes = Ledger(store).changes(kind="anomaly")
    store.close()
    assert {change.name for change in changes} == set(names)
    assert {change.reason for change in changes} == {"a load test"}


def test_only_what_stands_out_can_be_disposed_of(folder):
    with pytest.raises(ColonnadeError, match="nothing of that id stands out"):
        run(folder, "anomaly", "dispose", "usd_per_request@2020-01-01T00", "--reason", "x")


def test_waste_is_shown_by_reason_and_tokens_by_kind(folder):
    found = json.loads(run(folder, "waste", "--json"))
    tokens = {part["reason"]: part["tokens"] for part in found["parts"]}
    assert tokens == {"retries": 40, "truncation": 15, "unused_context": 0, "repeated_prompts": 0}
    assert found["kinds"]["fresh_input"] == 130
    assert sum(found["kinds"].values()) == found["tokens"]
    text = run(folder, "waste")
    assert "truncation" in text
    assert "█" in text


def test_a_bar_is_as_long_as_its_share():
    assert bar(1.0, 1.0, 4) == "████"
    assert bar(0.5, 1.0, 4) == "██"
    assert bar(0.001, 1.0, 4) == "▏"
    assert bar(0.0, 1.0) == bar(1.0, 0.0) == bar(float("nan"), 1.0) == ""
