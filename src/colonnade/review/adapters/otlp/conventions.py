"""What an attribute is called differs: OpenTelemetry, before and after its renamings, OpenLLMetry, and OpenInference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

Operation = Literal["chat", "completions", "embeddings"]

_OPERATIONS: Mapping[str, Operation] = {
    "chat": "chat",
    "generate_content": "chat",
    "text_completion": "completions",
    "completion": "completions",
    "embeddings": "embeddings",
    "embedding": "embeddings",
    "LLM": "chat",
    "EMBEDDING": "embeddings",
}
_OPERATION = ("gen_ai.operation.name", "llm.request.type", "openinference.span.kind", "traceloop.span.kind")

NAMES: Mapping[str, tuple[str, ...]] = {
    "provider": ("gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system", "server.address"),
    "asked_model": ("gen_ai.request.model", "llm.model_name", "embedding.model_name"),
    "model": ("gen_ai.response.model", "gen_ai.request.model", "llm.model_name", "embedding.model_name"),
    "input": (
        "gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.usage.prompt_tokens", "llm.token_count.prompt",
    ),
    "output": (
        "gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.usage.completion_tokens",
        "llm.token_count.completion",
    ),
    "cache_read": (
        "gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens",
        "llm.token_count.prompt_details.cache_read",
    ),
    "cache_write": (
        "gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.cache_creation_input_tokens",
        "llm.token_count.prompt_details.cache_write",
    ),
    "reasoning": (
        "gen_ai.usage.reasoning.output_tokens", "llm.token_count.completion_details.reasoning",
    ),
    "finish": ("gen_ai.response.finish_reasons", "llm.response.finish_reason", "llm.finish_reason"),
    "cap": ("gen_ai.request.max_tokens", "llm.request.max_tokens"),
    "first_chunk_s": ("gen_ai.response.time_to_first_chunk",),
    "stream": ("gen_ai.request.stream", "gen_ai.is_streaming", "llm.is_streaming"),
    "session": ("gen_ai.conversation.id", "session.id"),
    "prompt": ("gen_ai.prompt.name", "llm.prompt_template.name"),
    "prompt_version": ("gen_ai.prompt.version", "llm.prompt_template.version"),
    "status": ("http.response.status_code", "http.status_code"),
    "error": ("error.type", "exception.type"),
    "region": ("cloud.region",),
    "environment": ("deployment.environment.name", "deployment.environment"),
    "sampled": ("sampling.rate", "sampling.probability"),
}  # fmt: skip
"""What is looked for -> its names, the present one first."""

LABELS = ("team", "use_case", "cost_center")
"""Labels of money, named as they are or below `label.`; the service's own name stands for the workload."""


def operation_of(attributes: Mapping[str, Any]) -> Operation | None:
    """What kind of call to a model a span tells of; None where it tells of something else."""
    for name in _OPERATION:
        found = attributes.get(name)
        if isinstance(found, str) and found in _OPERATIONS:
            return _OPERATIONS[found]
    return None


def read(attributes: Mapping[str, Any], what: str) -> Any:
    """The value under the first of its names that is there."""
    return next((attributes[name] for name in NAMES[what] if attributes.get(name) is not None), None)


def labels_of(attributes: Mapping[str, Any]) -> dict[str, str]:
    """Labels by which money is told apart."""
    found = {}
    for label in LABELS:
        value = attributes.get(label) or attributes.get(f"label.{label}")
        if isinstance(value, str) and value:
            found[label] = value
    return found
