"""Views of guide section 4.3: how old the newest backup of each store is, and whether it can be lost."""

from __future__ import annotations

import msgspec

from colonnade.evidence.view import view


class StoreBackup(msgspec.Struct, frozen=True, kw_only=True):
    """One store. `age_s` is from the moment that its newest backup brings back; None where there is none.

    `exposed` says why what serves could delete the backup, empty where it cannot.
    """

    store: str
    rpo_s: float
    age_s: float | None
    checked: bool
    exposed: str


@view("recovery.backups", binds=("workload",))
class BackupState(msgspec.Struct, frozen=True, kw_only=True):
    """Every store of `data.stores` and its newest backup, as the ledger tells; `declared` without a vault is False."""

    declared: bool
    stores: list[StoreBackup]
