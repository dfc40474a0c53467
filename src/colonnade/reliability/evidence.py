"""Views of step 4: versions of data."""

from __future__ import annotations

import msgspec

from colonnade.evidence.view import view


class DataVersion(msgspec.Struct, frozen=True, kw_only=True):
    """One dataset or index with the digest of its present version and how many versions are kept."""

    name: str
    kind: str
    digest: str
    versions: int


@view("registry.datasets", binds=("knowledge",))
class DataVersions(msgspec.Struct, frozen=True, kw_only=True):
    """Every dataset, index and evaluation set, and whether runs and answers name the version they used."""

    versions: list[DataVersion]
    answers: int
    answers_naming_version: int
    runs: int
    runs_naming_version: int


@view("drill.data-rollback", binds=("knowledge",))
class DataRollback(msgspec.Struct, frozen=True, kw_only=True):
    """An index was moved forward one version and back again, on a copy.

    `changed_forward` is the witness: with the other version, some of the stored queries answered differently.
    """

    queries: int
    changed_forward: int
    same_after_rollback: int
    seconds: float
