"""Guide section 4.3: data worth keeping is backed up, and restores have been proven."""

from __future__ import annotations

from collections.abc import Sequence

from colonnade.drills.experiment import Check
from colonnade.reliability.recovery.drills import both_objectives, whole_and_in_time
from colonnade.reliability.recovery.evidence import BackupState, DisasterDrill, RestoreDrill, StoreBackup
from colonnade.review.signal import signal
from colonnade.review.verdict import Verdict, holds, met, unmet


@signal(
    "REL-08",
    1,
    improve="name a vault that the serving account cannot delete from in `recovery.backup.to`; `colonnade up` then"
    " makes backups, `colonnade backup create` makes one now",
)
def every_store_has_a_young_backup(backups: BackupState) -> Verdict:
    """Each declared store has a finished, encrypted backup younger than its objective that the workload cannot delete."""
    if not backups.declared:
        return unmet("`recovery.backup` names no place for backups", n=len(backups.stores))
    problems = [problem for store in backups.stores for problem in _problems(store)]
    if problems:
        return unmet("; ".join(problems), n=len(backups.stores))
    told = ", ".join(
        f"{store.store}: {store.age_s or 0.0:.0f} s of {store.rpo_s:.0f} s" for store in backups.stores
    )
    return met(f"age of the newest backup, {told}", n=len(backups.stores))


def _problems(store: StoreBackup) -> list[str]:
    if store.age_s is None:
        return [f"{store.store} was never backed up"]
    found = []
    if store.age_s > store.rpo_s:
        found.append(
            f"{store.store}: the newest backup is {store.age_s:.0f} s old, asked: at most {store.rpo_s:.0f} s"
        )
    if not store.checked:
        found.append(f"{store.store}: the newest backup was not read again after it was written")
    if store.exposed:
        found.append(f"{store.store}: {store.exposed}")
    return found


@signal(
    "REL-08", 2, improve="run `colonnade drill run restore`; it says what did not come back, or took too long"
)
def a_restore_was_whole_and_in_time(drill: RestoreDrill) -> Verdict:
    """The last restore into a scratch place matched counts and digests within the time objective."""
    return _judged(
        whole_and_in_time(drill), f"{drill.files} files and {drill.rows} rows in {drill.seconds:.1f} s"
    )


@signal(
    "REL-07",
    2,
    improve="run `colonnade drill run disaster`; it says which objective was missed, and by how much",
)
def the_rehearsal_met_both_objectives(drill: DisasterDrill) -> Verdict:
    """The last rehearsal from a clean place met both objectives as measured."""
    told = f"serving again after {drill.recovered_s:.1f} s, {drill.lost_s:.0f} s of records lost"
    return _judged(both_objectives(drill), told)


def _judged(checks: Sequence[Check], told: str) -> Verdict:
    missed = [
        f"{check.what}: {check.told}" if check.told else check.what for check in checks if not check.held
    ]
    return holds(not missed, told, f"not so: {'; '.join(missed)}")
