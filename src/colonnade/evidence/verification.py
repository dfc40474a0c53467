"""Reading the whole ledger again finds every altered, missing or reordered record and names it."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, select

from colonnade.evidence.bodies import BodyCheck, horizon
from colonnade.evidence.breaks import Break, Findings, Verification
from colonnade.evidence.checkpoint import Checkpoint, CheckpointLog
from colonnade.evidence.content import Seal
from colonnade.evidence.links import ChainWalk
from colonnade.evidence.rows import entries, unreferenced
from colonnade.store import Store, schema

__all__ = ["Break", "Verification", "verify"]


def verify(store: Store, seal: Seal, log: CheckpointLog) -> Verification:
    """Walk chain, bodies, contents and checkpoints; memory does not grow with the ledger.

    The size of the checkpoint file is taken before the database's view, so entries that are appended meanwhile
    cannot be missed by a checkpoint.
    """
    findings = Findings()
    walk = ChainWalk(findings)
    signed_until = log.path.stat().st_size if log.path.exists() else 0
    with store.reading(tolerant=True) as connection:
        bodies = BodyCheck(findings, seal, horizon(connection))
        for entry, row in entries(connection):
            walk.take(entry)
            bodies.take(entry, row)
        walk.explain()
        checked = _Checkpoints(connection, walk).take_all(log.read(signed_until))
        _name_absent(connection, walk)
    return Verification(
        entries=walk.entries,
        first_at=walk.first_at,
        last_at=walk.last_at,
        checkpoints=checked,
        broken=findings.count,
        breaks=findings.in_order(),
    )


class _Checkpoints:
    """Compares what was signed with what is there."""

    def __init__(self, connection: Connection, walk: ChainWalk) -> None:
        self._connection = connection
        self._walk = walk

    def take_all(self, checkpoints: Iterable[Checkpoint | None]) -> int:
        """Compare each and return how many there were; a ledger without any is a finding."""
        count = 0
        furthest: Checkpoint | None = None
        for checkpoint in checkpoints:
            count += 1
            if checkpoint is None:
                detail = "altered, or not signed here"
                self._walk.findings.add(0, f"line {count}", "checkpoint damaged", detail)
                continue
            self._compare(checkpoint)
            if furthest is None or checkpoint.seq > furthest.seq:
                furthest = checkpoint
        if furthest is not None:
            self._cut_tail(furthest)
        elif self._walk.entries:
            self._walk.findings.add(0, "checkpoints.jsonl", "missing", "no checkpoint covers this ledger")
        return count

    def _compare(self, checkpoint: Checkpoint) -> None:
        table = schema.ledger.c
        row = self._connection.execute(
            select(table.ref, table.chain).where(table.seq == checkpoint.seq)
        ).first()
        if row is not None and (row.ref, row.chain) != (checkpoint.ref, checkpoint.chain):
            detail = f"a signed checkpoint names {checkpoint.ref} here"
            self._walk.findings.add(checkpoint.seq, row.ref, "checkpoint contradicted", detail)

    def _cut_tail(self, furthest: Checkpoint) -> None:
        last = self._walk.last.seq if self._walk.last else 0
        if furthest.seq <= last:
            return
        self._walk.gap(last + 1, furthest.seq)
        self._walk.findings.add(furthest.seq, furthest.ref, "missing", "signed by a checkpoint, now gone")


def _name_absent(connection: Connection, walk: ChainWalk) -> None:
    """Give missing places the names of the bodies that still say they belong there."""
    unnamed = walk.missing
    for kind, seq, ref in unreferenced(connection):
        if seq in unnamed:
            unnamed.discard(seq)
            walk.findings.add(seq, ref, "missing", "its row in the ledger is gone")
        else:
            walk.findings.add(seq, ref, "unreferenced", f"no entry names this {kind}")
    for seq in sorted(unnamed):
        walk.findings.add(seq, "", "missing", "the row in the ledger is gone, and what it named")
