"""What editors and readers are told of the workload file comes from its sections and is complete."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from colonnade.workload.page import reference_page
from colonnade.workload.prompts.header import Header, Variable
from colonnade.workload.schema import json_schema
from colonnade.workload.section import Section
from colonnade.workload.shape import field_at, section_at
from colonnade.workload.specification import Specification

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "src/colonnade/workload/templates").glob("*/workload.yaml"))


def sections() -> list[type[Section]]:
    return [
        Specification,
        Header,
        Variable,
        *(each for each in Section.__subclasses__() if "workload" in each.__module__),
    ]


@pytest.mark.parametrize("section", sections(), ids=lambda section: section.__name__)
def test_every_field_of_every_section_is_described(section):
    assert section.__doc__
    assert [name for name, field in section.model_fields.items() if not field.description] == []


def test_the_reference_page_is_the_one_in_the_documentation():
    page = ROOT / "docs" / "reference" / "workload.md"
    assert page.read_text(encoding="utf-8") == reference_page(), (
        "run: colonnade schema --markdown > docs/reference/workload.md"
    )


def test_the_reference_page_names_every_field():
    page = reference_page()
    for section in sections():
        for name in section.model_fields:
            assert f"| `{name}` |" in page


def test_the_schema_declares_its_dialect_and_refuses_unknown_fields():
    schema = json_schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == "urn:colonnade:workload:1"
    assert schema["additionalProperties"] is False
    assert all(part["additionalProperties"] is False for part in schema["$defs"].values())


def test_every_property_of_the_schema_is_described():
    schema = json_schema()
    for part in (schema, *schema["$defs"].values()):
        assert all(field.get("description") for field in part["properties"].values())


def agrees(value, schema, definitions) -> bool:
    """A small reading of JSON Schema: types, references, alternatives, enumerations, required and known fields."""
    if "$ref" in schema:
        return agrees(value, definitions[schema["$ref"].rsplit("/", 1)[1]], definitions)
    if "anyOf" in schema:
        return any(agrees(value, option, definitions) for option in schema["anyOf"])
    if "const" in schema or "enum" in schema:
        return value in schema.get("enum", [schema.get("const")])
    kinds = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None),
             "integer": int, "number": (int, float)}  # fmt: skip
    if not isinstance(value, kinds[schema["type"]]):
        return False
    if isinstance(value, list):
        return all(agrees(entry, schema["items"], definitions) for entry in value)
    return not isinstance(value, dict) or _fields_agree(value, schema, definitions)


def _fields_agree(value, schema, definitions) -> bool:
    known = schema.get("properties", {})
    free = schema.get("additionalProperties", {}) or next(
        iter(schema.get("patternProperties", {}).values()), None
    )
    return set(schema.get("required", [])) <= set(value) and all(
        agrees(entry, known[name], definitions)
        if name in known
        else bool(free) and agrees(entry, free, definitions)
        for name, entry in value.items()
    )


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.parent.name)
def test_every_template_agrees_with_the_schema(path):
    schema = json_schema()
    value = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert agrees(value, schema, schema["$defs"])
    assert not agrees({**value, "unknown": 1}, schema, schema["$defs"])
    assert not agrees({**value, "slo": 3}, schema, schema["$defs"])


def test_shape_follows_paths_through_names_lists_and_unions():
    assert section_at(Specification, ("routes", "any", "knowledge")).__name__ == "RouteKnowledge"
    assert section_at(Specification, ("constraints", "budget_ceiling")).__name__ == "BudgetCeiling"
    assert field_at(Specification, ("kpis", 3, "query")).description
    assert field_at(Specification, ("kpis", 3)) is None
    assert section_at(Specification, ("routes", "any", "nowhere", "at_all")) is None
