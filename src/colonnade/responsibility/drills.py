"""Drill of step 8: a real client looks for the notice that an AI answers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from colonnade.drills.target import Heard, Target, borrowed_key
from colonnade.evidence.collection import Scope
from colonnade.evidence.record import Record
from colonnade.responsibility.disclosure import HEADER
from colonnade.responsibility.evidence import DisclosureDrill, Surface


async def disclosure(
    target: Target, notices: Mapping[str, str], media: Sequence[str], scope: Scope
) -> Record:
    """Ask every chat route, whole and streamed, and look for header and notice.

    Args:
        target: the running workload.
        notices: the notice of each route that has one, by route name.
        media: kinds of generated media that the workload can produce, beside text.
        scope: what is being observed.
    """
    async with borrowed_key(target) as key:
        surfaces = [
            await _look(target, route, stream, notices.get(route, ""), key)
            for route in target.disclosing_routes
            for stream in (False, True)
        ]
    view = DisclosureDrill(surfaces=surfaces, media=list(media), media_marked=False)
    return scope.record(
        view, kind="drill", source="drill", collector="responsibility.disclosure@1", n=len(surfaces)
    )


async def _look(target: Target, route: str, stream: bool, notice: str, key: str) -> Surface:
    body: dict[str, Any] = {
        "model": route,
        "messages": [{"role": "user", "content": "Who am I talking to?"}],
        "max_tokens": 8,
        "stream": stream,
    }
    heard = await target.call("POST", "/v1/chat/completions", key=key, body=body)
    return Surface(
        surface=f"{route}, {'streamed' if stream else 'whole'}",
        header=HEADER[0].decode() in heard.headers and heard.status == 200,
        notice=bool(notice) and notice in _text(heard, stream),
        notice_expected=bool(notice),
    )


def _text(heard: Heard, stream: bool) -> str:
    if not stream:
        parsed = heard.json()
        return (
            str(parsed["choices"][0]["message"]["content"])
            if isinstance(parsed, dict) and "choices" in parsed
            else ""
        )
    events = [
        line[6:] for line in heard.body.decode("utf-8", "replace").splitlines() if line.startswith("data: {")
    ]
    deltas = [choice.get("delta", {}) for event in events for choice in json.loads(event).get("choices", [])]
    return "".join(delta.get("content") or "" for delta in deltas)
