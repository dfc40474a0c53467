"""Whether a practice applies is decided by declared facts, and a declaration that observation contradicts is seen.

Conditions are written as in the catalogue, `hosting in [self, hybrid]` or `adaptation != none or rag`. They are
parsed by Python's own parser and evaluated over a white list of its nodes; nothing else of Python is reachable.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from colonnade.errors import CannotEvaluate
from colonnade.evidence.record import Record
from colonnade.evidence.view import view
from colonnade.workload.specification import Specification

FactValue = bool | int | float | str
FACTS_TOPIC = "facts.observed"
_OPERATORS: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda value, group: value in group,
    ast.NotIn: lambda value, group: value not in group,
}
_PLACES = {
    "adaptation": "approach.adaptation",
    "modality": "task.modality.output",
    "rag": "rag.enabled",
    "checkable_task": "task.checkable",
    "permitted_regions": "placement.permitted",
}


@view(FACTS_TOPIC)
class ObservedFacts(msgspec.Struct, frozen=True):
    """What a collector saw of the facts, and among how many things (`n`, by fact)."""

    facts: dict[str, FactValue]
    n: dict[str, int]


class FaultyCondition(ValueError):
    """A condition of the catalogue says something that conditions cannot say."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A parsed condition; `facts` are the names it depends on."""

    text: str
    facts: frozenset[str]
    tree: ast.expr

    def holds(self, facts: Mapping[str, FactValue]) -> bool:
        """Whether it holds for these facts; every fact of `self.facts` must be among them."""
        return bool(_value(self.tree, facts))


def condition(text: str, types: Mapping[str, str]) -> Condition:
    """Parse a condition.

    Args:
        text: as in the catalogue; `always` is always true.
        types: type of each fact as in the catalogue: `bool`, `number`, `integer` or `a | b | c`.

    Raises:
        FaultyCondition: a syntax error, an unknown fact or word, or anything beyond comparisons and and/or/not.
    """
    try:
        tree = ast.parse(text, mode="eval").body
    except SyntaxError as error:
        raise FaultyCondition(f"`{text}` cannot be parsed: {error.msg}") from error
    if isinstance(tree, ast.Name) and tree.id == "always":
        return Condition(text, frozenset(), ast.Constant(value=True))
    return Condition(text, frozenset(_check(tree, text, types)), tree)


def declared_facts(specification: Specification) -> dict[str, FactValue]:
    """The facts as the workload file declares them."""
    outputs = specification.task.modality.output
    return {
        **specification.facts.model_dump(mode="python"),
        "adaptation": specification.approach.adaptation,
        "modality": outputs[0] if len(set(outputs)) == 1 else "mixed",
        "rag": specification.rag.enabled,
        "checkable_task": specification.task.checkable,
        "permitted_regions": len(specification.placement.permitted),
    }


def place_of(fact: str) -> str:
    """Where the workload file declares a fact, e.g. `facts.pii`."""
    return _PLACES.get(fact, f"facts.{fact}")


def observed_facts(
    records: Iterable[Record], declared: Mapping[str, FactValue], minimum_n: int
) -> dict[str, FactValue]:
    """The facts as last observed; records come newest first.

    A sighting (anything but `false`) speaks from the first sample on and does not age away: only a newer
    observation clears it. Absence (`false`) speaks from `minimum_n` samples on.

    Raises:
        CannotEvaluate: an observation has another shape or type than the fact it speaks of.
    """
    seen: dict[str, FactValue] = {}
    for record in records:
        if len(seen) == len(declared):
            break
        observed = _read(record, declared)
        for fact, value in observed.facts.items():
            needed = minimum_n if value is False else 1
            if fact not in seen and observed.n.get(fact, 0) >= needed:
                seen[fact] = value
    return seen


