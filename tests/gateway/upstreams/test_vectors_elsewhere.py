"""Vectors of Bedrock and of Vertex AI come in OpenAI's list, however many texts their models take at once."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from running import FAST, Running, binding, run_gateway, run_simulator

from colonnade.errors import CallError, InvalidRequest
from colonnade.gateway.application import create_app
from colonnade.gateway.direct import Direct
from colonnade.gateway.read import Read
from colonnade.gateway.upstream.bedrock.embedding import alone, body_of, list_of
from colonnade.gateway.upstream.bedrock.upstream import bedrock
from colonnade.gateway.upstream.gemini.prediction import alone as alone_on_vertex
from colonnade.gateway.upstream.gemini.upstream import gemini
from colonnade.gateway.upstream.simulator import Simulator
from colonnade.reliability.deadline import Deadline
from colonnade.workload.sections.serving import Route, Upstream

MODELS = {
    "titan": ("bedrock", "amazon.titan-embed-text-v2:0"),
    "cohere": ("bedrock", "us.cohere.embed-v4:0"),
    "other": ("bedrock", "anthropic.claude-x"),
    "vertex": ("gemini", "gemini-embedding-001"),
    "older": ("gemini", "text-embedding-005"),
}
"""Route -> upstream, model."""
TEXTS = ["columns", "roofs and gates", "bases"]


@dataclass
class Served:
    """A gateway before both, and the simulator behind them."""

    client: httpx.Client
    simulator: Simulator

    def ask(self, route: str, **fields: Any) -> httpx.Response:
        return self.client.post(
            "/v1/embeddings", json={"model": route, "input": TEXTS, "dimensions": 8, **fields}
        )


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    server, simulator = run_simulator(FAST)
    aws = Upstream(kind="bedrock", base_url=f"{server.url}/bedrock", region="eu-west-1")
    vertex = Upstream(
        kind="gemini", base_url=f"{server.url}/gemini/v1/publishers/google", key_header="x-goog-api-key"
    )
    upstreams = {"bedrock": bedrock("bedrock", aws, "key"), "gemini": gemini("gemini", vertex, "key")}
    routes = {name: Route(model=name, endpoint="embeddings") for name in MODELS}
    bindings = {
        name: binding(upstream, model=model, purpose="embedding")
        for name, (upstream, model) in MODELS.items()
    }
    app = create_app(
        stages=[Read(), Direct(routes, bindings), Deadline()], upstreams=upstreams, models=list(routes),
        kinds={name: name for name in upstreams},
    )  # fmt: skip
    gateway: Running = run_gateway(app)
    with httpx.Client(base_url=gateway.url) as client:
        yield Served(client, simulator)
    gateway.stop()
    server.stop()


@pytest.mark.parametrize(
    ("route", "requests", "counted"),
    [("titan", 3, True), ("cohere", 1, False), ("vertex", 3, True), ("older", 1, True)],
)
def test_every_text_has_its_vector(served: Served, route: str, requests: int, counted: bool) -> None:
    before = served.simulator.count
    several = served.ask(route).json()
    assert served.simulator.count == before + requests
    assert [each["index"] for each in several["data"]] == [0, 1, 2]
    assert {len(each["embedding"]) for each in several["data"]} == {8}
    assert several["model"] == MODELS[route][1]
    assert bool(several.get("usage")) is counted
    for place, text in enumerate(TEXTS):
        [one] = served.ask(route, input=text).json()["data"]
        assert one["embedding"] == pytest.approx(several["data"][place]["embedding"])


@pytest.mark.parametrize("route", ["titan", "cohere", "vertex"])
def test_vectors_are_packed_where_that_is_asked_for(served: Served, route: str) -> None:
    plain = served.ask(route).json()["data"]
    packed = served.ask(route, encoding_format="base64").json()["data"]
    for one, other in zip(plain, packed, strict=True):
        assert struct.unpack("<8f", base64.b64decode(other["embedding"])) == pytest.approx(one["embedding"])


@pytest.mark.parametrize("route", ["titan", "cohere", "vertex"])
@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("http_500", 502, "upstream_500"),
        ("http_429", 429, "rate_limit_exceeded"),
        ("error_first", 502, "upstream_500"),
    ],
)
def test_what_fails_for_one_text_fails_for_all(
    served: Served, route: str, fault: str, status: int, code: str
) -> None:
    if (route, fault) == ("vertex", "error_first"):
        code = "upstream_malformed"  # its vectors know no error with status 200
    served.simulator.simulation = FAST.model_copy(update={"fault": fault})
    answer = served.ask(route)
    served.simulator.simulation = FAST
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_another_model_of_bedrock_is_refused(served: Served) -> None:
    answer = served.ask("other")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "unsupported_endpoint")


@pytest.mark.parametrize(
    ("model", "takes_one"),
    [
        ("amazon.titan-embed-text-v2:0", True),
        ("arn:aws:bedrock:us-east-1::foundation-model/amazon.titan-embed-text-v1", True),
        ("global.cohere.embed-v4:0", False),
        ("my.titan", False),
    ],
)
def test_which_models_take_one_text(model: str, takes_one: bool) -> None:
    assert alone(model) is takes_one


def test_which_models_take_one_text_on_vertex() -> None:
    assert alone_on_vertex("models/gemini-embedding-001")
    assert not alone_on_vertex("text-multilingual-embedding-002")


def test_fields_of_the_models_own_pass() -> None:
    titan = body_of({"model": "amazon.titan-embed-text-v2:0", "input": "x", "normalize": False})
    assert titan == {"inputText": "x", "normalize": False}
    cohere = body_of(
        {"model": "cohere.embed-v4", "input": ["x"], "input_type": "search_query", "dimensions": 256}
    )
    assert cohere == {
        "input_type": "search_query", "texts": ["x"], "embedding_types": ["float"], "output_dimension": 256,
    }  # fmt: skip
    with pytest.raises(InvalidRequest):
        body_of({"model": "cohere.embed-v4", "input": [1, 2]})


@pytest.mark.parametrize("body", [b"", b"{}", b'{"embeddings": []}', b'{"embeddings": [[1.0], [2.0]]}'])
def test_what_is_no_vector_for_each_text(body: bytes) -> None:
    with pytest.raises(CallError) as caught:
        list_of(body, {"model": "cohere.embed-v4", "input": ["x"]})
    assert caught.value.code == "upstream_malformed"
    flat = json.dumps({"embeddings": [[1.0]]}).encode()
    assert json.loads(list_of(flat, {"model": "cohere.embed-v3", "input": ["x"]}))["data"][0][
        "embedding"
    ] == [1.0]
