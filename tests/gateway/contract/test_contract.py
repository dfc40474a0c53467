"""The table of faults holds for every kind of upstream, every dialect and both forms, over real HTTP."""

from __future__ import annotations

from collections.abc import Iterable
from typing import get_args

import pytest
from hearing import DIALECTS
from page import PAGE, written
from playhouse import EVERYWHERE, KINDS, PLACES, House, Place
from table import CASES, Case

from colonnade.workload.sections.serving import Fault

_LONG = {("openai_compatible", "chat", "whole"), ("simulator", "chat", "whole")}
"""A whole answer without an end costs 64 MiB: it is asked for once on the web and once inside."""


def _bearable(case: Case, places: Iterable[Place]) -> list[Place]:
    endless = case.fault == "endless_event"
    return [place for place in places if not endless or place[2] == "streamed" or place in _LONG]


def _hold(case: Case, house: House, places: Iterable[Place]) -> None:
    """What becomes of a call in each of the places is what the table says."""
    house.play(case.fault, **case.changes)
    told = house.ask(case.route, _bearable(case, places), tool=case.fault == "bad_tool_arguments")
    for each in told:
        fate = case.fate(each.kind, each.form)
        assert each.seen.fate == fate.seen, each.name
        assert each.seen.ended is (fate.outcome == "answered"), f"{each.name}: the mark of a good end"
        assert (each.record.outcome, each.record.error_code) == (fate.outcome, fate.code), each.name
        assert (each.paid, each.record.attempts) == (fate.paid, fate.tries), each.name
    assert told


def test_every_fault_has_a_row() -> None:
    assert {case.fault for case in CASES if case.fault} == set(get_args(Fault))


def test_without_a_fault_every_caller_has_the_same_answer(house: House) -> None:
    house.play(None)
    told = house.ask("usual", EVERYWHERE)
    assert len(told) == len(KINDS) * len(DIALECTS) * 2
    assert {(each.seen.fate, each.seen.words, each.seen.ended) for each in told} == {("answer", 12, True)}
    assert {each.paid for each in told} == {"reported"}


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_what_becomes_of_a_call(case: Case, house: House) -> None:
    _hold(case, house, PLACES)


EVERY = [
    pytest.param(case, dialect, id=f"{case.name}-{dialect}")
    for case in CASES
    for dialect in DIALECTS
    if case.fault != "bad_tool_arguments" or DIALECTS[dialect].tools is not None
]


@pytest.mark.slow
@pytest.mark.parametrize(("case", "dialect"), EVERY)
def test_in_every_dialect_before_every_wire(case: Case, dialect: str, house: House) -> None:
    _hold(case, house, [place for place in EVERYWHERE if place[1] == dialect])


def test_the_page_has_the_table_of_the_tests() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == written(page), "run: python tests/gateway/contract/page.py"
