"""`/readyz` says whether requests are taken, and of each component what it waits for.

A *needed* component (the journal) that is not ready makes the gateway not ready: status 503. An *upstream* that
still loads its model does not: the gateway takes requests, other routes answer, and the component is listed as
`starting`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Question = Callable[[], Awaitable[str | None]]
"""Answers None when ready, else one clause that says what is waited for."""

_PATIENCE_S = 2.0


@dataclass(slots=True)
class Readiness:
    """`needed` and `upstreams` map component names to their questions; `draining` is set when the end is near."""

    needed: Mapping[str, Question] = field(default_factory=dict)
    upstreams: dict[str, Question] = field(default_factory=dict)
    draining: bool = False
    refused_change: str = ""  # why the last change of the workload folder does not serve, one clause

    async def ask(self) -> tuple[int, dict[str, Any]]:
        """The status and the document of `/readyz`."""
        names = (*self.needed, *self.upstreams)
        questions = (*self.needed.values(), *self.upstreams.values())
        waits = await asyncio.gather(*(_patiently(question) for question in questions))
        components = {
            name: _component(wait, "not_ready" if name in self.needed else "starting")
            for name, wait in zip(names, waits, strict=True)
        }
        ready = not self.draining and all(components[name]["status"] == "ready" for name in self.needed)
        state = "draining" if self.draining else "ready" if ready else "not_ready"
        document: dict[str, Any] = {"status": state, "components": components}
        if self.refused_change:
            document["refused_change"] = self.refused_change
        return (200 if ready else 503), document


def _component(wait: str | None, otherwise: str) -> dict[str, str]:
    return {"status": "ready"} if wait is None else {"status": otherwise, "waits_for": wait}


async def _patiently(question: Question) -> str | None:
    try:
        async with asyncio.timeout(_PATIENCE_S):
            return await question()
    except TimeoutError:
        return f"an answer for more than {_PATIENCE_S:g} s"
    except Exception as error:  # noqa: BLE001 - a component that cannot even say so is not ready
        return f"nothing known: {type(error).__name__}"
