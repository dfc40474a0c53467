"""A fault is armed by who holds the store's key, on this machine, for a while, and by nobody else."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from colonnade.drills.experiment import LONGEST_S
from colonnade.errors import SetupError
from colonnade.reliability.drills.arming import Control, Strike, meets

LABELS = {"purpose": "drill"}


@pytest.fixture
def control(tmp_path: Path) -> Control:
    return Control(tmp_path / "faults.json", b"k" * 32)


def strike(**changes: Any) -> Strike:
    known = {"experiment": "x", "upstreams": ["here"], "until": time.time() + 30.0, "fault": "http_503"}
    return Strike(**{**known, "labels": LABELS, **changes})


def test_what_was_armed_is_read_by_the_same_key(control):
    armed = strike()
    control.arm(armed)
    assert control.read() == armed
    assert control.file.stat().st_mode & 0o777 == 0o600


def test_another_key_arms_nothing(control, tmp_path):
    Control(control.file, b"x" * 32).arm(strike())
    assert control.read() is None


@pytest.mark.parametrize(
    "change",
    [
        {"share": 1.0},
        {"until": time.time() + 500.0},
        {"labels": {}},
        {"upstreams": ["here", "there"]},
        {"fault": None, "address": "http://127.0.0.1:9/v1"},
    ],
    ids=["share", "until", "labels", "upstreams", "address"],
)
def test_an_altered_file_arms_nothing(control, change):
    control.arm(strike())
    said = msgspec.json.decode(control.file.read_bytes())
    said["strike"] |= change
    control.file.write_bytes(msgspec.json.encode(said))
    assert control.read() is None


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'{"strike": {}}'])
def test_what_cannot_be_read_arms_nothing(control, text):
    control.file.write_bytes(text)
    assert control.read() is None


def test_it_ends_by_itself(control):
    control.arm(strike(until=time.time() + 0.05))
    assert control.read() is not None
    time.sleep(0.06)
    assert control.read() is None


def test_nothing_is_armed_for_long(control):
    with pytest.raises(SetupError, match="600 s at most"):
        control.arm(strike(until=time.time() + LONGEST_S + 60.0))


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:9/v1", "http://localhost:9", "http://[::1]:9", "http://x.invalid/v1"]
)
def test_calls_may_be_led_to_this_machine(control, address):
    control.arm(strike(fault=None, address=address))
    assert control.read() is not None


@pytest.mark.parametrize(
    "address", ["http://192.0.2.1/v1", "http://example.org/v1", "http://invalid.example/v1", "x"]
)
def test_and_never_beyond_it(control, address):
    with pytest.raises(SetupError, match="not on this machine"):
        control.arm(strike(fault=None, address=address))


def test_disarmed_twice_is_disarmed(control):
    control.arm(strike())
    before = control.stamp()
    control.disarm()
    control.disarm()
    assert before is not None
    assert control.stamp() is None
    assert control.read() is None


def test_the_file_of_another_user_cannot_be_written(control):
    control.file.parent.chmod(0o500)
    try:
        if os.geteuid() == 0:
            pytest.skip("root may write everywhere")
        with pytest.raises(SetupError, match="cannot be armed"):
            control.arm(strike())
    finally:
        control.file.parent.chmod(0o700)


@pytest.mark.parametrize(
    ("labels", "share", "drawn", "met"),
    [
        ({"purpose": "drill", "team": "a"}, 0.0, 0.99, True),
        ({"purpose": "work"}, 0.0, 0.0, False),
        ({}, 0.25, 0.24, True),
        ({}, 0.25, 0.25, False),
    ],
)
def test_who_meets_it(labels, share, drawn, met):
    assert meets(strike(share=share), labels, drawn) is met


def test_without_labels_it_is_the_share_alone():
    assert not meets(strike(labels={}), {"purpose": "drill"}, 0.5)
