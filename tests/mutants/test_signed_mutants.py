"""Proofs that rest on what people signed can fail as well."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from attested import Attested
from mutant_table import MUTANTS, Break, Mutant
from test_mutants import holds_until_broken
from whole import state_of

from colonnade.review.report import Report

SIGNED = [mutant for mutant in MUTANTS if mutant.world == "signed"]


@dataclass(frozen=True)
class SignedRun:
    """Everything is signed, and what the review says of it."""

    world: Attested
    report: Report


@pytest.fixture(scope="module")
def signed_run(tmp_path_factory: pytest.TempPathFactory) -> SignedRun:
    world = Attested.planted(tmp_path_factory.mktemp("signed") / "workload")
    world.sign_all()
    return SignedRun(world, world.review())


@pytest.mark.parametrize("mutant", SIGNED, ids=[mutant.name for mutant in SIGNED])
def test_a_break_is_seen(mutant: Mutant, signed_run: SignedRun, tmp_path):
    def broken(one: Break) -> Report:
        return one.happens(signed_run.world.copy(tmp_path / "workload"))

    holds_until_broken(mutant, signed_run, broken)


def test_another_review_alone_breaks_nothing(signed_run: SignedRun, tmp_path):
    report = signed_run.world.copy(tmp_path / "workload").review()
    assert {state_of(report, mutant.practice, mutant.number) for mutant in SIGNED} == {"pass"}
