"""The official client raises what the table says, with the words that came before a fault, and ends whole answers well."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import openai
import pytest
from hearing import DIALECTS
from running import FAST, application, http_upstream, run_gateway, run_simulator
from table import CASES, Case
from witness import Witness

from colonnade.gateway.upstream.simulator import Simulator

ASK = {"model": "assistant", "messages": [{"role": "user", "content": "Tell me about columns."}]}
LIMITED = {"late", "soon", "silent", "timed"}
PLAYED = [
    pytest.param(case, id=case.name, marks=[pytest.mark.slow] if case.route in LIMITED else [])
    for case in CASES
    if case.fault and case.route not in {"pinned", "resumed"} and case.fault not in {"endless_event", "drip"}
]
SHORT = {"first_byte_s": 1.0, "idle_s": 1.0, "timeout_s": 4.0}
"""Far longer than what answers take, except for the faults that are about time."""
WORDS = {"length": 6, "content_filter": 6, "refusal": 0, "bad_tool_arguments": 0}


@dataclass(frozen=True)
class Stage:
    """Where the faults are played: a simulator to change, a client to ask with, a witness to question."""

    simulator: Simulator
    client: openai.OpenAI
    witness: Witness


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    server, simulator = run_simulator()
    witness = Witness()
    upstream = http_upstream(server.url)
    gateway = run_gateway(application(upstream, before=[witness], route=SHORT))
    with openai.OpenAI(base_url=f"{gateway.url}/v1", api_key="unused", max_retries=0) as client:
        yield Stage(simulator, client, witness)
    gateway.stop()
    server.stop()


def look(client: openai.OpenAI, *, stream: bool, **more: Any) -> tuple[str, int]:
    """Ask, and tell what the client saw in the words of the table, and how many words of text."""
    words, finish = 0, None
    try:
        if not stream:
            choice = client.chat.completions.create(**ASK, **more).choices[0]
            return "answer", len((choice.message.content or "").split())
        for event in client.chat.completions.create(**ASK, stream=True, **more):
            words += len((event.choices[0].delta.content or "").split())
            finish = event.choices[0].finish_reason or finish
    except openai.APIStatusError as error:
        return f"{error.status_code} {error.code}", words
    except openai.APIError as error:
        return f"event {error.code}", words
    assert finish is not None
    return "answer", words


@pytest.mark.parametrize("form", ["whole", "streamed"])
@pytest.mark.parametrize("case", PLAYED)
def test_what_the_client_sees(case: Case, form: str, stage: Stage) -> None:
    stage.simulator.simulation = FAST.model_copy(update={"fault": case.fault})
    tools: Any = DIALECTS["chat"].tools if case.fault == "bad_tool_arguments" else {}
    fate = case.fate("openai_compatible", form)
    seen, words = look(stage.client, stream=form == "streamed", **tools)
    assert seen == fate.seen
    if seen == "answer":
        twice = case.fault == "duplicate_chunk" and form == "streamed"
        assert words == WORDS.get(case.name, 13 if twice else 12)
    else:
        assert words <= 12, "what came before the fault was passed on, and nothing else"


def test_what_only_the_books_show(stage: Stage) -> None:
    stage.simulator.simulation = FAST.model_copy(update={"fault": "wrong_model"})
    look(stage.client, stream=True)
    assert stage.witness.call is not None
    assert stage.witness.call.answered_by == "another-model-2020"
    stage.simulator.simulation = FAST.model_copy(update={"fault": "http_429"})
    look(stage.client, stream=True)
    assert getattr(stage.witness.raised, "retry_after_s", None) == 2.0
