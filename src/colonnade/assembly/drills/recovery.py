"""Drills of guide section 4.3: a backup comes back, and the whole workload is built again from nothing but backups."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from colonnade.assembly.drills.elsewhere import elsewhere, quickstart
from colonnade.assembly.drills.place import Place
from colonnade.assembly.recovering import restore_to
from colonnade.drills.drill import Drill
from colonnade.drills.observing import observing
from colonnade.drills.target import Telephone
from colonnade.errors import SetupError
from colonnade.evidence.collection import Scope
from colonnade.evidence.record import Record
from colonnade.reliability.recovery.drills import (
    both_objectives,
    built_from_nothing,
    came_back,
    whole_and_in_time,
)
from colonnade.reliability.recovery.evidence import DisasterDrill, RestoreDrill
from colonnade.store.durable import make_folder

QUESTIONS = (
    "What is this service for?",
    "How may I reach a person?",
    "Which rules hold here?",
    "What should I do first?",
    "Where is it written down?",
)


def recovering(place: Place) -> Iterator[Drill]:
    """Both, where the workload says where its backups go."""
    if place.workload.specification.recovery.backup is None:
        return
    yield observing(
        "restore",
        "a backup comes back whole and in time",
        ("REL-08",),
        partial(_restore, place),
        RestoreDrill,
        saw=came_back,
        held=whole_and_in_time,
    )
    yield observing(
        "disaster",
        "the workload is built again from its backup alone, and answers as before",
        ("REL-07",),
        partial(_disaster, place),
        DisasterDrill,
        saw=built_from_nothing,
        held=both_objectives,
    )


async def _restore(place: Place, scope: Scope) -> Record:
    """The newest backup into an empty folder.

    Raises:
        SetupError: there is no backup, or it does not come back.
    """
    recovery = place.workload.specification.recovery
    with _scratch(place, "restored") as folder:
        done = await asyncio.to_thread(restore_to, place.workload.folder, "latest", folder, _unseen)
    view = RestoreDrill(
        backup=done.point.id,
        files=len(done.point.copies),
        rows=sum(done.rows.values()),
        differing=sorted(name for name, count in done.point.rows.items() if done.rows.get(name) != count),
        unlocked=bool(done.rows),
        intact=done.intact,
        seconds=done.seconds,
        behind_s=time.time() - done.seconds - done.point.began_at,
        rto_s=recovery.rto_s,
        rpo_s=recovery.rpo_s,
    )
    return scope.record(view, kind="drill", source="drill", collector="reliability.restore@1", n=view.files)


async def _disaster(place: Place, scope: Scope) -> Record:
    """The workload answers; it is built again elsewhere, started there, and asked the same with the same key.

    Raises:
        SetupError: there is no backup, or what came back does not start.
    """
    recovery, route = place.workload.specification.recovery, place.target().routes[0]
    key = quickstart(place.workload)
    before = await _ask(place.target().call, route, key)
    lost_at, began = time.time(), time.monotonic()
    with ExitStack() as held:
        folder = held.enter_context(_scratch(place, "rebuilt"))
        empty = not folder.exists()
        done = await asyncio.to_thread(restore_to, place.workload.folder, "latest", folder, _unseen)
        rebuilt = await asyncio.to_thread(held.enter_context, elsewhere(folder))
        after = await _ask(rebuilt, route, key)
        recovered_s = time.monotonic() - began
    last = place.ledger.checkpoint()
    view = DisasterDrill(
        empty=empty,
        backup=done.point.id,
        questions=len(QUESTIONS),
        answered=sum(bool(answer) for answer in after),
        alike=sum(bool(a) and a == b for a, b in zip(before, after, strict=True)),
        old_key=any(after),
        missing=max(0, (last.seq if last else 0) - done.rows.get("ledger", 0)),
        recovered_s=recovered_s,
        lost_s=lost_at - done.point.began_at,
        rto_s=recovery.rto_s,
        rpo_s=recovery.rpo_s,
    )
    return scope.record(
        view, kind="drill", source="drill", collector="reliability.disaster@1", n=len(QUESTIONS)
    )


async def _ask(call: Telephone, route: str, key: str) -> list[str]:
    """The answer to each question, empty where there was none."""
    return [await _answer(call, route, question, key) for question in QUESTIONS]


async def _answer(call: Telephone, route: str, question: str, key: str) -> str:
    body = {"model": route, "messages": [{"role": "user", "content": question}], "temperature": 0}
    try:
        heard = await call("POST", "/v1/chat/completions", key=key, body=body)
    except SetupError:
        return ""
    document = heard.json() if heard.status == 200 else None
    return str(document["choices"][0]["message"]["content"]) if document else ""


def _unseen(_name: str, _number: int, _count: int) -> None:
    """The diary of the drill tells enough."""


@contextmanager
def _scratch(place: Place, name: str) -> Iterator[Path]:
    """A folder that does not exist yet, below one that no backup holds; gone afterwards."""
    parent = make_folder(place.workload.state / "copies")
    folder = parent / f"{name}-{time.time_ns()}"
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
