"""The reference page of the workload file is written from the sections themselves, so that it cannot lag behind."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MinLen
from pydantic.fields import FieldInfo

from colonnade.workload.decisions.front import Decision
from colonnade.workload.decisions.kinds import KINDS
from colonnade.workload.indicators import INDICATORS
from colonnade.workload.prompts.header import Header
from colonnade.workload.section import Day, Digest, Name, SecretReference, Section
from colonnade.workload.shape import options, section_in
from colonnade.workload.specification import Specification
from colonnade.workload.waivers import WaiverFile

_INTRODUCTION = """# The workload file

<!-- Written by `colonnade schema --markdown`; do not edit. -->

A workload is a folder with a file `workload.yaml`. `colonnade check` names every fault of it,
`colonnade schema` prints its JSON Schema for editors. Units stand in the names of fields. A field without
a default must be written. Scalars follow the YAML 1.2 core schema: `yes`, `no`, `on` and `off` are text,
as are dates and numbers such as `1_000` or `0o7`. Anchors, aliases, merge keys and tags are refused.
"""
_CLOSING = """## Front matter of a prompt

Files of `prompts/` begin with these fields between two lines of `---`; the template follows.
"""
_WAIVERS = """## Accepted risks

`waivers.yaml` beside the workload file holds `waivers:`, a list of accepted risks. `colonnade waive` writes them.
"""
_DECISIONS = """## Front matter of a decision

Files of `decisions/` may begin with these fields between two lines of `---`; `colonnade check` names their faults. A file
without them is left to people. Only a file that is committed as it stands is evidence.
"""
_BOUNDS = {Ge: "at least", Gt: "more than", Le: "at most", Lt: "less than"}
_NAMED: dict[Any, str] = {
    Name: "name",
    Digest: "`sha256:` digest",
    SecretReference: "`env:NAME` or `file:PATH`",
    Day: "YYYY-MM-DD",
}
_PLAIN = {str: "text", int: "whole number", float: "number", bool: "`true` or `false`"}


def reference_page() -> str:
    """The page in Markdown: one table a section, in the order of the file."""
    lines = [_INTRODUCTION, *_table("workload.yaml", Specification)]
    for title, section in _sections(Specification):
        lines += _table(title, section)
    lines += ["## Indicator queries", "", "`kpis[].query` is one of:", ""]
    lines += [*(f"- `{name}`" for name in INDICATORS), "", _CLOSING, *_rows(Header), ""]
    lines += ["Each entry of `variables`:", "", *_rows_of_variable(), "", _WAIVERS]
    lines += _table("waivers.yaml", WaiverFile)
    for title, section in _sections(WaiverFile):
        lines += _table(title, section)
    lines += [_DECISIONS, *_rows(Decision), *_kinds_of_decisions()]
    return "\n".join(lines).rstrip("\n") + "\n"


def _kinds_of_decisions() -> Iterator[str]:
    """What each kind adds, and the shape of its lists."""
    shown: set[type[Section]] = set()
    kinds: list[type[Section]] = [Decision, *KINDS.values()]
    for kind in kinds:
        if kind is not Decision:
            about = (kind.__doc__ or "").partition("\n")[0].rstrip(".")
            yield from ("", f"### {about}", "", *_rows(kind, without=set(Decision.model_fields) - {"kind"}))
        for title, section in _sections(kind):
            if section not in shown:
                shown.add(section)
                yield from ("", f"Each of `{title}`:", "", *_rows(section))


def _sections(root: type[Section], path: str = "") -> Iterator[tuple[str, type[Section]]]:
    """Every section below `root` with its path, where it first stands."""
    for name, field in root.model_fields.items():
        section, below = _section_below(field.annotation)
        if section is not None:
            here = f"{path}{name}{below}"
            yield here, section
            yield from _sections(section, f"{here}.")


def _section_below(annotation: Any) -> tuple[type[Section] | None, str]:
    for option in options(annotation):
        if get_origin(option) is dict:
            return _section_below(get_args(option)[1])[0], ".NAME"
        if get_origin(option) is list:
            return _section_below(get_args(option)[0])[0], "[]"
    return section_in(annotation), ""


def _table(title: str, section: type[Section]) -> list[str]:
    about = (section.__doc__ or "").strip().split("\n")[0]
    return [f"## `{title}`", "", about, "", *_rows(section), ""]


def _rows(section: type[Section], without: AbstractSet[str] = frozenset()) -> list[str]:
    lines = ["| field | value | default | meaning |", "|---|---|---|---|"]
    for name, field in section.model_fields.items():
        if name in without:
            continue
        cells = (f"`{name}`", _value(field), _default(field), field.description or "")
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return lines


def _rows_of_variable() -> list[str]:
    variable = _section_below(Header.model_fields["variables"].annotation)[0]
    assert variable is not None
    return _rows(variable)


def _value(field: FieldInfo) -> str:
    bounds = _bounds(field.metadata)
    kind = Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
    named = _NAMED.get(kind)
    return named or ", ".join([_kind(field.annotation), *bounds])


def _bounds(metadata: list[Any]) -> list[str]:
    found = []
    for constraint in metadata:
        for bound, word in _BOUNDS.items():
            if isinstance(constraint, bound):
                found.append(f"{word} {_number(constraint):g}")
        if isinstance(constraint, MinLen) and constraint.min_length:
            found.append(f"at least {constraint.min_length}")
    return found


def _number(constraint: Any) -> float:
    """The number of a bound such as `Ge(ge=1)`."""
    bounds = (getattr(constraint, name, None) for name in ("ge", "gt", "le", "lt"))
    return float(next(bound for bound in bounds if bound is not None))


def _kind(annotation: Any) -> str:
    """A type in words."""
    if annotation in _NAMED:
        return _NAMED[annotation]
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return ", ".join([_kind(arguments[0]), *_bounds(_flat(list(arguments[1:])))])
    if origin in _CONTAINERS:
        return _CONTAINERS[origin](arguments)
    members = [option for option in arguments if option is not NoneType]
    return " or ".join(_kind(member) for member in members) or _PLAIN.get(annotation, "mapping")


_CONTAINERS: dict[Any, Callable[[tuple[Any, ...]], str]] = {
    Literal: lambda words: ", ".join(f"`{word}`" for word in words),
    list: lambda entries: f"list of {_kind(entries[0])}",
    dict: lambda entries: f"by name: {_kind(entries[1])}",
}


def _flat(metadata: list[Any]) -> list[Any]:
    """Constraints written as `Field(ge=0)` inside an annotation, taken out of it."""
    return [each for item in metadata for each in (item.metadata if isinstance(item, FieldInfo) else [item])]


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    default = field.get_default(call_default_factory=True)
    if default is None:
        return ""
    if isinstance(default, Section):
        return "see there"
    return f"`{json.dumps(default, ensure_ascii=False)}`"
