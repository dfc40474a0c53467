"""An error with status 200 is the provider's error, and no answer that nobody can read."""

from __future__ import annotations

import json

import pytest

from colonnade.errors import CallError
from colonnade.gateway.upstream.anthropic.answer import completion_of as of_anthropic
from colonnade.gateway.upstream.bedrock.answer import answer_of as of_bedrock
from colonnade.gateway.upstream.cohere.answer import completion_of as of_cohere
from colonnade.gateway.upstream.verdicts import told

NAMED = {"id": "i", "model": "m"}


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        ({"code": 429, "message": "slow down"}, 429, "upstream_rate_limit"),
        ({"code": "503", "message": "down"}, 502, "upstream_503"),
        ({"code": 401, "message": "no"}, 502, "upstream_401"),
        ({"code": 400, "type": "bad_thing"}, 400, "bad_thing"),
        ({"type": "rate_limit_error"}, 429, "rate_limit_error"),
        ({"type": "insufficient_quota", "code": "insufficient_quota"}, 429, "insufficient_quota"),
        ({"type": "invalid_request_error", "param": "n"}, 400, "invalid_request_error"),
        ({"type": "server_error", "code": None}, 502, "upstream_error"),
        ({"code": 200}, 502, "upstream_error"),
        ({"code": 99999}, 502, "upstream_error"),
        ("it broke", 502, "upstream_error"),
    ],
)
def test_openais_wire(error: object, status: int, code: str) -> None:
    found = told(json.dumps(error).encode())
    assert (found.status, found.code) == (status, code)
    assert "slow down" not in found.message


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("rate_limit_error", 429, "rate_limit_error"),
        ("overloaded_error", 502, "upstream_529"),
        ("something_new", 502, "upstream_500"),
    ],
)
def test_anthropics_wire(kind: str, status: int, code: str) -> None:
    with pytest.raises(CallError) as caught:
        of_anthropic(json.dumps({"type": "error", "error": {"type": kind, "message": "x"}}).encode())
    assert (caught.value.status, caught.value.code) == (status, code)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"message": "x"}, "upstream_500"),
        ({"__type": "com.amazon#ThrottlingException", "message": "x"}, "rate_limit_exceeded"),
        ({}, "upstream_malformed"),
        ({"output": 3}, "upstream_malformed"),
    ],
)
def test_bedrocks_wire(body: object, code: str) -> None:
    with pytest.raises(CallError) as caught:
        of_bedrock(json.dumps(body).encode(), NAMED)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("body", "code"),
    [({"message": "x"}, "upstream_500"), ({"message": {}}, "upstream_malformed"), ([], "upstream_malformed")],
)
def test_coheres_wire(body: object, code: str) -> None:
    with pytest.raises(CallError) as caught:
        of_cohere(json.dumps(body).encode(), "m")
    assert caught.value.code == code
