"""The simulator judges by the names of the categories, and ranks by the words that query and document share."""

from __future__ import annotations

import re
from typing import Any, Final

from colonnade.gateway.endpoint_fields import document_text
from colonnade.gateway.estimate import tokens_in
from colonnade.gateway.upstream.faces.asked import Asked
from colonnade.gateway.upstream.renditions.telling import told
from colonnade.gateway.upstream.script import Script

_CATEGORIES: Final = (
    "harassment", "harassment/threatening", "hate", "hate/threatening", "illicit", "illicit/violent", "self-harm",
    "self-harm/instructions", "self-harm/intent", "sexual", "sexual/minors", "violence", "violence/graphic",
)  # fmt: skip
_SURE: Final = 0.97
_WORDS: Final = re.compile(r"\w+")


def judged(asked: Asked) -> Script:
    """Answers moderations: a text that names a category falls into it."""
    results = [_result(text, asked.seed) for text in _texts(asked.request["input"])]
    model = str(asked.request.get("model", "simulated"))
    return told(asked, {"id": f"modr-{asked.seed.hex()[:24]}", "model": model, "results": results})


def _texts(given: Any) -> list[str]:
    if isinstance(given, str):
        return [given]
    if all(isinstance(part, dict) for part in given):  # the parts of one message
        return [" ".join(str(part.get("text", "")) for part in given)]
    return [str(text) for text in given]


def _result(text: str, seed: bytes) -> dict[str, Any]:
    lowered = text.lower()
    found = {category: category in lowered for category in _CATEGORIES}
    scores = {
        category: _SURE if found[category] else seed[place] / 256 / 10
        for place, category in enumerate(_CATEGORIES)
    }
    return {
        "flagged": any(found.values()),
        "categories": found,
        "category_scores": scores,
        "category_applied_input_types": {category: ["text"] for category in _CATEGORIES},
    }


def ranked(asked: Asked) -> Script:
    """Answers rerank as Cohere and Jina do."""
    request = asked.request
    wanted = _words(request["query"])
    texts = [document_text(document) or "" for document in request["documents"]]
    scores = [len(wanted & _words(text)) / (len(wanted) or 1) for text in texts]
    best = sorted(range(len(texts)), key=lambda place: (-scores[place], place))[
        : request.get("top_n") or None
    ]
    results: list[dict[str, Any]] = [
        {"index": place, "relevance_score": scores[place]}
        | ({"document": {"text": texts[place]}} if request.get("return_documents") else {})
        for place in best
    ]
    given = tokens_in([request["query"], *texts])
    model = str(request.get("model", "simulated"))
    counted = {"prompt_tokens": given, "total_tokens": given}
    return told(asked, {"id": asked.seed.hex(), "model": model, "results": results, "usage": counted})


def _words(text: str) -> set[str]:
    return set(_WORDS.findall(text.lower()))
