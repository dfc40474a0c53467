"""Drill of step 2: a canary request is sent and looked up in the journal."""

from __future__ import annotations

import asyncio
import time

from colonnade.drills.target import Target, borrowed_key
from colonnade.evidence.collection import Scope
from colonnade.evidence.record import Record
from colonnade.evidence.request import RequestRecord
from colonnade.operations.collect import complete
from colonnade.operations.evidence import CanaryRequest

PATIENCE_S = 60.0


async def canary_request(target: Target, scope: Scope) -> Record:
    """Send one request and wait until its record can be read, at most a minute."""
    async with borrowed_key(target) as key:
        body = {"model": target.routes[0], "messages": [{"role": "user", "content": "canary request"}]}
        heard = await target.call("POST", "/v1/chat/completions", key=key, body=body)
    started = time.monotonic()
    found = await _wait_for(target, heard.headers.get("x-request-id", "")) if heard.status == 200 else None
    view = CanaryRequest(
        sent=heard.status == 200,
        found=found is not None,
        complete=found is not None and complete(found),
        seconds=time.monotonic() - started,
    )
    return scope.record(view, kind="drill", source="drill", collector="operations.canary@1", n=1)


async def _wait_for(target: Target, request_id: str) -> RequestRecord | None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        found = await asyncio.to_thread(target.find_request, request_id)
        if found is not None and found.closed_at:
            return found
        await asyncio.sleep(0.1)
    return None
