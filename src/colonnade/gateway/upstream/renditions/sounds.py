"""The simulator's speech is a real WAV file: a tone whose length is that of the text."""

from __future__ import annotations

import array
import base64
import io
import math
import sys
import wave
from typing import Any, Final

from colonnade.gateway.estimate import tokens_in
from colonnade.gateway.upstream.faces.asked import Asked
from colonnade.gateway.upstream.renditions.telling import told_in_events, usage
from colonnade.gateway.upstream.script import Script

_RATE: Final = 8_000
_SECONDS_PER_WORD: Final = 0.05
_PART: Final = 1_024
_LOUDNESS: Final = 8_000


def spoken(asked: Asked) -> Script:
    """Answers speech, part by part: WAV whatever format is wanted, except bare samples for `pcm`."""
    text = str(asked.request["input"])
    samples = _tone(asked.seed, len(text.split()))
    raw = asked.request.get("response_format") == "pcm"
    sound = samples.tobytes() if raw else _wav(samples)
    parts = [sound[start : start + _PART] for start in range(0, len(sound), _PART)]
    if asked.request.get("stream_format") == "sse":
        return told_in_events(asked, _events(parts, tokens_in(text)))
    gap_s = 1.0 / asked.simulation.tokens_per_s
    steps = [(gap_s if place else asked.simulation.first_byte_s, part) for place, part in enumerate(parts)]
    return Script(headers={"content-type": "audio/pcm" if raw else "audio/wav"}, steps=steps)


def _events(parts: list[bytes], given: int) -> list[dict[str, Any]]:
    deltas = [{"type": "speech.audio.delta", "audio": base64.b64encode(part).decode()} for part in parts]
    return [*deltas, {"type": "speech.audio.done", "usage": usage(given, len(parts))}]


def _tone(seed: bytes, words: int) -> array.array[int]:
    """A sine between 200 and 455 Hz."""
    step = 2 * math.pi * (200 + seed[0]) / _RATE
    length = max(1, int(words * _SECONDS_PER_WORD * _RATE))
    samples = array.array("h", (int(_LOUDNESS * math.sin(step * place)) for place in range(length)))
    if sys.byteorder == "big":
        samples.byteswap()
    return samples


def _wav(samples: array.array[int]) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(_RATE)
        written.writeframes(samples.tobytes())
    return file.getvalue()
