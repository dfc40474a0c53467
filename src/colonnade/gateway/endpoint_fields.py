"""The fields that the gateway touches in requests that are no chat have the right types; the others travel on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from colonnade.gateway.call import Call, Endpoint
from colonnade.gateway.field_faults import (
    MOST_PICTURES,
    missing,
    positive,
    text_of,
    texts,
    written_number,
    wrong,
)
from colonnade.gateway.multipart import is_form

EDITS: Final = "/v1/images/edits"
VARIATIONS: Final = "/v1/images/variations"


def check_embeddings(call: Call) -> None:
    """`input` is text, texts, or tokens."""
    given = call.request.get("input")
    if given is None:
        missing("input")
    if not texts(given) and not _numbers(given) and not _token_lists(given):
        wrong("input", "a string, an array of strings, or arrays of token numbers, not empty")
    _check_count(call.request, "dimensions")


def check_images(call: Call) -> None:
    """A picture is described, except where a variation of another one is wanted; edits come with the picture."""
    if call.path != VARIATIONS:
        text_of(call.request, "prompt")
    if call.path in {EDITS, VARIATIONS} and not _names_file(call, "image", "image[]", "images"):
        missing("image")
    _check_count(call.request, "n", most=MOST_PICTURES)


def check_speech(call: Call) -> None:
    """`input` is the text to be spoken."""
    text_of(call.request, "input")


def check_transcriptions(call: Call) -> None:
    """There is something to listen to."""
    if not _names_file(call, "file"):
        missing("file")


def check_moderations(call: Call) -> None:
    """`input` is text, texts, or parts of a message."""
    given = call.request.get("input")
    if given is None:
        missing("input")
    parts = isinstance(given, list) and bool(given) and all(isinstance(part, dict) for part in given)
    if not parts and not texts(given):
        wrong("input", "a string, an array of strings, or an array of objects, not empty")


def check_rerank(call: Call) -> None:
    """A query, and documents as texts or as objects with a `text`."""
    request = call.request
    text_of(request, "query")
    documents = request.get("documents")
    if documents is None:
        missing("documents")
    if not isinstance(documents, list) or not documents or not all(map(_readable, documents)):
        wrong("documents", "an array of strings or of objects with a text, not empty")
    _check_count(request, "top_n")
    if not isinstance(request.get("return_documents", False), bool | None):
        wrong("return_documents", "a boolean")


CHECKS: Final[Mapping[Endpoint, Callable[[Call], None]]] = {
    "embeddings": check_embeddings,
    "images": check_images,
    "speech": check_speech,
    "transcriptions": check_transcriptions,
    "moderations": check_moderations,
    "rerank": check_rerank,
}


def document_text(document: Any) -> str | None:
    """The text of a document of a rerank request; None where it has none."""
    text = document.get("text") if isinstance(document, dict) else document
    return text if isinstance(text, str) else None


def _readable(document: Any) -> bool:
    return document_text(document) is not None


def _names_file(call: Call, *names: str) -> bool:
    """A file of a form; requests in JSON name pictures in ways of their own."""
    if is_form(call.content_type):
        return any(file.name in names for file in call.files)
    return any(call.request.get(name) for name in names)


def _check_count(request: Mapping[str, Any], param: str, *, most: int | None = None) -> None:
    """In forms, numbers are written as texts."""
    given = request.get(param)
    counted = written_number(given) if isinstance(given, str) else given
    if given is None:
        return
    if not positive(counted, most):
        wrong(param, "a whole number of at least 1" if most is None else f"a whole number from 1 to {most}")


def _numbers(given: Any) -> bool:
    return isinstance(given, list) and bool(given) and all(type(number) is int for number in given)


def _token_lists(given: Any) -> bool:
    return isinstance(given, list) and bool(given) and all(_numbers(tokens) for tokens in given)
