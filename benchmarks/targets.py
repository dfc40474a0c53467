"""The gateway as a target of a side-by-side harness that offers `add(name, command, headers=..., about=...)`.

    BENCH_TARGETS=benchmarks/targets.py HARNESS/run.sh colonnade

The harness runs this file where its own targets are declared. A copy of `benchmarks/workload` is served, with its
upstream at 127.0.0.1:9100; the gateway's keys are random, so one is made here and sent by the harness.
"""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(os.environ["BENCH_TARGETS"]).resolve().parents[1]
PYTHON = ROOT / ".venv" / "bin" / "python"
RUN = f"{PYTHON} -m colonnade.assembly.process"
PLANTED = Path(tempfile.mkdtemp(prefix="colonnade-bench-"))
atexit.register(shutil.rmtree, PLANTED, ignore_errors=True)


def planted(name: str) -> tuple[Path, str]:
    """A copy of the workload with a store of its own, and a key to call it with."""
    folder = PLANTED / name
    shutil.copytree(ROOT / "benchmarks" / "workload", folder, ignore=shutil.ignore_patterns(".colonnade"))
    make = [PYTHON.with_name("colonnade"), "key", "create", "--workload", folder]
    made = subprocess.run(make, check=True, capture_output=True, text=True)
    return folder, made.stdout.strip()


folder, key = planted("whole")
add(  # noqa: F821 - the harness provides it
    "colonnade",
    # The two processes that `colonnade up` would start, in the harness's session so that both are counted.
    f"{RUN} keeper --workload {folder} & exec {RUN} gateway --workload {folder} --port $PORT --keeper",
    headers=[f"Authorization: Bearer {key}"],
    about="Colonnade: identify, journal, deadline, meter, footprint, disclose, cap, cache; encrypted ledger",
)

PARTIAL = {
    "colonnade-unrecorded": "journal",
    "colonnade-unmetered": "journal,meter,footprint",
    "colonnade-bare": "journal,deadline,meter,footprint,disclose,retrieve,render,cap,cache",
}
for name, left_out in PARTIAL.items():
    place, own_key = planted(name)
    add(  # noqa: F821 - the harness provides it
        name,
        f"{PYTHON} {ROOT}/benchmarks/serve.py --workload {place} --port $PORT --without {left_out}",
        headers=[f"Authorization: Bearer {own_key}"],
        about=f"Colonnade without {left_out.replace(',', ', ')}",
    )
