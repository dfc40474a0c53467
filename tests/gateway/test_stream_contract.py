"""Every fault of the simulator, over real HTTP: what the official client sees, whole and streamed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args

import openai
import pytest
from running import FAST, application, http_upstream, run_gateway, run_simulator

from colonnade.gateway.call import Call, Forward, Reply
from colonnade.gateway.upstream.faults import MEANING
from colonnade.gateway.upstream.simulator import Simulator
from colonnade.reliability.deadline import Deadline
from colonnade.workload.sections.serving import Fault

ASK = {"model": "assistant", "messages": [{"role": "user", "content": "Tell me about columns."}]}
TOOLS = [{"type": "function", "function": {"name": "lookup", "parameters": {"required": ["word"]}}}]


@dataclass(frozen=True)
class Seen:
    """What a client saw: words of text, how it ended, and the error if there was one."""

    words: int = 0
    finish: str | None = None
    status: int | None = None
    code: str | None = None
    kind: str | None = None


def good(words: int = 12, finish: str = "stop") -> Seen:
    return Seen(words, finish)


def refused(status: int, code: str, kind: str = "upstream_error") -> Seen:
    return Seen(status=status, code=code, kind=kind)


def broken(code: str, kind: str = "upstream_error") -> Seen:
    """An error event within a stream that had begun; the number of words before it is checked apart."""
    return Seen(code=code, kind=kind)


LATE = refused(504, "deadline_exceeded", "timeout_error")
ROWS: dict[Fault, tuple[Seen, Seen]] = {
    # fault: (whole, streamed)
    "refuse": (refused(502, "upstream_cut"), refused(502, "upstream_cut")),
    "http_429": (refused(429, "rate_limit_exceeded", "rate_limit_error"),) * 2,
    "http_429_bare": (refused(429, "rate_limit_exceeded", "rate_limit_error"),) * 2,
    "quota": (refused(429, "insufficient_quota", "rate_limit_error"),) * 2,
    "http_500": (refused(502, "upstream_500"),) * 2,
    "http_502": (refused(502, "upstream_502"),) * 2,
    "http_503": (refused(502, "upstream_503"),) * 2,
    "http_529": (refused(502, "upstream_529"),) * 2,
    "context_length": (refused(400, "context_length_exceeded", "invalid_request_error"),) * 2,
    "slow_first_byte": (LATE, refused(504, "first_byte_timeout", "timeout_error")),
    "grey": (good(), good()),
    "stall": (LATE, broken("upstream_stalled", "timeout_error")),
    "drip": (LATE, refused(504, "first_byte_timeout", "timeout_error")),
    "cut": (refused(502, "upstream_cut"), broken("upstream_cut")),
    "duplicate_chunk": (good(), good(13)),
    "out_of_order": (good(), good()),
    "missing_done": (good(), broken("upstream_malformed")),
    "malformed_chunk": (refused(502, "upstream_malformed"), broken("upstream_malformed")),
    "empty": (good(0), good(0)),
    "length": (good(6, "length"), good(6, "length")),
    "content_filter": (good(6, "content_filter"), good(6, "content_filter")),
    "refusal": (good(0), good(0)),
    "bad_tool_arguments": (good(0, "tool_calls"), good(0, "tool_calls")),
    "usage_missing": (good(), good()),
    "usage_wrong": (good(), good()),
    "wrong_model": (good(), good()),
    "nonsense": (good(), good()),
}


@dataclass
class Witness:
    """A stage that keeps what the journal would see."""

    name: str = "witness"
    call: Call | None = None
    reply: Reply | None = None
    raised: BaseException | None = None

    async def __call__(self, call: Call, forward: Forward) -> Reply:
        self.call = call
        try:
            reply = await forward(call)
        except BaseException as error:
            self.raised = error
            raise

        async def close(closing: Reply) -> None:
            self.reply = closing

        reply.on_close(close)
        return reply


def look(client: openai.OpenAI, *, stream: bool, **more: Any) -> Seen:
    """Ask, and tell what the client saw."""
    words, finish = 0, None
    try:
        if not stream:
            choice = client.chat.completions.create(**ASK, **more).choices[0]
            return Seen(len((choice.message.content or "").split()), choice.finish_reason)
        for event in client.chat.completions.create(**ASK, stream=True, **more):
            words += len((event.choices[0].delta.content or "").split())
            finish = event.choices[0].finish_reason or finish
    except openai.APIStatusError as error:
        return Seen(status=error.status_code, code=error.code, kind=error.type)
    except openai.APIError as error:
        assert 0 <= words <= 12, "what came before the fault was passed on"
        return Seen(code=error.code, kind=error.type)
    return Seen(words, finish)


def test_every_fault_has_a_row_and_a_meaning() -> None:
    assert set(ROWS) == set(MEANING) == set(get_args(Fault))


@dataclass(frozen=True)
class Stage:
    """Where the faults are played: a simulator to change, a client to ask with, a witness to question."""

    simulator: Simulator
    client: openai.OpenAI
    witness: Witness


@pytest.fixture(scope="module")
def theatre() -> Iterator[Stage]:
    server, simulator = run_simulator()
    witness = Witness()
    deadline = Deadline(first_byte_s=0.3, idle_s=0.3)
    upstream = http_upstream(server.url)
    gateway = run_gateway(
        application(upstream, before=[witness], deadline=deadline, route={"timeout_s": 0.7})
    )
    with openai.OpenAI(base_url=f"{gateway.url}/v1", api_key="unused", max_retries=0) as client:
        yield Stage(simulator, client, witness)
    gateway.stop()
    server.stop()


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("fault", ROWS)
def test_what_the_client_sees(fault: Fault, stream: bool, theatre: Stage) -> None:
    theatre.simulator.simulation = FAST.model_copy(update={"fault": fault})
    witness = theatre.witness
    witness.reply = witness.raised = None
    expected = ROWS[fault][stream]
    more: dict[str, Any] = {"tools": TOOLS} if fault == "bad_tool_arguments" else {}
    assert look(theatre.client, stream=stream, **more) == expected
    if expected.status is not None:
        assert witness.reply is None
        assert getattr(witness.raised, "code", None) == expected.code
    else:
        assert witness.reply is not None
        assert witness.reply.complete is (expected.code is None)
        assert witness.reply.error == (expected.code or "")
    _check_account(fault, witness)


def _check_account(fault: Fault, witness: Witness) -> None:
    """What only the gateway's own books show."""
    if fault in {"usage_missing", "usage_wrong"}:
        assert witness.reply is not None
        assert not witness.reply.usage.reported
        assert witness.reply.usage.output > 0
    if fault == "wrong_model":
        assert witness.call is not None
        assert witness.call.answered_by == "another-model-2020"
    if fault == "http_429":
        assert getattr(witness.raised, "retry_after_s", None) == 2.0
