"""A workload is loaded the same way everywhere: with the names of models that this installation knows."""

from __future__ import annotations

import os
from pathlib import Path

from colonnade.registry.models.entry import entries_for
from colonnade.workload import Known, Workload, load


def load_workload(folder: Path) -> Workload:
    """The workload in `folder`, its models checked against `models.toml`.

    Raises:
        FaultyWorkload: with every fault of the folder.
    """
    entries = entries_for(os.environ)
    return load(folder, Known(models={name: entry.digest for name, entry in entries.items()}))
