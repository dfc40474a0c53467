"""Requests, records and changes as the product writes them, with few of their fields filled."""

from __future__ import annotations

from typing import Any

from colonnade.evidence.change import Change
from colonnade.evidence.content import text_digest
from colonnade.evidence.ledger import ClosedRequest, Ledger
from colonnade.evidence.record import Record, Subject
from colonnade.evidence.request import RequestRecord

START = 1_790_000_000.0


def request(number: int, **fields: Any) -> RequestRecord:
    values: dict[str, Any] = {
        "id": f"req_{number:06d}",
        "opened_at": START + number,
        "closed_at": START + number + 0.5,
        "environment": "rehearsal",
        "workload": "handbook",
        "route": "answer",
        "outcome": "answered",
        "status": 200,
        "latency_ms": 500.0,
    }
    return RequestRecord(**{**values, **fields})


def opening(number: int, **fields: Any) -> RequestRecord:
    return request(number, closed_at=0.0, outcome="interrupted", status=0, latency_ms=0.0, **fields)


def stored(ledger: Ledger, number: int, prompt: str, answer: str, **fields: Any) -> ClosedRequest:
    record = request(
        number,
        prompt_digest=text_digest(prompt),
        answer_digest=text_digest(answer),
        content_stored=True,
        **fields,
    )
    return ClosedRequest(record, *ledger.seal.close(record.id, prompt, answer))


def evidence(number: int, **fields: Any) -> Record:
    values: dict[str, Any] = {
        "topic": "traffic.records",
        "kind": "telemetry",
        "source": "gateway",
        "collector": "test",
        "environment": "rehearsal",
        "subject": Subject(),
        "window_start": START,
        "window_end": START + number,
        "collected_at": START + number,
        "n": number,
        "facts": {"requests": number},
    }
    return Record(**{**values, **fields})


def changed(number: int, **fields: Any) -> Change:
    values: dict[str, Any] = {
        "kind": "prompt",
        "name": f"prompt-{number}",
        "at": START + number,
        "actor": "tester@here",
        "reason": "a test",
    }
    return Change(**{**values, **fields})


def fill(ledger: Ledger, requests: int = 6) -> None:
    """`requests` requests with content (places 1..n), then two records and one change."""
    batch = [stored(ledger, number, f"question {number}", f"answer {number}") for number in range(requests)]
    ledger.append_requests(batch)
    for number in range(2):
        ledger.append_record(evidence(number))
    ledger.append_change(changed(0))
