"""What a faulty workload file does say is kept, so that its references are checked along with its form.

A field that does not validate takes its default; where it has none, it holds None whatever its type says.
Only the checks of references see a salvaged section; a workload is never made of one.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeVar, cast, get_args, get_origin

from pydantic import TypeAdapter, ValidationError

from colonnade.workload.section import Section
from colonnade.workload.shape import section_in

Salvaged = TypeVar("Salvaged", bound=Section)


def salvage(section: type[Salvaged], value: Any) -> Salvaged:
    """The section with every field that can be read."""
    given = value if isinstance(value, dict) else {}
    fields = {}
    for name, field in section.model_fields.items():
        kind = Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
        default = None if field.is_required() else field.get_default(call_default_factory=True)
        if name in given:
            fields[name] = _read(kind, given[name], default)
        else:
            fields[name] = _remains(kind, None, None) if field.is_required() else default
    return cast("Salvaged", section.model_construct(**fields))


def _read(kind: Any, value: Any, default: Any) -> Any:
    try:
        return TypeAdapter(kind).validate_python(value, strict=True)
    except ValidationError:
        return _remains(kind, value, default)


def _remains(kind: Any, value: Any, default: Any) -> Any:
    kind = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    section = section_in(kind)
    if section is not None:
        return salvage(section, value)
    if get_origin(kind) is dict:
        entries = value.items() if isinstance(value, dict) else ()
        return {name: _read(get_args(kind)[1], entry, None) for name, entry in entries}
    if get_origin(kind) is list:
        return [_read(get_args(kind)[0], entry, None) for entry in value] if isinstance(value, list) else []
    return default
