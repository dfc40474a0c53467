"""A specimen is the small document that the simulator writes where a JSON schema is asked for: it fits the schema."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

Schema = Mapping[str, Any]

_DEEPEST: Final = 12
"""A schema may refer to itself: below this depth only what must be there is written, and `null` where it is not told."""

_ANY_OBJECT: Final[Schema] = {"type": "object", "properties": {"answer": {"type": "string"}}}


def wanted_schema(request: Mapping[str, Any]) -> Schema | None:
    """The schema of the JSON that a chat request asks for, any object where it gives none; None where words are wanted."""
    form = request.get("response_format") or {}
    if form.get("type") == "json_schema":
        schema: Schema = (form.get("json_schema") or {}).get("schema") or _ANY_OBJECT
        return schema
    return _ANY_OBJECT if form.get("type") == "json_object" else None


def specimen(schema: Schema) -> Any:
    """A document that fits `schema`: types, `enum`, `const`, `$ref`, `anyOf`, and bounds of numbers and lengths.

    Of objects it has what is required, or, where nothing is, everything. Texts are named after their place, e.g.
    `simulated city`. Patterns and formats are not heeded.
    """
    return _Writing(schema).write(schema, "value", 0)


def _leading_to(root: Schema, reference: str) -> Any:
    """What `#/$defs/Name` leads to; nothing is asked of what leads nowhere."""
    found: Any = root
    for step in reference.removeprefix("#").strip("/").split("/"):
        found = found.get(step, {}) if isinstance(found, Mapping) else {}
    return found


class _Writing:
    """Writes one document; `root` holds the definitions that references lead to."""

    def __init__(self, root: Schema) -> None:
        self._root = root

    def write(self, schema: Any, name: str, depth: int) -> Any:
        """What stands at the place called `name`."""
        if not isinstance(schema, Mapping):
            return None
        if "$ref" in schema:
            schema = _leading_to(self._root, str(schema["$ref"]))
            return self.write(schema, name, depth + 1) if depth < _DEEPEST else None
        if "const" in schema:
            return schema["const"]
        if schema.get("enum"):
            return schema["enum"][0]
        choices = schema.get("anyOf") or schema.get("oneOf")
        if choices:
            return self.write(_choice(choices, depth), name, depth + 1)
        return self._of_kind(schema, name, depth)

    def _of_kind(self, schema: Schema, name: str, depth: int) -> Any:
        made: Any = None
        match _kind(schema):
            case "object":
                made = self._object(schema, depth)
            case "array":
                made = self._array(schema, name, depth)
            case "integer":
                made = int(_number(schema))
            case "number":
                made = float(_number(schema))
            case "boolean":
                made = True
            case "string":
                made = _text(schema, name)
        return made

    def _object(self, schema: Schema, depth: int) -> dict[str, Any]:
        fields: Schema = schema.get("properties") or {}
        return {
            name: self.write(fields.get(name, {}), name, depth + 1)
            for name in schema.get("required") or fields
        }

    def _array(self, schema: Schema, name: str, depth: int) -> list[Any]:
        length = int(schema.get("minItems", 1 if depth < _DEEPEST else 0))
        return [self.write(schema.get("items", {}), name, depth + 1) for _ in range(length)]


def _kind(schema: Schema) -> str:
    kind = schema.get("type", "object" if "properties" in schema else "string")
    if isinstance(kind, list):
        return next((str(each) for each in kind if each != "null"), "null")
    return str(kind)


def _choice(choices: list[Any], depth: int) -> Any:
    """The first that is something; `null`, where it is allowed, once the document is deep."""
    empty = [each for each in choices if isinstance(each, Mapping) and each.get("type") == "null"]
    full = [each for each in choices if each not in empty]
    return (empty or full)[0] if depth >= _DEEPEST or not full else full[0]


def _number(schema: Schema) -> float:
    """One, or what is nearest to it within the bounds."""
    above, below = schema.get("exclusiveMinimum", -math.inf), schema.get("exclusiveMaximum", math.inf)
    least = max(schema.get("minimum", -math.inf), above + 1)
    most = min(schema.get("maximum", math.inf), below - 1)
    return float(min(max(1, least), most))


def _text(schema: Schema, name: str) -> str:
    text = f"simulated {name}".ljust(int(schema.get("minLength", 0)), ".")
    return text[: schema["maxLength"]] if "maxLength" in schema else text
