"""The score of a run of mutants: how many signals were seen to fail when their mechanism was broken."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from mutant import Mutant

PLUGIN = "colonnade-mutants"


@dataclass
class Score:
    """What became of every mutant that was tried; `skipped` ones could not be tried here."""

    killed: set[str] = field(default_factory=set)
    survived: set[str] = field(default_factory=set)
    skipped: set[str] = field(default_factory=set)

    def note(self, name: str, outcome: str) -> None:
        """Take down one outcome of a test, `passed`, `failed` or `skipped`."""
        place = {"passed": self.killed, "failed": self.survived, "skipped": self.skipped}[outcome]
        place.add(name)

    def lines(self, mutants: Iterable[Mutant], judged: set[tuple[str, int]]) -> list[str]:
        """The score in words: breaks, signals, and every survivor by name."""
        signals = {mutant.name: (mutant.practice, mutant.number) for mutant in mutants}
        killed = self.killed - self.survived
        turned = {signals[name] for name in killed if name in signals}
        stayed = {signals[name] for name in self.survived if name in signals}
        proven = len((turned - stayed) & judged)
        tried = len(self.killed | self.survived)
        told = [
            f"mutants: {len(killed)} killed of {tried} tried, {len(self.skipped)} could not be tried here"
        ]
        told.append(f"signals: {proven} seen to fail of {len(judged)} judged")
        return [*told, *(f"survived: {name}" for name in sorted(self.survived))]
