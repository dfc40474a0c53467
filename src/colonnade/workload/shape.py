"""For any path of the workload file, the section and the field that stand there are known."""

from __future__ import annotations

from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from colonnade.workload.document import Path
from colonnade.workload.section import Section


def section_at(root: type[Section], path: Path) -> type[Section] | None:
    """The section that a mapping at `path` must be, or None where names are free or no mapping belongs."""
    annotation: Any = root
    for step in path:
        annotation = _below(annotation, step)
    return section_in(annotation)


def field_at(root: type[Section], path: Path) -> FieldInfo | None:
    """The field that `path` ends in, or None where it ends in an entry of a list or of free names."""
    section = section_at(root, path[:-1]) if path else None
    return section.model_fields.get(str(path[-1])) if section else None


def _below(annotation: Any, step: str | int) -> Any:
    section = section_in(annotation)
    if section is not None:
        field = section.model_fields.get(str(step))
        return field.annotation if field else None
    for option in options(annotation):
        if get_origin(option) in (dict, list):
            return get_args(option)[-1]
    return None


def section_in(annotation: Any) -> type[Section] | None:
    """The section among the members of an annotation, if there is one."""
    for option in options(annotation):
        if isinstance(option, type) and issubclass(option, Section):
            return option
    return None


def options(annotation: Any) -> tuple[Any, ...]:
    """The members of a union, or the annotation alone; without `Annotated`."""
    if get_origin(annotation) is Annotated:
        return options(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return tuple(option for member in get_args(annotation) for option in options(member))
    return (annotation,)
