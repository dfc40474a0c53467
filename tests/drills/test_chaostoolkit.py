"""Experiments go to Chaos Toolkit's shape and come from it; those that come are carried out on our life."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from colonnade.drills.chaostoolkit import UNDO_KIND, read, run_command, written
from colonnade.drills.conduct import Conductor
from colonnade.drills.experiment import Action, Blast, Experiment, Sighting, Signal, Tolerance, Undo
from colonnade.drills.undo import UndoJournal
from colonnade.errors import SetupError


async def never() -> float:
    raise AssertionError("an export reads nothing")


async def unseen() -> Sighting:
    return Sighting(False, "")


OURS = Experiment(
    name="503 at here",
    hypothesis="calls are answered",
    steady=(Signal("answered calls", never, Tolerance(least=1.0)),),
    method=(
        Action("measure", unseen),
        Action(
            "arm",
            unseen,
            Undo("remove-file", {"path": "/x/faults.json"}),
            ("colonnade", "drill", "arm", "http_503"),
        ),
    ),
    witness=unseen,
    blast=Blast("serving", 60.0, labels={"purpose": "drill"}),
    fault="upstream_outage",
    runbook="endpoint-failure",
)


def test_ours_is_written_with_commands_that_do_the_same():
    document = json.loads(written(OURS, ("colonnade", "drill", "read", "upstream-fault")))
    assert {"title", "description", "steady-state-hypothesis", "method", "rollbacks"} <= set(document)
    [probe] = document["steady-state-hypothesis"]["probes"]
    assert probe["provider"]["arguments"] == ["drill", "read", "upstream-fault", "answered calls"]
    assert probe["tolerance"]["range"][0] == 1.0
    [action] = document["method"]
    assert (action["provider"]["type"], action["provider"]["path"]) == ("process", "colonnade")
    [rollback] = document["rollbacks"]
    assert rollback["provider"] == {"type": "process", "path": "rm", "arguments": ["-f", "/x/faults.json"]}
    assert document["configuration"]["colonnade"]["longest_s"] == 60.0


def theirs(place: Path, **changes: Any) -> bytes:
    lamp = place / "lamp"
    probe = {
        "type": "probe", "name": "lamp burns", "tolerance": 0,
        "provider": {"type": "process", "path": "test", "arguments": f"-e {lamp}"},
    }  # fmt: skip
    document = {
        "title": "dark", "description": "the lamp is lit again",
        "steady-state-hypothesis": {"title": "light", "probes": [probe]},
        "method": [action("put out", "rm", str(lamp))], "rollbacks": [action("light", "touch", str(lamp))],
    }  # fmt: skip
    lamp.touch()
    return json.dumps({**document, **changes}).encode()


def action(name: str, path: str, *arguments: str) -> dict[str, Any]:
    return {
        "type": "action",
        "name": name,
        "provider": {"type": "process", "path": path, "arguments": list(arguments)},
    }


@pytest.fixture
def conductor(tmp_path: Path) -> Conductor:
    return Conductor(UndoJournal(tmp_path / "x.undo.json", {UNDO_KIND: run_command}))


async def test_theirs_is_witnessed_by_its_probe_and_rolled_back(tmp_path, conductor):
    course = await conductor.conduct(read(theirs(tmp_path), Blast()))
    assert (course.verdict, course.reason) == ("passed", "lamp burns is 1")
    assert (tmp_path / "lamp").exists()


async def test_theirs_without_an_effect_is_void(tmp_path, conductor):
    course = await conductor.conduct(read(theirs(tmp_path, method=[action("nothing", "true")]), Blast()))
    assert course.verdict == "void"


async def test_theirs_whose_rollback_does_nothing_failed(tmp_path, conductor):
    document = read(theirs(tmp_path, rollbacks=[action("nothing", "true")]), Blast())
    object.__setattr__(document, "patience_s", 0.1)
    course = await conductor.conduct(document)
    assert course.verdict == "failed"
    assert "lamp burns is 1 exit code, asked: 0" in course.reason


async def test_a_range_is_read_from_what_the_probe_prints(tmp_path, conductor):
    count = {
        "type": "probe", "name": "lamps", "tolerance": {"type": "range", "range": [1, 1]},
        "provider": {"type": "process", "path": "sh", "arguments": ["-c", f"ls {tmp_path} | grep -c lamp || true"]},
    }  # fmt: skip
    light = {"title": "light", "probes": [count]}
    course = await conductor.conduct(read(theirs(tmp_path, **{"steady-state-hypothesis": light}), Blast()))
    assert (course.verdict, course.reason) == ("passed", "lamps is 0")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"{", "cannot be read"),
        (b'{"title": "x"}', "cannot be read"),
        (
            b'{"title":"x","description":"y","steady-state-hypothesis":{"title":"z","probes":[]},"method":[]}',
            "no probe",
        ),
        (
            (
                b'{"title":"x","description":"y","steady-state-hypothesis":{"title":"z","probes":[{"type":"probe","name":"p",'
                b'"provider":{"type":"python","module":"m","func":"f"}}]},"method":[]}'
            ),
            "cannot be read",
        ),
    ],
    ids=["no JSON", "half", "no probe", "a type that is not understood"],
)
def test_what_cannot_be_carried_out_is_said(text, said):
    with pytest.raises(SetupError, match=said):
        read(text, Blast())


def test_an_undo_that_fails_is_no_undo():
    with pytest.raises(OSError, match="it failed"):
        run_command({"command": ["false"]})
