"""A hundred streams at a time through the whole gateway: none is lost, all are recorded, and memory is flat."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

SOAK = Path(__file__).parents[2] / "benchmarks" / "gateway_soak.py"


@pytest.mark.slow
def test_a_hundred_streams_for_ten_seconds() -> None:
    command = [sys.executable, str(SOAK), "--streams", "100", "--minutes", "0.17", "--warm-up-s", "10"]
    ran = subprocess.run(command, check=False, capture_output=True, text=True, timeout=110)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    told = re.search(r"(\d+) streams of 48 tokens in 10 s, 100 at a time, 0 errors", ran.stdout)
    assert told is not None
    assert int(told[1]) >= 100
    assert ", 0 are missing, 0 are recorded otherwise than heard; the chain is intact" in ran.stdout
