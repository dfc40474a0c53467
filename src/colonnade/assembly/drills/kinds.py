"""Everything that can be taken back in this program: what drills may use, and what a start of the workload replays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from colonnade.drills.chaostoolkit import UNDO_KIND, run_command
from colonnade.drills.group import drills_folder, restore
from colonnade.drills.undo import KINDS, Entry, Undoing

UNDO_KINDS: Final[Mapping[str, Undoing]] = {**KINDS, UNDO_KIND: run_command}


def restore_left(state: Path) -> Sequence[Entry]:
    """Take back what drills left behind that were killed; drills that are under way are left alone.

    Raises:
        SetupError: something cannot be taken back.
    """
    return restore(drills_folder(state), UNDO_KINDS)
