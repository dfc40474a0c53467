"""One whole run for all mutants of a kind: everything is in place, served, asked, drilled and reviewed once."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "fixtures"))

from brought_run import run_brought
from imported_run import run_imported
from mutant_table import MUTANTS, Break
from scoring import Score
from spread_run import run_spread
from whole import Whole
from whole_run import Run, run_grounded, run_whole

from colonnade.assembly.reviewing import judges
from colonnade.registry.models import ModelStore
from colonnade.review.report import Report

NEEDED = ("smollm2-135m-instruct-q4_1", "bge-small-en-v1.5-int8")
Broken = Callable[[Break], Report]
SCORE = Score()
_TRIED = "test_a_break_is_seen["


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Every mutant that was tried counts for the score; what fails before it is tried survives."""
    _, _, name = report.nodeid.partition(_TRIED)
    if name and (report.when == "call" or report.outcome != "passed"):
        SCORE.note(name.removesuffix("]"), report.outcome)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The score comes last: killed of judged, and every survivor."""
    if not (SCORE.killed or SCORE.survived or SCORE.skipped):
        return
    judged = {(judge.practice, judge.number) for judge in judges()}
    for line in SCORE.lines(MUTANTS, judged):
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def whole_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Nothing is switched off; the simulator answers."""
    return run_whole(tmp_path_factory.mktemp("whole"))


@pytest.fixture(scope="session")
def grounded_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Nothing is switched off; answers rest on documents, and one model is embedded."""
    missing = [name for name in NEEDED if ModelStore().find(name) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} not here: run `python tests/prepare.py`")
    return run_grounded(tmp_path_factory.mktemp("grounded"))


@pytest.fixture(scope="session")
def spread_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Nothing is switched off; two upstreams share the traffic, and one had an outage."""
    return run_spread(tmp_path_factory.mktemp("spread"))


@pytest.fixture(scope="session")
def imported_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Nothing ever ran here; what other tools wrote was imported."""
    return run_imported(tmp_path_factory.mktemp("imported"))


@pytest.fixture(scope="session")
def brought_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Nothing ever ran here; its repository and what tools exported of it tell everything."""
    if shutil.which("ssh-keygen") is None:
        pytest.skip("ssh-keygen is not here: commits cannot be signed")
    return run_brought(tmp_path_factory.mktemp("brought"))


@pytest.fixture(scope="session")
def broken_brought(brought_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Broken:
    """The same for the run that rests on a repository and on exports."""
    return _once_each(brought_run.whole, tmp_path_factory)


@pytest.fixture(scope="session")
def broken_imported(imported_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Broken:
    """The same for the run that rests on imported evidence."""
    return _once_each(imported_run.whole, tmp_path_factory)


@pytest.fixture(scope="session")
def broken(whole_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Broken:
    """The report of the whole run after one break; made once, however many signals it should turn."""
    return _once_each(whole_run.whole, tmp_path_factory)


@pytest.fixture(scope="session")
def broken_grounded(grounded_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Broken:
    """The same for the run that rests on documents."""
    return _once_each(grounded_run.whole, tmp_path_factory)


@pytest.fixture(scope="session")
def broken_spread(spread_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Broken:
    """The same for the run that is spread."""
    return _once_each(spread_run.whole, tmp_path_factory)


def _once_each(whole: Whole, places: pytest.TempPathFactory) -> Broken:
    reports: dict[Break, Report] = {}

    def report_of(one: Break) -> Report:
        if one not in reports:
            reports[one] = one.happens(whole.copy(places.mktemp("broken") / "repository"))
        return reports[one]

    return report_of
