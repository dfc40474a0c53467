"""A mutant is a signal and the break that must turn it, in one of the worlds in which everything is in place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from whole import Whole

from colonnade.review.report import Report

Level = Literal["run", "record", "declared"]
World = Literal["whole", "grounded", "spread", "imported", "signed"]


@dataclass(frozen=True)
class Break:
    """One thing that goes wrong: what, in words, and how; it returns what the review says then."""

    what: str
    happens: Callable[[Whole], Report]


@dataclass(frozen=True)
class Mutant:
    """A signal and the break that must turn it."""

    practice: str
    number: int
    broken: Break
    level: Level = "run"
    world: World = "whole"

    @property
    def name(self) -> str:
        return f"{self.practice}.{self.number}, {self.broken.what}"
