"""The simulator speaks the wires of other providers too, each below a path of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from colonnade.gateway.upstream.faces import anthropic, bedrock, cohere, gemini
from colonnade.gateway.upstream.faces.asked import Face

FACES: Final[Mapping[str, Face]] = {
    "anthropic": anthropic.script,
    "bedrock": bedrock.script,
    "cohere": cohere.script,
    "gemini": gemini.script,
}
"""First part of the path -> who answers below it: `/anthropic/v1/messages` is for `anthropic`."""


def face_of(path: str) -> tuple[Face, str] | None:
    """The face that answers `path`, and the path below it; None where the simulator answers as OpenAI."""
    first, _, below = path.removeprefix("/").partition("/")
    face = FACES.get(first)
    return None if face is None else (face, f"/{below}")
