"""A workload folder is checked with everything that people write in it: the workload, its files, accepted risks."""

from __future__ import annotations

from pathlib import Path

from colonnade.assembly.waiving import waivers_of
from colonnade.errors import Fault, FaultyWorkload
from colonnade.registry.folder import load_workload
from colonnade.workload.folder import Workload


def checked(folder: Path) -> Workload:
    """The workload of a folder.

    Raises:
        FaultyWorkload: with every fault of `workload.yaml`, what belongs to it, and `waivers.yaml`.
    """
    faults: list[Fault] = []
    workload = None
    try:
        workload = load_workload(folder)
    except FaultyWorkload as error:
        faults += error.faults
    try:
        waivers_of(folder)
    except FaultyWorkload as error:
        faults += error.faults
    if workload is None or faults:
        raise FaultyWorkload(faults)
    return workload
