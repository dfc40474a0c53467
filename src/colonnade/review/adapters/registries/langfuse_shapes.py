"""The fields that are read of answers of Langfuse's public API: scores (v2 and v3), prompts, datasets, queues."""

from __future__ import annotations

from typing import Any

import msgspec


class Subject(msgspec.Struct, frozen=True, rename="camel"):
    """What a score of API v3 is about."""

    kind: str
    id: str
    trace_id: str | None = None


class Score(msgspec.Struct, frozen=True, rename="camel"):
    """An entry of `/api/public/v2/scores`, or of `/api/public/v3/scores`, which has a `subject`."""

    name: str
    source: str
    timestamp: str
    value: bool | float | str | None = None
    string_value: str | None = None
    data_type: str = ""
    trace_id: str | None = None
    subject: Subject | None = None
    author_user_id: str | None = None
    queue_id: str | None = None

    @property
    def about(self) -> str:
        """The trace that it is about; empty of sessions and experiments."""
        if self.subject is None:
            return self.trace_id or ""
        return self.subject.trace_id or (self.subject.id if self.subject.kind == "trace" else "")

    @property
    def word(self) -> str:
        """The value of a category, in lower case."""
        said = self.string_value if self.string_value is not None else self.value
        return said.strip().lower() if isinstance(said, str) else ""


class PromptMeta(msgspec.Struct, frozen=True, rename="camel"):
    """An entry of `/api/public/v2/prompts`; `last_config` is whatever its owner wrote."""

    name: str
    versions: list[int]
    last_config: Any = None


class PromptText(msgspec.Struct, frozen=True):
    """An answer of `/api/public/v2/prompts/{name}`."""

    name: str
    prompt: Any


class DatasetMeta(msgspec.Struct, frozen=True):
    """An entry of `/api/public/v2/datasets`."""

    name: str
    metadata: Any = None


class DatasetItem(msgspec.Struct, frozen=True, rename="camel"):
    """An entry of `/api/public/dataset-items`."""

    id: str
    dataset_name: str
    status: str = "ACTIVE"
    input: Any = None
    expected_output: Any = None
    source_trace_id: str | None = None


class Queue(msgspec.Struct, frozen=True):
    """An entry of `/api/public/annotation-queues`."""

    id: str
    description: str | None = None
