"""A plan or state is one list of resources with their values, whatever modules they stand in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from colonnade.evidence.imported.infrastructure import Origin
from colonnade.review.adapters.material import Material, Unreadable, plain
from colonnade.review.adapters.taking import moment
from colonnade.review.adapters.terraform.cells import UNKNOWN, leaves

MOST_RESOURCES = 20_000
DEEPEST_MODULES = 20
_INDEX = re.compile(r"\[[^\]]*\]")


@dataclass(frozen=True, slots=True)
class Instance:
    """One managed resource. `unknown` has the shape of `values`; `configured` are its expressions in the code."""

    address: str
    type: str
    name: str
    module: str
    index: str
    values: Any
    unknown: Any
    configured: Mapping[str, Any] = field(default_factory=dict)
    provider_region: str = ""

    def at(self, path: str) -> list[Any]:
        """Everything at a path; `UNKNOWN` for what is not settled."""
        return leaves(self.values, self.unknown, path)

    def word(self, path: str) -> str:
        """The first settled text at a path, or the empty text."""
        return next((each for each in self.at(path) if isinstance(each, str)), "")

    def unsettled(self, path: str) -> bool:
        """Whether anything at a path is known only after an apply."""
        return UNKNOWN in self.at(path)


@dataclass(slots=True)
class Document:
    """What a plan or state file says: its resources, and, of a plan, what it would change."""

    material: Material
    origin: Origin
    tool: str
    made_at: float | None
    complete: bool
    instances: list[Instance]
    differing: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)


def document_of(material: Material) -> Document:
    """The plan or state in a file.

    Raises:
        Unreadable: no JSON of `terraform show -json`.
    """
    value = material.json()
    if not isinstance(value, dict) or not isinstance(value.get("format_version"), str):
        raise Unreadable("is no output of `terraform show -json`: it has no format_version")
    if not value["format_version"].startswith(("0.", "1.")):
        raise Unreadable(f"has the format {plain(value['format_version'])}, and 0 and 1 are read")
    return (
        _plan(material, value)
        if "resource_changes" in value or "planned_values" in value
        else _state(material, value)
    )


def _plan(material: Material, value: dict[str, Any]) -> Document:
    code = _Code.of(value)
    changes = [each for each in _dicts(value.get("resource_changes")) if each.get("mode") == "managed"]
    instances = [found for each in changes[:MOST_RESOURCES] if (found := _planned(each, code)) is not None]
    differing = [plain(each.get("address")) for each in changes if _differs(each)]
    drifted = [each for each in _dicts(value.get("resource_drift")) if _moved_what_is_written(each, code)]
    outside = [plain(each.get("address")) for each in drifted]
    return Document(
        material=material,
        origin="plan",
        tool=plain(value.get("terraform_version")),
        made_at=moment(value.get("timestamp")),
        complete=_whole(value) and len(changes) <= MOST_RESOURCES,
        instances=instances,
        differing=list(dict.fromkeys([*differing, *outside])),
        outside=outside,
    )


def _state(material: Material, value: dict[str, Any]) -> Document:
    code = _Code.of(value)
    values = value.get("values")
    root = values.get("root_module") if isinstance(values, dict) else None
    instances: list[Instance] = []
    for module, each in _modules(root, ""):
        if len(instances) >= MOST_RESOURCES:
            break
        instances += [
            _held(it, module, code) for it in _dicts(each.get("resources")) if it.get("mode") == "managed"
        ]
    return Document(
        material=material,
        origin="state",
        tool=plain(value.get("terraform_version")),
        made_at=None,
        complete=len(instances) < MOST_RESOURCES,
        instances=instances,
    )


def _whole(value: Mapping[str, Any]) -> bool:
    return value.get("errored") is not True and value.get("complete") is not False


def _planned(change: Mapping[str, Any], code: _Code) -> Instance | None:
    """A resource as it will be; None for one that goes."""
    what = change.get("change")
    what = what if isinstance(what, dict) else {}
    if what.get("actions") in (["delete"], ["forget"]):
        return None
    return _instance(
        change, plain(change.get("module_address")), what.get("after"), what.get("after_unknown"), code
    )


def _held(resource: Mapping[str, Any], module: str, code: _Code) -> Instance:
    return _instance(resource, module, resource.get("values"), None, code)


def _instance(told: Mapping[str, Any], module: str, values: Any, unknown: Any, code: _Code) -> Instance:
    kind, name = plain(told.get("type")), plain(told.get("name"))
    written = code.resource(module, f"{kind}.{name}")
    expressions = written.get("expressions")
    return Instance(
        address=plain(told.get("address")),
        type=kind,
        name=name,
        module=module,
        index=plain(told.get("index")),
        values=values,
        unknown=unknown,
        configured=expressions if isinstance(expressions, dict) else {},
        provider_region=code.region(written.get("provider_config_key")),
    )


def _differs(change: Mapping[str, Any]) -> bool:
    what = change.get("change")
    actions = what.get("actions") if isinstance(what, dict) else None
    return actions not in (["no-op"], ["read"])


def _moved_what_is_written(drift: Mapping[str, Any], code: _Code) -> bool:
    """Whether something changed outside that the code says; a service may move what nobody wrote."""
    what = drift.get("change")
    if not isinstance(what, dict) or drift.get("mode") != "managed":
        return False
    before, after = what.get("before"), what.get("after")
    if not isinstance(before, dict) or not isinstance(after, dict):
        return True
    moved = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    address = f"{plain(drift.get('type'))}.{plain(drift.get('name'))}"
    written = code.resource(plain(drift.get("module_address")), address).get("expressions")
    return bool(moved & written.keys()) if isinstance(written, dict) else bool(moved)


@dataclass(frozen=True, slots=True)
class _Code:
    """The `configuration` of a plan: what the code says of each resource, and where its providers work."""

    written: Mapping[tuple[str, str], Mapping[str, Any]]
    providers: Any
    variables: Any

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> _Code:
        """Of a plan; a state has none."""
        code = value.get("configuration")
        code = code if isinstance(code, dict) else {}
        written = {
            (module, plain(each.get("address"))): each
            for module, place in _called(code.get("root_module"), "")
            for each in _dicts(place.get("resources"))
        }
        return cls(written, code.get("provider_config"), value.get("variables"))

    def resource(self, module: str, address: str) -> Mapping[str, Any]:
        """What the code says of `type.name` in a module, empty if that is not told."""
        return self.written.get((_INDEX.sub("", module), address), {})

    def region(self, key: Any) -> str:
        """Where a provider works, by its constant or by a variable of the root module."""
        provider = (
            self.providers.get(key) if isinstance(self.providers, dict) and isinstance(key, str) else None
        )
        expressions = provider.get("expressions") if isinstance(provider, dict) else None
        written = (
            expressions.get("region") or expressions.get("location")
            if isinstance(expressions, dict)
            else None
        )
        if not isinstance(written, dict):
            return ""
        if isinstance(written.get("constant_value"), str):
            return plain(written["constant_value"])
        references = written.get("references")
        named = (
            next((it for it in references if isinstance(it, str)), "") if isinstance(references, list) else ""
        )
        variable = (
            self.variables.get(named.removeprefix("var.")) if isinstance(self.variables, dict) else None
        )
        return plain(variable.get("value")) if isinstance(variable, dict) else ""


def _called(module: Any, name: str, depth: int = 0) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The modules of the code by their address without indexes."""
    if not isinstance(module, dict) or depth > DEEPEST_MODULES:
        return
    yield name, module
    calls = module.get("module_calls")
    for called, call in calls.items() if isinstance(calls, dict) else ():
        inner = call.get("module") if isinstance(call, dict) else None
        yield from _called(inner, f"{name}.module.{called}".removeprefix("."), depth + 1)


def _modules(module: Any, name: str, depth: int = 0) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if not isinstance(module, dict) or depth > DEEPEST_MODULES:
        return
    yield name, module
    for child in _dicts(module.get("child_modules")):
        yield from _modules(child, plain(child.get("address")), depth + 1)


def _dicts(value: Any) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
