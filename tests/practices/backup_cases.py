"""The judges of guide section 4.3 on views built by hand."""

from __future__ import annotations

from typing import Any

from colonnade.reliability.practices import backups
from colonnade.reliability.recovery.evidence import BackupState, DisasterDrill, RestoreDrill, StoreBackup


def state(*, declared: bool = True, **fields: Any) -> BackupState:
    given = {"store": "colonnade", "rpo_s": 60.0, "age_s": 60.0, "checked": True, "exposed": "", **fields}
    return BackupState(declared=declared, stores=[StoreBackup(**given)])


def restored(**fields: Any) -> RestoreDrill:
    given = {
        "backup": "b", "files": 3, "rows": 9, "differing": [], "unlocked": True, "intact": True,
        "seconds": 60.0, "behind_s": 30.0, "rto_s": 60.0, "rpo_s": 30.0, **fields,
    }  # fmt: skip
    return RestoreDrill(**given)


def rebuilt(**fields: Any) -> DisasterDrill:
    given = {
        "empty": True, "backup": "b", "questions": 5, "answered": 5, "alike": 5, "old_key": True, "missing": 4,
        "recovered_s": 60.0, "lost_s": 30.0, "rto_s": 60.0, "rpo_s": 30.0, **fields,
    }  # fmt: skip
    return DisasterDrill(**given)


BACKUP_CASES = [
    (backups.every_store_has_a_young_backup, (state(),), "pass"),
    (backups.every_store_has_a_young_backup, (state(age_s=60.1),), "fail"),
    (backups.every_store_has_a_young_backup, (state(age_s=None),), "fail"),
    (backups.every_store_has_a_young_backup, (state(checked=False),), "fail"),
    (backups.every_store_has_a_young_backup, (state(exposed="anybody may delete it"),), "fail"),
    (backups.every_store_has_a_young_backup, (state(declared=False),), "fail"),
    (backups.a_restore_was_whole_and_in_time, (restored(),), "pass"),
    (backups.a_restore_was_whole_and_in_time, (restored(differing=["request"]),), "fail"),
    (backups.a_restore_was_whole_and_in_time, (restored(unlocked=False),), "fail"),
    (backups.a_restore_was_whole_and_in_time, (restored(intact=False),), "fail"),
    (backups.a_restore_was_whole_and_in_time, (restored(seconds=60.1),), "fail"),
    (backups.a_restore_was_whole_and_in_time, (restored(behind_s=30.1),), "fail"),
    (backups.the_rehearsal_met_both_objectives, (rebuilt(),), "pass"),
    (backups.the_rehearsal_met_both_objectives, (rebuilt(alike=4),), "fail"),
    (backups.the_rehearsal_met_both_objectives, (rebuilt(old_key=False),), "fail"),
    (backups.the_rehearsal_met_both_objectives, (rebuilt(recovered_s=60.1),), "fail"),
    (backups.the_rehearsal_met_both_objectives, (rebuilt(lost_s=30.1),), "fail"),
]
