"""The simulator hears in every recording the words that its digest says, and writes them in all of OpenAI's formats."""

from __future__ import annotations

from typing import Any, Final

from colonnade.gateway.upstream.composition import Dice, sentences
from colonnade.gateway.upstream.faces.asked import Asked
from colonnade.gateway.upstream.renditions.telling import told, told_in_events, usage
from colonnade.gateway.upstream.script import Script

_SECONDS_PER_WORD: Final = 0.4
_WORDS: Final = 12
_BYTES_PER_TOKEN: Final = 800
"""About 50 ms of speech at 16 kHz: how OpenAI's models count sound is not published."""


def transcribed(asked: Asked) -> Script:
    """Answers transcriptions and translations; both write English."""
    pieces = sentences(Dice(asked.seed), _WORDS)
    text = "".join(pieces)
    counted = _usage(asked.request, len(pieces))
    if asked.request.get("stream") in (True, "true"):
        deltas = [{"type": "transcript.text.delta", "delta": piece} for piece in pieces]
        done = {"type": "transcript.text.done", "text": text, "usage": counted}
        return told_in_events(asked, [*deltas, done])
    match asked.request.get("response_format"):
        case "text":
            return _written(asked, "text/plain; charset=utf-8", f"{text}\n")
        case "srt":
            return _written(asked, "text/plain; charset=utf-8", f"1\n{_span(',')}\n{text}\n\n")
        case "vtt":
            return _written(asked, "text/vtt; charset=utf-8", f"WEBVTT\n\n{_span('.')}\n{text}\n\n")
        case "verbose_json":
            return told(asked, _verbose(asked, text))
    return told(asked, {"text": text, "usage": counted})


def _usage(request: dict[str, Any], made: int) -> dict[str, Any]:
    heard = sum(file["bytes"] for file in request["file"]) // _BYTES_PER_TOKEN + 1
    details = {"text_tokens": 0, "audio_tokens": heard}
    return {"type": "tokens", **usage(heard, made, input_token_details=details)}


def _written(asked: Asked, kind: str, text: str) -> Script:
    body = text.encode()
    steps = [(asked.simulation.first_byte_s, body)]
    return Script(headers={"content-type": kind}, steps=steps, length=len(body))


def _verbose(asked: Asked, text: str) -> dict[str, Any]:
    seconds = _WORDS * _SECONDS_PER_WORD
    task = "translate" if asked.path.endswith("translations") else "transcribe"
    segment = {"id": 0, "seek": 0, "start": 0.0, "end": seconds, "text": text, "tokens": []}
    usage_given = {"type": "duration", "seconds": int(seconds)}
    return {
        "task": task, "language": "english", "duration": seconds, "text": text, "segments": [segment],
        "usage": usage_given,
    }  # fmt: skip


def _span(mark: str) -> str:
    seconds, milliseconds = divmod(int(_WORDS * _SECONDS_PER_WORD * 1000), 1000)
    return f"00:00:00{mark}000 --> 00:00:{seconds:02}{mark}{milliseconds:03}"
