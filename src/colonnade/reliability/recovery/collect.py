"""Collector of guide section 4.3: what the ledger tells of backups, store by store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from colonnade.evidence.change import Change, ChangeKind
from colonnade.evidence.collection import Scope
from colonnade.evidence.record import Record
from colonnade.reliability.recovery.evidence import BackupState, StoreBackup

CHANGE: ChangeKind = "backup"
"""The kind of change that a finished backup leaves; its name is the store."""


def backup_state(
    objectives: Mapping[str, float], changes: Sequence[Change], declared: bool, scope: Scope
) -> Record:
    """The newest backup of each store at the end of the scope's window.

    Args:
        objectives: data-loss objective of each declared store, in seconds.
        changes: changes of kind `backup`, oldest first.
        declared: whether the workload says where backups go.
        scope: what is observed.
    """
    newest = {change.name: change for change in changes if change.at <= scope.window_end}
    stores = [_store(name, rpo_s, newest.get(name), scope) for name, rpo_s in sorted(objectives.items())]
    view = BackupState(declared=declared, stores=stores)
    return scope.record(view, kind="telemetry", collector="reliability.backups@1", n=len(stores))


def _store(name: str, rpo_s: float, change: Change | None, scope: Scope) -> StoreBackup:
    if change is None:
        return StoreBackup(store=name, rpo_s=rpo_s, age_s=None, checked=False, exposed="")
    return StoreBackup(
        store=name,
        rpo_s=rpo_s,
        age_s=scope.window_end - float(change.details["began_at"]),
        checked=change.details.get("checked") == "yes",
        exposed=change.details.get("exposed", ""),
    )
