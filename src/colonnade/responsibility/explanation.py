"""The whole way of a request can be told from its record: stages, decisions, sources, versions, cost and energy."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from colonnade.evidence.request import RequestRecord, SourceLine

LIMITS = (
    "The explanation tells which documents, prompt and model led to an answer, and what each stage decided. It cannot"
    " tell why the model chose its words: the weights do not say. Energy and carbon are estimates unless metered."
)


def explain(record: RequestRecord, passages: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The explanation of one request as plain data.

    Args:
        record: what the journal keeps of it.
        passages: source id -> text of the passage, where the knowledge index still holds it.
    """
    return {
        "request": _request(record),
        "outcome": _outcome(record),
        "answered_by": _answered_by(record),
        "way": [{"stage": it.stage, "what": it.what, "at_ms": round(it.at_ms, 2)} for it in record.decisions],
        "sources": [_source(it, passages or {}) for it in record.sources],
        "knowledge": {"generation": record.generation, "nothing_found": record.nothing_found},
        "tokens": _tokens(record),
        "cost": _cost(record),
        "footprint": _footprint(record),
        "limits": LIMITS,
    }


def _request(record: RequestRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "at": datetime.fromtimestamp(record.opened_at, UTC).isoformat(timespec="milliseconds"),
        "environment": record.environment,
        "endpoint": record.endpoint,
        "dialect": record.dialect,
        "urgency": record.urgency,
        "batch": record.batch,
        "route": record.route,
        "stream": record.stream,
        "key": record.key_id,
        "role": record.role,
        "labels": record.labels,
        "workload_digest": record.workload_digest,
        "policy": record.policy,
        "release": record.release,
        "prompt_digest": record.prompt_digest,
    }


def _outcome(record: RequestRecord) -> dict[str, Any]:
    return {
        "outcome": record.outcome,
        "status": record.status,
        "error": record.error_code,
        "finish": record.finish,
        "latency_ms": round(record.latency_ms, 1),
        "first_byte_ms": None if record.first_byte_ms is None else round(record.first_byte_ms, 1),
        "cache": record.cache,
        "output_cap": record.output_cap,
        "disclosed": record.disclosed,
        "answer_digest": record.answer_digest,
        "content_stored": record.content_stored,
    }


def _answered_by(record: RequestRecord) -> dict[str, Any]:
    return {
        "binding": record.binding,
        "model": record.model,
        "pin": record.model_pin,
        "named_in_answer": record.answered_by,
        "upstream": record.upstream,
        "reached_upstream": record.reached_upstream,
        "attempts": record.attempts,
        "tried": [
            {"binding": it.binding, "upstream": it.upstream, "error": it.error, "ms": round(it.ms, 1)}
            for it in record.tried
        ],
        "prompt": record.prompt_name,
        "prompt_version": record.prompt_version,
        "free_system_prompt": record.free_system_prompt,
    }


def _source(source: SourceLine, passages: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": source.id,
        "document": source.document,
        "document_version": source.document_version,
        "score": round(source.score, 3),
        "passage": passages.get(source.id),
    }


def _tokens(record: RequestRecord) -> dict[str, Any]:
    counts = {
        "fresh_input": record.fresh_input,
        "cache_read": record.cache_read,
        "cache_write": record.cache_write,
        "cache_write_1h": record.cache_write_1h,
        "audio_input": record.audio_input,
        "image_input": record.image_input,
        "output": record.output,
        "reasoning": record.reasoning,
        "audio_output": record.audio_output,
        "image_output": record.image_output,
    }
    return {**counts, "total": sum(counts.values()), "reported_by_upstream": record.usage_reported}


def _cost(record: RequestRecord) -> dict[str, Any]:
    return {
        "usd": record.usd if record.price_known else None,
        "known": record.price_known,
        "reserved_usd": record.reserved_usd,
        "named_by_provider_usd": record.provider_usd,
        "saved": {
            "tokens": record.saved_tokens,
            "usd": record.saved_usd,
            "ms": round(record.saved_ms, 1),
            "energy_wh": record.saved_energy_wh,
        },
        "source": record.price_source,
        "as_of": record.price_as_of,
    }


def _footprint(record: RequestRecord) -> dict[str, Any]:
    known = record.footprint_method not in {"", "unknown"}
    return {
        "energy_wh": [record.energy_min_wh, record.energy_max_wh] if known else None,
        "carbon_g": [record.carbon_min_g, record.carbon_max_g] if known else None,
        "method": record.footprint_method or "unknown",
        "tier": record.footprint_tier,
        "region": record.region,
    }
