"""`{{> name}}` stands for the template of another prompt; what does not exist, or leads back, is named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from colonnade.errors import Fault
from colonnade.workload.prompts.file import PromptFile
from colonnade.workload.prompts.template import INCLUDE, Mark, marks
from colonnade.workload.suggestion import did_you_mean

LARGEST_TEMPLATE = 1024 * 1024


def included(prompt: PromptFile) -> Iterator[Mark]:
    """The includes written in one file."""
    return (mark for mark in marks(prompt.template) if mark.kind == "include")


def include_faults(prompt: PromptFile, prompts: Mapping[str, PromptFile]) -> list[Fault]:
    """Includes of this file that lead nowhere, or back to where they stand."""
    faults = []
    for mark in included(prompt):
        if mark.name not in prompts:
            problem, remedy = (
                f"includes `{mark.name}`, which does not exist",
                did_you_mean(mark.name, prompts),
            )
            faults.append(prompt.fault(mark.line, mark.column, problem, "", remedy))
        elif way := _way_back(prompt.name, mark.name, prompts):
            loop = " -> ".join((prompt.name, *way))
            faults.append(
                prompt.fault(mark.line, mark.column, "includes lead in a loop", loop, "take one of them out")
            )
    return faults


def _way_back(goal: str, start: str, prompts: Mapping[str, PromptFile]) -> tuple[str, ...]:
    """The names from `start` to `goal`, or nothing; every prompt is visited once."""
    ways: list[tuple[str, ...]] = [(start,)]
    seen = {start}
    while ways:
        way = ways.pop()
        if way[-1] == goal:
            return way
        for mark in included(prompts[way[-1]]):
            if mark.name in prompts and mark.name not in seen:
                seen.add(mark.name)
                ways.append((*way, mark.name))
    return ()


def resolve(prompts: Mapping[str, PromptFile]) -> tuple[dict[str, str], list[Fault]]:
    """Name -> template without includes, of every prompt whose includes all end; and those that grow too large."""
    resolved: dict[str, str] = {}
    too_large: list[Fault] = []
    waiting = dict(prompts)
    while ready := [name for name, prompt in waiting.items() if _ends(prompt, resolved)]:
        for name in ready:
            prompt = waiting.pop(name)
            if _size(prompt.template, resolved) < LARGEST_TEMPLATE:
                resolved[name] = INCLUDE.sub(
                    lambda match: resolved[match.group(1)].strip("\n"), prompt.template
                )
            else:
                too_large.append(prompt.fault(1, 1, "grows too large by its includes"))
    return resolved, too_large


def _ends(prompt: PromptFile, resolved: Mapping[str, str]) -> bool:
    # By the pattern, not by the marks: an include inside other braces is malformed, and is no include to `marks`.
    return all(name in resolved for name in INCLUDE.findall(prompt.template))


def _size(template: str, resolved: Mapping[str, str]) -> int:
    return len(template) + sum(len(resolved[name]) for name in INCLUDE.findall(template))
