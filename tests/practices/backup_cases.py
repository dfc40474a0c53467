"""The judges of guide section 4.3 on views built by hand."""

from __future__ import annotations

from typing import Any

from colonnade.reliability.practices import backups
from colonnade.reliability.recovery.evidence import BackupState, StoreBackup


def state(*, declared: bool = True, **fields: Any) -> BackupState:
    given = {"store": "colonnade", "rpo_s": 60.0, "age_s": 60.0, "checked": True, "exposed": "", **fields}
    return BackupState(declared=declared, stores=[StoreBackup(**given)])


BACKUP_CASES = [
    (backups.every_store_has_a_young_backup, (state(),), "pass"),
    (backups.every_store_has_a_young_backup, (state(age_s=60.1),), "fail"),
    (backups.every_store_has_a_young_backup, (state(age_s=None),), "fail"),
    (backups.every_store_has_a_young_backup, (state(checked=False),), "fail"),
    (backups.every_store_has_a_young_backup, (state(exposed="anybody may delete it"),), "fail"),
    (backups.every_store_has_a_young_backup, (state(declared=False),), "fail"),
]
