"""Every request that passes the door leaves one record, opened before a model is asked, closed before the last byte."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

import msgspec

from colonnade.errors import CallError
from colonnade.evaluation.words import markers
from colonnade.evidence.record import Environment
from colonnade.evidence.request import AttemptLine, DecisionLine, RequestRecord, SourceLine
from colonnade.gateway.asked import asked
from colonnade.gateway.call import Call, Forward, Reply
from colonnade.gateway.estimate import tokens_in
from colonnade.gateway.outcome import outcome_of
from colonnade.gateway.session import session_id
from colonnade.operations.modality import input_modality, output_modality

_encode = msgspec.json.Encoder().encode

_SYSTEM = frozenset({"system", "developer"})
CONTINUED = "continued"
"""`session_digest` of a request that continues a conversation without naming its session."""


class Journal(Protocol):
    """Where records go; `evidence.journal.Journal` is the one that serves."""

    def open(self, opening: RequestRecord) -> None:
        """Written when this returns; raises Unavailable when it cannot be."""

    async def close(self, record: RequestRecord, prompt: bytes, answer: bytes) -> None:
        """Written when this returns; raises Unavailable when it cannot be."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is the same for every request of a process.

    `labels` are those of the workload file; `policy` gives the digest of the effective configuration and
    `release` that of everything that runs together; both are known only when all stages are there.
    """

    environment: Environment
    workload: str
    labels: Mapping[str, str]
    policy: Callable[[], str]
    release: Callable[[], str] = str
    workload_digest: str = ""


@dataclass(slots=True)
class Tally:
    """How many records of requests that were not refused were closed, and how many were refused while filled."""

    closed: int = 0
    render_failures: int = 0
    cache_hits: int = 0


@dataclass(frozen=True, slots=True)
class _Entry:
    """A record on its way, and the caller's own words as UTF-8, kept before the prompt is rendered around them."""

    record: RequestRecord
    asked: bytes


@dataclass(frozen=True, slots=True)
class KeepJournal:
    """Opens the record after the route is known, and closes it when the answer is known whole."""

    journal: Journal
    surroundings: Surroundings
    tally: Tally = field(default_factory=Tally)
    name: ClassVar[str] = "journal"

    async def __call__(self, call: Call, forward: Forward) -> Reply:
        """Open, lead on, and close; a refusal is closed here, an answer before its last byte."""
        entry = _Entry(self._opening(call), asked_text(call.request))
        self.journal.open(entry.record)
        try:
            reply = await forward(call)
        except BaseException as error:
            await self._close(entry, call, _ended_by(error, call))
            raise
        reply.on_close(lambda finished: self._close(entry, call, finished))
        return reply

    def _opening(self, call: Call) -> RequestRecord:
        around, identity, binding = self.surroundings, call.identity, call.binding
        labels = {**around.labels, **(identity.labels if identity else {})}
        roles = _roles(call)
        return RequestRecord(
            id=call.id,
            opened_at=call.received_at,
            environment=around.environment,
            workload=around.workload,
            policy=around.policy(),
            release=around.release(),
            endpoint=call.endpoint,
            dialect=call.dialect.name,
            workload_digest=around.workload_digest,
            urgency=call.urgency,
            batch=call.batch,
            route=call.route_name,
            stream=call.stream,
            key_id=identity.key_id if identity else "",
            role=identity.role if identity else "",
            labels=labels,
            input_modality=input_modality(call),
            output_modality=output_modality(call),
            binding=call.binding_name,
            model=binding.model if binding else "",
            session_digest=_session(call, roles),
            free_system_prompt=not roles.isdisjoint(_SYSTEM),
        )

    async def _close(self, entry: _Entry, call: Call, reply: Reply) -> None:
        record = entry.record
        _tell_way(record, call)
        _tell_outcome(record, call, reply)
        self.tally.cache_hits += call.saved is not None
        self.tally.render_failures += record.error_code.startswith(("prompt_", "system_prompt"))
        await self.journal.close(record, entry.asked, reply.text.encode())
        # Refusals may happen before the journal, too: only what got through can be counted against the door.
        self.tally.closed += record.outcome != "refused"


