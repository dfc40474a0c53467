"""Several processes append to one ledger and the chain stays whole."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

APPENDER = """
import sys
from pathlib import Path
from samples import changed, evidence, request
from colonnade.evidence.ledger import ClosedRequest, Ledger
from colonnade.store import open_store

ledger = Ledger(open_store(Path(sys.argv[1])))
first = int(sys.argv[2])
for number in range(first, first + 40):
    ledger.append_requests([ClosedRequest(request(number * 10 + part)) for part in range(5)])
    ledger.append_record(evidence(number))
    ledger.append_change(changed(number))
"""


def test_two_processes_keep_one_chain(ledger, state):
    samples = {"PYTHONPATH": str(Path(__file__).parent)}
    processes = [
        subprocess.Popen([sys.executable, "-c", APPENDER, str(state), str(first)], env=samples)
        for first in (1_000, 2_000)
    ]
    assert [process.wait() for process in processes] == [0, 0]
    verification = ledger.verify()
    assert verification.intact, verification.breaks
    assert verification.entries == 2 * 40 * 7
    assert verification.checkpoints == 1 + 2 * 40 * 2
