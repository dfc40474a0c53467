"""Moderations and rerank: the shapes that official clients and Cohere's and Jina's callers know."""

from __future__ import annotations

import pytest

DOCUMENTS = ["The desk opens at nine.", "Lamps are sold here.", {"text": "When does the desk open? At nine."}]


def test_a_text_is_moderated(everything) -> None:
    answer = everything.openai.moderations.create(model="judge", input=["a calm sea", "violence and hate"])
    calm, angry = answer.results
    assert (calm.flagged, angry.flagged) == (False, True)
    assert angry.categories.violence
    assert angry.category_scores.hate > 0.9 > calm.category_scores.hate
    record = everything.kept.last
    assert (record.endpoint, record.outcome, record.output_modality) == ("moderations", "answered", "text")
    assert everything.kept.answered[-1] == b"hate, violence"


def test_parts_of_a_message_are_moderated(everything) -> None:
    parts = [
        {"type": "text", "text": "harassment"},
        {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}},
    ]
    answer = everything.openai.moderations.create(model="judge", input=parts)
    assert [result.flagged for result in answer.results] == [True]
    assert everything.kept.last.input_modality == "image"


def test_documents_are_ranked(everything) -> None:
    body = {"model": "rank", "query": "When does the desk open?", "documents": DOCUMENTS, "top_n": 2}
    answer = everything.http.post("/rerank", json={**body, "return_documents": True}).json()
    assert [result["index"] for result in answer["results"]] == [2, 0]
    assert answer["results"][0]["relevance_score"] == 1.0
    assert answer["results"][0]["document"] == {"text": DOCUMENTS[2]["text"]}
    record = everything.kept.last
    assert (record.endpoint, record.outcome, record.usage_reported) == ("rerank", "answered", True)
    assert (record.fresh_input, record.output) == (answer["usage"]["total_tokens"], 0)
    assert b"Lamps are sold here." in everything.kept.asked[-1]


@pytest.mark.parametrize(
    ("path", "body", "code", "param"),
    [
        ("/images/generations", {"model": "draw"}, "missing_required_parameter", "prompt"),
        ("/images/generations", {"model": "draw", "prompt": ""}, "invalid_type", "prompt"),
        ("/images/generations", {"model": "draw", "prompt": "a", "n": 0}, "invalid_type", "n"),
        ("/images/edits", {"model": "draw", "prompt": "a"}, "missing_required_parameter", "image"),
        ("/audio/speech", {"model": "say"}, "missing_required_parameter", "input"),
        ("/audio/transcriptions", {"model": "hear"}, "missing_required_parameter", "file"),
        ("/moderations", {"model": "judge"}, "missing_required_parameter", "input"),
        ("/moderations", {"model": "judge", "input": [1]}, "invalid_type", "input"),
        ("/rerank", {"model": "rank", "documents": ["a"]}, "missing_required_parameter", "query"),
        ("/rerank", {"model": "rank", "query": "a"}, "missing_required_parameter", "documents"),
        ("/rerank", {"model": "rank", "query": "a", "documents": [{}]}, "invalid_type", "documents"),
        ("/rerank", {"model": "rank", "query": "a", "documents": ["b"], "top_n": "x"}, "invalid_type", "top_n"),
        ("/rerank", {"query": "a", "documents": ["b"]}, "missing_required_parameter", "model"),
        ("/rerank", {"model": "draw", "query": "a", "documents": ["b"]}, "unsupported_endpoint", "model"),
    ],
)  # fmt: skip
def test_a_faulty_field_is_named(everything, path: str, body, code: str, param: str) -> None:
    asked = everything.simulator.count
    answer = everything.http.post(path, json=body)
    assert answer.status_code == 400
    assert (answer.json()["error"]["code"], answer.json()["error"]["param"]) == (code, param)
    assert everything.simulator.count == asked
