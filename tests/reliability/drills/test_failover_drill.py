"""An upstream is lost before a real gateway: not felt, toothless, and with nothing that steps in."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "fixtures"))

from whole import Pick, Served, Whole, all_stages, without

from colonnade.reliability.drills import failover
from colonnade.reliability.evidence import FailoverDrill

pytestmark = pytest.mark.slow
ONE = frozenset({"here"})


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failover, "SECONDS", 0.6)
    monkeypatch.setattr(failover, "MOST_CALLS", 60)
    monkeypatch.setattr(failover, "SPARE_S", 1.0)


def drill(place: Path, pick: Pick = all_stages, only: frozenset[str] = ONE) -> FailoverDrill:
    whole = Whole.planted(place / "repository", "spread.yaml")
    with Served(whole, pick) as gateway:
        record = gateway.drill("failover", only=only)["failover"]
    return msgspec.convert(record.facts, FailoverDrill)


def test_a_loss_is_not_felt_where_another_steps_in(tmp_path):
    [loss] = drill(tmp_path).losses
    assert (loss.verdict, loss.kind, loss.name, loss.zone) == ("passed", "upstream", "here", "north")
    assert loss.sent == loss.answered > 20
    assert loss.shift_s is not None
    assert loss.back_s is not None


def test_a_loss_that_is_none_is_void(tmp_path):
    [loss] = drill(tmp_path, without("fault_point")).losses
    assert (loss.verdict, loss.witnessed) == ("void", False)
    assert loss.reason == "no call was tried at here"


def test_a_loss_is_felt_where_nothing_steps_in(tmp_path):
    [loss] = drill(tmp_path, without("spread")).losses
    assert (loss.verdict, loss.witnessed) == ("failed", True)
    assert loss.answered < loss.sent
    assert "answered as promised" in loss.reason


def test_a_zone_of_several_upstreams_is_lost_as_a_whole(tmp_path):
    whole = Whole.planted(tmp_path / "repository", "spread.yaml")
    whole.edit("zone: south", "zone: north")
    with Served(whole) as gateway:
        record = gateway.drill("failover", only=frozenset({"north"}))["failover"]
    [loss] = msgspec.convert(record.facts, FailoverDrill).losses
    assert (loss.kind, loss.name, loss.verdict) == ("zone", "north", "failed")
    assert loss.answered < loss.sent  # those before the gateway noticed are answered
