"""What a face of the simulator is asked, and how it answers: with a script in the wire of one provider."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from colonnade.gateway.upstream.script import Script
from colonnade.workload.sections.serving import Fault, Simulation


@dataclass(frozen=True, slots=True)
class Asked:
    """One request to a face.

    `path` is what follows the face's own prefix (`/v1/messages`), `headers` have names in lower case, `request` is the
    parsed `body`, `seed` decides every choice, and `fault` is what this request meets.
    """

    simulation: Simulation
    path: str
    headers: Mapping[str, str]
    request: dict[str, Any]
    seed: bytes
    fault: Fault | None
    body: bytes = b""


Face = Callable[[Asked], Script]
"""Raises KeyError, TypeError, AttributeError or ValueError for what is no request of its wire."""
