"""The drill `tamper` offers an altered model to the very loader that serves."""

from __future__ import annotations

import asyncio
import tempfile
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

from colonnade.errors import SetupError
from colonnade.evidence.collection import Scope
from colonnade.evidence.record import Record
from colonnade.gateway.upstream.embedded.runtime import Runtime
from colonnade.gateway.upstream.embedded.text import EmbeddedText
from colonnade.registry.models import ModelStore
from colonnade.security.drills import tamper
from colonnade.workload.folder import Workload
from colonnade.workload.specification import Specification

LOAD_PATIENCE_S = 60.0
DECIDED = frozenset({"loading", "ready", "refused"})
"""Phases in which the loader has verified the file, or refused it."""


def embedded_models(specification: Specification) -> list[str]:
    """Text models that run inside and may answer for a route, by their names in `models.toml`."""
    active = [specification.models[name] for name in sorted(specification.bound)]
    return [
        it.model
        for it in active
        if it.purpose == "text" and specification.upstreams[it.upstream].kind == "embedded"
    ]


async def offer_altered(workload: Workload, scope: Scope) -> Record:
    """The first of them, and a copy with one bit changed.

    Raises:
        SetupError: its weights are not on this machine.
    """
    name = embedded_models(workload.specification)[0]
    files = await asyncio.to_thread(ModelStore().find, name)
    if files is None:
        raise SetupError(f"the model {name} is not here: run `colonnade model fetch {name}`")
    runtime = Runtime.of(files)
    workload.state.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=workload.state) as scratch:
        log = workload.state / "logs" / "drill-tamper.log"
        return await tamper(files.weights, partial(_offer, runtime, log), Path(scratch), scope)


async def _offer(runtime: Runtime, log: Path, weights: Path) -> None:
    """Offer `weights` to the loader; returns when it verified them.

    Raises:
        SetupError: the loader refused.
    """
    text = EmbeddedText(replace(runtime, weights=weights), log)
    text.start()
    deadline = time.monotonic() + LOAD_PATIENCE_S
    try:
        while text.state.phase not in DECIDED and time.monotonic() < deadline:  # noqa: ASYNC110 - told by being read
            await asyncio.sleep(0.05)
    finally:
        phase, reason = text.state.phase, text.state.reason
        await text.close()
    if phase not in {"loading", "ready"}:
        raise SetupError(reason or f"not verified within {LOAD_PATIENCE_S:.0f} s")
