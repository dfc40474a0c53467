"""Sections on what is worth keeping, where copies of it go, and how long they stay."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from colonnade.workload.section import AtLeastOne, Name, Positive, Section, Text


class Keep(Section):
    """`recovery.backup.keep`: how many backups stay, counted per kind; one backup may count for several kinds."""

    last: AtLeastOne = Field(default=12, description="The newest ones, however close together.")
    daily: int = Field(default=7, ge=0, description="The last one of each of so many days.")
    weekly: int = Field(default=5, ge=0, description="The last one of each of so many weeks.")
    monthly: int = Field(default=12, ge=0, description="The last one of each of so many months.")


class Backup(Section):
    """`recovery.backup`: where backups go, what closes them, how often they are made, and which stay (REL-08)."""

    to: Text = Field(
        description="A folder, or a URL of a store such as `s3://bucket/prefix`; never inside the workload's state."
    )
    key: Text | None = Field(
        default=None,
        description="What closes backups: `file:PATH` (relative to the workload folder), `env:NAME` or `passphrase:NAME`; a key file of your own"
        " configuration folder if not given. Keep a copy elsewhere: without it no backup opens.",
    )
    every_s: Positive | None = Field(
        default=None,
        description="Pause between backups while the workload runs; half of `rpo_s` if not given.",
    )
    keep: Keep = Field(default=Keep(), description="Which backups stay.")


class DataStore(Section):
    """An entry of `data.stores`: something that must not be lost."""

    kind: Literal["colonnade", "folder"] = Field(
        description="`colonnade`: the workload folder with its store, keys, indexes and budgets; `folder`: files."
    )
    path: Text | None = Field(
        default=None, description="The folder of a `folder`, relative to the workload folder."
    )
    rpo_s: Positive | None = Field(
        default=None,
        description="Data-loss objective of this store in seconds; `recovery.rpo_s` if not given.",
    )


class Data(Section):
    """`data`: stores whose loss would matter; without it the workload itself is the only one."""

    stores: dict[Name, DataStore] = Field(
        default={}, description="What is backed up, by name; the workload itself as `colonnade` if empty."
    )

    @property
    def kept(self) -> dict[Name, DataStore]:
        """What is backed up."""
        return self.stores or {"colonnade": DataStore(kind="colonnade")}