def contradicted(
    conditions: Iterable[Condition],
    declared: Mapping[str, FactValue],
    observed: Mapping[str, FactValue],
) -> tuple[str, ...]:
    """Facts whose observed value would turn one of the conditions, in alphabetical order."""
    turning = set()
    for each in conditions:
        differing = {fact for fact in each.facts if fact in observed and observed[fact] != declared[fact]}
        seen = {**declared, **{fact: observed[fact] for fact in differing}}
        if differing and each.holds(seen) != each.holds(declared):
            turning |= differing
    return tuple(sorted(turning))


def _read(record: Record, declared: Mapping[str, FactValue]) -> ObservedFacts:
    try:
        observed = msgspec.convert(record.facts, ObservedFacts)
    except msgspec.ValidationError as error:
        raise CannotEvaluate(f"record {record.id} does not fit `{FACTS_TOPIC}`: {error}") from error
    for fact, value in observed.facts.items():
        if fact not in declared:
            raise CannotEvaluate(f"record {record.id} observes `{fact}`, which is no fact of the catalogue")
        if _family(value) is not _family(declared[fact]):
            raise CannotEvaluate(f"record {record.id} observes `{fact}` with a value of another type")
    return observed


def _family(value: FactValue) -> type[bool | float | str]:
    return bool if isinstance(value, bool) else str if isinstance(value, str) else float


def _value(node: ast.expr, facts: Mapping[str, FactValue]) -> Any:
    """The value of a tree that `_check` let pass."""
    match node:
        case ast.BoolOp(op=ast.And(), values=values):
            value: Any = all(_value(each, facts) for each in values)
        case ast.BoolOp(values=values):
            value = any(_value(each, facts) for each in values)
        case ast.UnaryOp(operand=operand):
            value = not _value(operand, facts)
        case ast.Compare(left=left, ops=[comparison], comparators=[right]):
            value = _OPERATORS[type(comparison)](_value(left, facts), _value(right, facts))
        case ast.List(elts=elements):
            value = [_value(each, facts) for each in elements]
        case ast.Name(id=name):
            value = facts.get(name, name)
        case ast.Constant(value=constant):
            value = constant
        case _:
            raise FaultyCondition(ast.unparse(node))
    return value


def _check(node: ast.expr, text: str, types: Mapping[str, str]) -> set[str]:
    match node:
        case ast.BoolOp(values=values):
            return set().union(*(_check(each, text, types) for each in values))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return _check(operand, text, types)
        case ast.Compare(left=ast.Name(id=name), ops=[comparison], comparators=[right]):
            _check_comparison(name, comparison, right, text, types)
            return {name}
        case ast.Name(id=name) if types.get(name) == "bool":
            return {name}
        case ast.Name(id=name):
            raise FaultyCondition(f"`{text}`: `{name}` is not a fact that is true or false")
    raise FaultyCondition(f"`{text}`: `{ast.unparse(node)}` is not allowed in a condition")


def _check_comparison(
    name: str, comparison: ast.cmpop, right: ast.expr, text: str, types: Mapping[str, str]
) -> None:
    if name not in types:
        raise FaultyCondition(f"`{text}`: `{name}` is not a fact")
    if type(comparison) not in _OPERATORS:
        raise FaultyCondition(f"`{text}`: this comparison is not allowed in a condition")
    grouped = isinstance(comparison, ast.In | ast.NotIn)
    if grouped != isinstance(right, ast.List):
        raise FaultyCondition(f"`{text}`: `in` needs a list, and only `in` takes one")
    for element in right.elts if isinstance(right, ast.List) else [right]:
        _check_value(element, types[name], text)


def _check_value(node: ast.expr, kind: str, text: str) -> None:
    words = {word.strip() for word in kind.split("|")}
    match node:
        case ast.Name(id=word) if word in words and len(words) > 1:
            return
        case ast.Constant(value=int() | float()) if kind in {"number", "integer"}:
            return
    raise FaultyCondition(f"`{text}`: `{ast.unparse(node)}` is not a value of a fact of type {kind}")
