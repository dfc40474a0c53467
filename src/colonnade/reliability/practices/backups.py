"""Guide section 4.3: data worth keeping is backed up, and restores have been proven."""

from __future__ import annotations

from colonnade.reliability.recovery.evidence import BackupState, StoreBackup
from colonnade.review.signal import signal
from colonnade.review.verdict import Verdict, met, unmet


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
