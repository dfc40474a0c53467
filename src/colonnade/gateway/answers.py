"""What answers that are no chat say: pictures, sound, transcripts, judgements and rankings, each read leniently.

An answer that has not even the one field that its endpoint is about is none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from colonnade.gateway.call import Endpoint
from colonnade.gateway.tokens import Made

_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


@dataclass(frozen=True, slots=True)
class Said:
    """What an answer says in words, its reported usage, and the model that it names."""

    text: str = ""
    usage: bytes | None = None
    model: str = ""


class Picture(msgspec.Struct):
    """One picture of an answer; its content is not looked at."""

    revised_prompt: str | None = None


class Verdict(msgspec.Struct):
    """One result of a moderation."""

    categories: dict[str, bool | None] = {}


class _Answer(msgspec.Struct):
    model: str | None = None
    usage: msgspec.Raw = msgspec.Raw()

    def said(self, text: str = "") -> Said:
        """With these words."""
        return Said(text, bytes(self.usage) or None, self.model or "")


class Vectors(_Answer):
    """An answer of embeddings."""

    data: list[msgspec.Raw] | None = None


class Pictures(_Answer):
    """An answer of images."""

    data: list[Picture] | None = None


class Transcript(_Answer):
    """An answer of transcriptions or translations, as JSON."""

    text: str | None = None


class Judgement(_Answer):
    """An answer of moderations."""

    results: list[Verdict] | None = None


class Ranking(_Answer):
    """An answer of a reranker."""

    results: list[msgspec.Raw] | None = None


class Event(_Answer):
    """The last event of a stream that is no chat: a transcript, or the end of a sound or a picture."""

    type: str | None = None
    text: str | None = None


MADE: Final[Mapping[Endpoint, Made]] = {"images": "image", "speech": "audio"}
"""What the output tokens of an endpoint are, where they are no text."""

EVENT_STREAM: Final = b"text/event-stream"
SOUND: Final = (b"audio/", b"application/octet-stream")
"""Kinds of content that speech may have."""
WRITTEN: Final = (b"text/plain", b"text/vtt", b"text/srt", b"application/x-subrip")
"""Kinds of content that transcripts may have beside JSON."""

_vectors = msgspec.json.Decoder(Vectors).decode
_pictures = msgspec.json.Decoder(Pictures).decode
_transcript = msgspec.json.Decoder(Transcript).decode
_judgement = msgspec.json.Decoder(Judgement).decode
_ranking = msgspec.json.Decoder(Ranking).decode
_event = msgspec.json.Decoder(Event).decode


def said_in(endpoint: Endpoint, body: bytes, content_type: bytes) -> Said | None:
    """What a whole answer says; None if it is no answer of that endpoint."""
    try:
        if endpoint == "speech":
            return Said() if body and content_type.startswith(SOUND) else None
        if endpoint == "transcriptions" and not content_type.startswith(b"application/json"):
            return Said(body.decode()) if content_type.startswith(WRITTEN) else None
        return _READERS[endpoint](body)
    except _UNREADABLE:
        return None


def said_last(event: bytes) -> Said | None:
    """What the last event of a stream says; None where it is no event, or none that ends an answer."""
    if event == b"[DONE]":
        return Said()
    try:
        read = _event(event)
    except _UNREADABLE:
        return None
    ends = read.type is not None and read.type.endswith((".done", ".completed"))
    return read.said(read.text or "") if ends else None


def _of_vectors(body: bytes) -> Said | None:
    answer = _vectors(body)
    return answer.said() if answer.data else None


def _of_pictures(body: bytes) -> Said | None:
    answer = _pictures(body)
    if not answer.data:
        return None
    return answer.said("\n".join(picture.revised_prompt for picture in answer.data if picture.revised_prompt))


def _of_transcript(body: bytes) -> Said | None:
    answer = _transcript(body)
    return None if answer.text is None else answer.said(answer.text)


def _of_judgement(body: bytes) -> Said | None:
    """The words are the names of what was found, in order and once."""
    answer = _judgement(body)
    if not answer.results:
        return None
    found = (name for result in answer.results for name, flagged in result.categories.items() if flagged)
    return answer.said(", ".join(dict.fromkeys(found)))


def _of_ranking(body: bytes) -> Said | None:
    answer = _ranking(body)
    return None if answer.results is None else answer.said()


_READERS: Final[Mapping[Endpoint, Callable[[bytes], Said | None]]] = {
    "embeddings": _of_vectors,
    "images": _of_pictures,
    "transcriptions": _of_transcript,
    "moderations": _of_judgement,
    "rerank": _of_ranking,
}
