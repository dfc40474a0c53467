"""Editors know the workload file: its JSON Schema comes from the same sections that `load` reads."""

from __future__ import annotations

from typing import Any

from colonnade.workload.specification import Specification

SCHEMA_ID = "urn:colonnade:workload:1"


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of `workload.yaml`; references between sections are beyond it."""
    schema = Specification.model_json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        **schema,
        "title": "Colonnade workload",
    }
