"""The simulator draws, speaks, listens, judges and ranks: real files and plausible scores, decided by the request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from colonnade.gateway.upstream.faces.asked import Asked
from colonnade.gateway.upstream.renditions.hearing import transcribed
from colonnade.gateway.upstream.renditions.pictures import drawn
from colonnade.gateway.upstream.renditions.scores import judged, ranked
from colonnade.gateway.upstream.renditions.sounds import spoken
from colonnade.gateway.upstream.script import Script

RENDITIONS: Final[Mapping[str, Callable[[Asked], Script]]] = {
    "/images/generations": drawn,
    "/images/edits": drawn,
    "/images/variations": drawn,
    "/audio/speech": spoken,
    "/audio/transcriptions": transcribed,
    "/audio/translations": transcribed,
    "/moderations": judged,
    "/rerank": ranked,
}
"""End of a path -> what answers there."""


def rendition_of(path: str) -> Callable[[Asked], Script] | None:
    """What answers `path`; None where it is chat, embeddings or nothing."""
    return next((answer for end, answer in RENDITIONS.items() if path.endswith(end)), None)
