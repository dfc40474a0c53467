"""A component that was told to end gets the time that it announced, and no more."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from colonnade.reliability import supervision
from colonnade.reliability.supervision import Component, Supervisor

SLOW = "import signal, sys, time\nsignal.signal(15, lambda *_: (time.sleep(1), sys.exit(7)))\nprint('up', flush=True)\ntime.sleep(60)"


@pytest.mark.parametrize(("notice_s", "code"), [(30.0, 7), (0.0, -9)], ids=["announced", "not announced"])
def test_the_notice_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, notice_s: float, code: int
) -> None:
    monkeypatch.setattr(supervision, "STOP_S", 0.1)
    component = Component("slow", [sys.executable, "-c", SLOW], tmp_path / "log", notice_s=notice_s)
    supervisor = Supervisor([component])
    supervisor.start()
    while "up" not in (tmp_path / "log").read_text():
        assert component.alive
    supervisor.stop()
    assert component.exit_code == code
