"""What a verification found: how much it read, and every break by place, name and kind."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

What = Literal[
    "altered",
    "missing",
    "reordered",
    "unreferenced",
    "content altered",
    "content missing",
    "checkpoint damaged",
    "checkpoint contradicted",
]
"""`missing`: deleted, the row or its body; `unreferenced`: a body that no entry names; `checkpoint contradicted`:
the signed past of the ledger is not its present one."""

NAMED_AT_MOST = 1000


@dataclass(frozen=True, slots=True)
class Break:
    """One break. `seq` is the place in the ledger (0: outside it), `ref` the id of what stood or stands there."""

    seq: int
    ref: str
    what: What
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Verification:
    """The outcome. `breaks` names the first 1,000 of `broken`; times are seconds since the epoch."""

    entries: int
    first_at: float | None
    last_at: float | None
    checkpoints: int
    broken: int
    breaks: tuple[Break, ...]

    @property
    def intact(self) -> bool:
        """Whether nothing at all was found."""
        return self.broken == 0


@dataclass(slots=True)
class Findings:
    """Breaks as they are found; memory stays bounded however much is broken."""

    named: dict[Break, None] = field(default_factory=dict)
    count: int = 0

    def add(self, seq: int, ref: str, what: What, detail: str = "") -> None:
        """Note a break once."""
        found = Break(seq, ref, what, detail)
        if found in self.named:
            return
        self.count += 1
        if len(self.named) < NAMED_AT_MOST:
            self.named[found] = None

    def in_order(self) -> tuple[Break, ...]:
        """By place."""
        return tuple(sorted(self.named, key=lambda found: (found.seq, found.ref, found.what)))
