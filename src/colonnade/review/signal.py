"""A judge of a signal is a pure function; its annotations *are* the evidence it needs.

    @signal("COST-01", 2, improve="set `labels` in workload.yaml")
    def requests_carry_labels(traffic: LabelCoverage, sampling: Sampling) -> Verdict:
        return all_of(traffic.labelled, traffic.requests, sampling, "requests carry every label")

Parameters may be view types (see `evidence/view.py`: the newest live record of that topic is handed in),
`Specification` (the workload's declarations) or `Sampling` (how much is enough in this environment).
Missing, stale, void evidence never reaches a judge: the review has already said so.
Decorated functions are collected by `signals_of(module)`; nothing registers by import.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any, TypeVar, get_type_hints

from colonnade.review.verdict import Verdict

Function = TypeVar("Function", bound=Callable[..., Verdict])
_MARK = "__colonnade_signal__"


@dataclass(frozen=True, slots=True)
class SignalJudge:
    """One judge: which signal of which practice, the function, what it needs, and what to do when it fails."""

    practice: str
    number: int
    function: Callable[..., Verdict]
    needs: tuple[tuple[str, type[Any]], ...]
    improve: str


def signal(practice: str, number: int, *, improve: str) -> Callable[[Function], Function]:
    """Mark a function as the judge of signal `number` (from 1) of `practice`.

    Args:
        practice: id in the catalogue, e.g. `COST-01`.
        number: place of the signal in the practice's `evidence` list, from 1.
        improve: the exact change or command that would make the signal pass.
    """

    def mark(function: Function) -> Function:
        setattr(function, _MARK, (practice, number, improve))
        return function

    return mark


def signals_of(*modules: ModuleType) -> Iterator[SignalJudge]:
    """Every judge defined in `modules`, in the order of their definition."""
    for module in modules:
        for function in vars(module).values():
            mark = getattr(function, _MARK, None)
            if mark is not None and function.__module__ == module.__name__:
                yield _judge(function, *mark)


def judges_beneath(*packages: ModuleType) -> tuple[SignalJudge, ...]:
    """Every judge defined in a module of `packages`, at any depth, in the order of module names."""
    found: list[SignalJudge] = []
    for package in packages:
        names = (each.name for each in pkgutil.walk_packages(package.__path__, f"{package.__name__}."))
        found += signals_of(*(importlib.import_module(name) for name in sorted(names)))
    return tuple(found)


def _judge(function: Callable[..., Verdict], practice: str, number: int, improve: str) -> SignalJudge:
    hints = get_type_hints(function)
    needs = tuple((name, hints[name]) for name in inspect.signature(function).parameters)
    return SignalJudge(practice, number, function, needs, improve)