def _tell_way(record: RequestRecord, call: Call) -> None:
    binding = call.binding
    record.binding, record.model = call.binding_name, binding.model if binding else ""
    record.model_pin = (binding.pin or "") if binding else ""
    record.answered_by = call.answered_by
    record.tried = [AttemptLine(t.binding, t.upstream, t.error, t.ms) for t in call.tried]
    record.urgency, record.reserved_usd = call.urgency, call.reserved_usd
    record.upstream = call.upstream
    record.attempts = call.attempts
    record.reached_upstream = call.attempts > 0
    record.prompt_name, record.prompt_version = call.prompt_name, call.prompt_version
    record.generation, record.nothing_found = call.generation, call.nothing_found
    record.sources = [
        SourceLine(id=s.id, document=s.document, document_version=s.document_version, score=s.score)
        for s in call.sources
    ]
    record.cache, record.disclosed = call.cache, call.disclosed
    record.output_cap = _cap(call)
    record.decisions = [DecisionLine(d.stage, d.what, d.at_ms) for d in call.decisions]


def _tell_outcome(record: RequestRecord, call: Call, reply: Reply) -> None:
    usage = reply.usage
    record.outcome = outcome_of(call, reply.status, reply.error)
    record.status, record.error_code, record.finish = reply.status, reply.error, reply.finish
    record.closed_at = time.time()
    record.latency_ms = (call.now() - call.started) * 1000.0
    record.first_byte_ms = reply.first_byte_ms
    record.fresh_input, record.cache_read, record.cache_write = (
        usage.fresh_input,
        usage.cache_read,
        usage.cache_write,
    )
    record.cache_write_1h, record.audio_input, record.image_input = (
        usage.cache_write_1h,
        usage.audio_input,
        usage.image_input,
    )
    record.output, record.reasoning, record.usage_reported = usage.output, usage.reasoning, usage.reported
    record.audio_output, record.image_output = usage.audio_output, usage.image_output
    record.provider_usd = usage.provider_usd
    if call.sources:
        _tell_citations(record, call, reply)
    saved = call.saved
    if saved is not None:
        record.saved_tokens, record.saved_usd = saved.tokens, saved.usd
        record.saved_ms, record.saved_energy_wh = saved.ms, saved.energy_wh
    money = reply.money or call.lost
    if money is not None:
        record.usd, record.price_known = money.usd, money.known
        record.price_source, record.price_as_of = money.source, money.as_of
        record.estimated_usd = money.estimated_usd
        record.lost_usd, record.lost_tokens = money.lost_usd, money.lost_tokens
    if reply.footprint is not None:
        print_ = reply.footprint
        record.energy_min_wh, record.energy_max_wh = print_.energy_min_wh, print_.energy_max_wh
        record.carbon_min_g, record.carbon_max_g = print_.carbon_min_g, print_.carbon_max_g
        record.footprint_method, record.footprint_tier = print_.method, print_.tier
        record.region = print_.region


def _tell_citations(record: RequestRecord, call: Call, reply: Reply) -> None:
    """How many passages the answer names by number, and about how many tokens the others had; it need not name any."""
    named = set(markers(reply.text))
    record.cited_sources = len(named & set(range(1, len(call.sources) + 1)))
    if record.cited_sources:
        unused = (it.passage for number, it in enumerate(call.sources, 1) if number not in named)
        record.uncited_tokens = sum(map(tokens_in, unused))


def asked_text(request: dict[str, Any]) -> bytes:
    """What people wrote in a request as JSON in UTF-8, unescaped, so that redaction sees it; never the bytes of a file."""
    return _encode(asked(request))


def _ended_by(error: BaseException, call: Call) -> Reply:
    """What ended a call that no reply came of."""
    if isinstance(error, asyncio.CancelledError) and call.watch is not None:
        error = call.watch.error() or error
    if isinstance(error, CallError):
        return Reply(status=error.status, error=error.code or error.type)
    return Reply(
        status=500, error="cancelled" if isinstance(error, asyncio.CancelledError) else "internal_error"
    )


def _roles(call: Call) -> set[Any]:
    """Who speaks in the conversation that the request holds."""
    messages = call.request.get("messages")
    if not isinstance(messages, list):
        return set()
    return {turn.get("role") for turn in messages if isinstance(turn, dict)}


def _session(call: Call, roles: set[Any]) -> str:
    named = session_id(call)
    if named:
        return _digest(f"{call.identity.key_id if call.identity else ''}\x1f{named}".encode())
    return CONTINUED if "assistant" in roles else ""


def _cap(call: Call) -> int:
    cap = call.request.get("max_completion_tokens", call.request.get("max_tokens"))
    return cap if isinstance(cap, int) else 0


def _digest(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()
