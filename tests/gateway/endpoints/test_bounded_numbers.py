"""A number in a request cannot make anybody draw, count or compute without end."""

from __future__ import annotations

import json

import pytest

PICTURE = {"prompt": "a boat"}
CHAT = {"messages": [{"role": "user", "content": "x"}]}


@pytest.mark.parametrize("number", [0, -1, 11, 10**40, True, 2.0, "ten"])
def test_pictures_are_ten_at_most(everything, number: object) -> None:
    asked = everything.simulator.count
    answer = everything.http.post("/images/generations", json={**PICTURE, "n": number})
    error = answer.json()["error"]
    assert (answer.status_code, error["param"]) == (400, "n")
    assert "from 1 to 10" in error["message"]
    assert everything.simulator.count == asked


def test_ten_pictures_are_drawn(everything) -> None:
    answer = everything.http.post("/images/generations", json={**PICTURE, "n": 10})
    assert len(answer.json()["data"]) == 10


@pytest.mark.parametrize("path", ["/chat/completions", "/completions"])
@pytest.mark.parametrize("number", [0, 129, 10**40])
def test_choices_are_128_at_most(everything, path: str, number: int) -> None:
    body = {"model": "chat", "prompt": "x", **(CHAT if path.startswith("/chat") else {}), "n": number}
    answer = everything.http.post(path, json=body)
    error = answer.json()["error"]
    assert (answer.status_code, error["param"]) == (400, "n")
    assert "from 1 to 128" in error["message"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/images/generations", {**PICTURE, "n": 10**9}),
        ("/v1/embeddings", {"input": "x", "dimensions": 10**9}),
        ("/v1/embeddings", {"input": "x", "dimensions": -1}),
    ],
)
def test_a_provider_refuses_what_no_provider_does(everything, path: str, body: dict[str, object]) -> None:
    script = everything.simulator.script(path, json.dumps(body).encode(), "odd")
    assert script.status == 400
