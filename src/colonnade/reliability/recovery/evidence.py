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


@view("drill.restore", binds=("workload",))
class RestoreDrill(msgspec.Struct, frozen=True, kw_only=True):
    """A backup came back into an empty place. Times in seconds.

    `differing` names what does not count or digest as it did when the backup was taken; `unlocked` says whether the
    store opened with the keys that came back. `behind_s` is how much a loss at the start of the drill would have cost.
    """

    backup: str
    files: int
    rows: int
    differing: list[str]
    unlocked: bool
    intact: bool
    seconds: float
    behind_s: float
    rto_s: float
    rpo_s: float


@view("drill.disaster", binds=("workload",))
class DisasterDrill(msgspec.Struct, frozen=True, kw_only=True):
    """The workload was built again in an empty place and took calls there. Times in seconds.

    `empty` says that nothing of it was there before; `alike` counts the questions that got the answer which the
    workload itself gives; `old_key` whether a key made before the loss is still taken. `missing` counts the ledger's
    entries that were lost.
    """

    empty: bool
    backup: str
    questions: int
    answered: int
    alike: int
    old_key: bool
    missing: int
    recovered_s: float
    lost_s: float
    rto_s: float
    rpo_s: float
