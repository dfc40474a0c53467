"""Evidence of other tools is read, checked, and written into the ledger together with the change that tells of it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from colonnade.assembly.opened import opened
from colonnade.assembly.reviewing import current_subject, scope_of
from colonnade.evidence.change import Change, operator
from colonnade.evidence.collection import Scope
from colonnade.evidence.ledger import Ledger
from colonnade.evidence.record import Environment, Record
from colonnade.evidence.request import RequestRecord
from colonnade.evidence.soundness import unsound
from colonnade.review.adapters.adapter import Adapter, Reading, Reject
from colonnade.review.adapters.fetching import fetch, is_address
from colonnade.review.adapters.gathering import FaultyImport, Gathered, gather
from colonnade.review.adapters.known import ADAPTERS
from colonnade.review.adapters.material import Material, plain

TOLD = 20
"""Rejects and file names that the change itself tells; their number is told in full."""
CLOCK_SKEW_S = 300.0
"""How far ahead of this machine the clock of another may run."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of one import: what was taken under which change, and everything that was not, with its reason."""

    collector: str
    digest: str
    files: int
    records: tuple[Record, ...]
    requests: int
    rejects: tuple[Reject, ...]
    change: str = ""

    @property
    def taken(self) -> bool:
        """Whether anything was taken at all."""
        return bool(self.records or self.requests)


def adapter_of(kind: str) -> Adapter:
    """The adapter of a kind.

    Raises:
        FaultyImport: there is none.
    """
    found = next((each for each in ADAPTERS if each.kind == kind), None)
    if found is None:
        kinds = ", ".join(each.kind for each in ADAPTERS)
        raise FaultyImport(f"nothing reads {plain(kind)}; there are: {kinds}")
    return found


def import_evidence(
    folder: Path,
    kind: str,
    *places: str,
    environment: Environment | None = None,
    key: str | None = None,
) -> Imported:
    """Read what another tool wrote and keep it as evidence about what the workload folder says now.

    Args:
        folder: the workload folder.
        kind: which adapter reads it.
        places: files, folders, or addresses on this machine, which are read together.
        environment: what it is evidence of; `review.environment` of the file if None.
        key: bearer token for an address.

    Raises:
        FaultyImport: nothing of that kind can be read there.
        FaultyWorkload: the workload folder has faults.
    """
    adapter = adapter_of(kind)
    gathered = Gathered()
    for place in places:
        found = fetch(place, adapter, key) if is_address(place) else gather(Path(place), adapter)
        gathered.extend(found)
    with opened(folder) as (workload, ledger, shelf):
        now = time.time()
        of = environment or workload.specification.review.environment
        scope = scope_of(workload, current_subject(workload, ledger, shelf.live(), of), of, now)
        return _keep(ledger, adapter, gathered, scope)


def imports_of(folder: Path) -> list[Change]:
    """Every import into a workload's ledger, oldest first."""
    with opened(folder) as (_, ledger, _):
        return ledger.changes(kind="import")


def _keep(ledger: Ledger, adapter: Adapter, gathered: Gathered, scope: Scope) -> Imported:
    reading = _read(adapter, gathered.materials, scope)
    records = [_joined(each, adapter, ledger, scope) for each in _sound_records(reading, adapter, scope)]
    requests = list(_sound_requests(reading, scope))
    imported = Imported(
        collector=adapter.collector,
        digest=_digest(gathered.materials),
        files=len(gathered.materials),
        records=tuple(records),
        requests=len(requests),
        rejects=(*gathered.rejects, *reading.rejects),
    )
    if not imported.taken:
        return imported
    change = _change(imported, adapter, [each.name for each in gathered.materials], scope)
    return replace(imported, change=ledger.append_import(change, records, requests))


def _read(adapter: Adapter, materials: Sequence[Material], scope: Scope) -> Reading:
    """What the adapter makes of it; an adapter that fails takes nothing, and nobody sees its traceback."""
    try:
        return adapter.read(materials, scope)
    except Exception as error:  # noqa: BLE001 - a file that nobody foresaw must not end the command without a word
        reading = Reading()
        reading.reject(
            adapter.kind, f"the adapter failed with {type(error).__name__}; please report the file"
        )
        return reading


def _joined(record: Record, adapter: Adapter, ledger: Ledger, scope: Scope) -> Record:
    earlier = ledger.newest(record.topic, scope.environment) if adapter.join else None
    return adapter.join(record, earlier) if adapter.join and earlier else record


def _sound_records(reading: Reading, adapter: Adapter, scope: Scope) -> Iterator[Record]:
    for record in reading.records:
        if problem := _problem(record, adapter, scope):
            reading.reject(record.topic, problem)
        else:
            yield record


def _problem(record: Record, adapter: Adapter, scope: Scope) -> str:
    """Why a record is not taken; empty if it is."""
    foreign = record.environment != scope.environment or record.subject != scope.subject
    if foreign or record.collector != adapter.collector:
        return "is not about what the workload folder says now"
    return unsound(record, scope.window_end + CLOCK_SKEW_S)


def _sound_requests(reading: Reading, scope: Scope) -> Iterator[RequestRecord]:
    for request in reading.requests:
        closed = request.closed_at or request.opened_at
        if request.environment != scope.environment or request.content_stored:
            reading.reject(plain(request.id), "is of another environment, or claims content that is not here")
        elif not _possible(request.opened_at, closed, scope.window_end):
            reading.reject(plain(request.id), "ends before it begins, or in the future")
        else:
            yield request


def _possible(start: float, end: float, now: float) -> bool:
    return 0.0 <= start <= end <= now + CLOCK_SKEW_S


def _digest(materials: Sequence[Material]) -> str:
    """Over names and bytes of everything that was read."""
    listed = "\n".join(f"{each.digest} {each.name}" for each in sorted(materials, key=lambda it: it.name))
    return "sha256:" + hashlib.sha256(listed.encode()).hexdigest()


def _change(imported: Imported, adapter: Adapter, names: Sequence[str], scope: Scope) -> Change:
    details = {
        "collector": imported.collector,
        "environment": scope.environment,
        "files": str(imported.files),
        "names": ", ".join(names[:TOLD]),
        "records": str(len(imported.records)),
        "requests": str(imported.requests),
        "rejects": str(len(imported.rejects)),
        "rejected": msgspec.json.encode(imported.rejects[:TOLD]).decode(),
    }
    return Change(
        kind="import",
        name=adapter.kind,
        at=scope.window_end,
        actor=operator(),
        reason=adapter.title,
        after=imported.digest,
        details=details,
    )
