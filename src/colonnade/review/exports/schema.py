"""The report is published with its JSON Schema, written from the types that encode it."""

from __future__ import annotations

from typing import Any

import msgspec

from colonnade.review.exports.document import json_document
from colonnade.review.exports.matter import Matter
from colonnade.review.report import SCHEMA, Report

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_report(matter: Matter) -> bytes:
    """The report, byte for byte as the review gives it."""
    return matter.report.encode() + b"\n"


def json_schema() -> bytes:
    """The schema of the report; it says nothing of any one report."""
    return json_document(report_schema())


def report_schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of `colonnade.review/1`."""
    schema = msgspec.json.schema(Report)
    definitions = schema.pop("$defs")
    definitions["Report"]["properties"]["schema"] = {"const": SCHEMA}
    return {"$schema": DIALECT, "$id": f"urn:{SCHEMA}", "title": SCHEMA, **schema, "$defs": definitions}
