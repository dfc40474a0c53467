"""A review by the ids of a framework, for people: what contributes, in which state, and what nothing contributes to."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import click
from rich.text import Text

from colonnade.cli.screen import screen
from colonnade.review.catalogue import catalogue
from colonnade.review.crosswalk import Crosswalk, Requirement, crosswalk
from colonnade.review.exports.words import minute, spoken
from colonnade.review.frameworks import framework_names
from colonnade.review.report import Report

Function = TypeVar("Function", bound=Callable[..., Any])
_WORDS = {
    "contributing": "a proven practice contributes",
    "open": "nothing proven contributes yet",
    "not_applicable": "no contributing practice applies",
    "no_contribution": "no practice of the catalogue contributes",
}


def framework_option(function: Function) -> Function:
    """`--framework NAME`: the same evidence by the ids of a framework."""
    option = click.option(
        "--framework",
        type=click.Choice(framework_names()),
        help="Show the review by the ids of this framework instead of by pillar.",
    )
    return option(function)


def show_framework(report: Report, framework: str, as_json: bool) -> None:
    """Print the review by a framework's ids."""
    known = catalogue()
    shown = crosswalk(report, known.frameworks[framework], known.map_semantics)
    if as_json:
        sys.stdout.buffer.write(shown.encode() + b"\n")
        sys.stdout.buffer.flush()
        return
    console = screen()
    for line in lines(shown):
        console.print(line, soft_wrap=True)


def lines(shown: Crosswalk) -> Iterator[Text]:
    """Every line, requirement after requirement in the order of the framework's list."""
    at = minute(shown.reviewed_at)
    yield Text(f"{shown.workload} in {shown.environment}, reviewed {at}, by {shown.version}", style="bold")
    for requirement in shown.requirements:
        yield from _requirement(requirement)
    yield Text()
    for standing, count in shown.standings.items():
        yield Text(f"{count:4} {_WORDS[standing]}")
    yield Text()
    yield Text(shown.semantics[:1].upper() + shown.semantics[1:])
    if shown.note:
        yield Text(shown.note)


def _requirement(requirement: Requirement) -> Iterator[Text]:
    yield Text(f"{requirement.id}  {requirement.title}".rstrip(), style="bold")
    if not requirement.contributions:
        yield Text(f"    {_WORDS['no_contribution']}", style="dim")
    for each in requirement.contributions:
        waived = ", accepted" if each.waived else ""
        level = f" {each.level}" if each.level != "NONE" else ""
        yield Text(f"    {each.practice:8} {spoken(each.state)}{waived}{level}: {each.title}")
