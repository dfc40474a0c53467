"""Everything that the routes of a workload may ask, with its breakers, gates and budgets, made once for each version of the folder."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from colonnade.errors import SetupError
from colonnade.reliability.admission import Count, Gate, uncounted
from colonnade.reliability.breaker import Breaker, Told, nobody
from colonnade.reliability.budget import RetryBudget
from colonnade.reliability.sharing import Board, PrivateBoard, SharedBoard
from colonnade.reliability.targets import CLOCK, Clock, Condition, Plan, Target
from colonnade.workload.specification import Specification


@dataclass(frozen=True, slots=True)
class Fleet:
    """`upstreams`, `targets` and `plans` by their names in the workload file."""

    upstreams: Mapping[str, Condition]
    targets: Mapping[str, Target]
    plans: Mapping[str, Plan]
    board: Board
    clock: Clock = CLOCK

    @classmethod
    def of(
        cls,
        specification: Specification,
        *,
        folder: Path | None = None,
        workers: int = 1,
        before: Fleet | None = None,
        told: Told = nobody,
        count: Count = uncounted,
        clock: Clock = CLOCK,
    ) -> Fleet:
        """The fleet of a workload.

        Args:
            specification: as loaded, free of faults.
            folder: where workers share what they know; None for a worker that is alone.
            workers: how many share the upstreams' concurrency.
            before: the fleet of the version that served until now: what did not change keeps its gate and
                the state of its breaker.
            told: hears of every change of a breaker.
            count: counts retries and refusals for metrics.
            clock: `time.monotonic`, but in tests.

        Raises:
            SetupError: the folder cannot be written.
        """
        maker = _Maker(specification, _board(specification, folder), workers, told, count, clock)
        upstreams = {name: maker.condition(name, before) for name in specification.upstreams}
        targets = {name: maker.target(name, upstreams, before) for name in sorted(specification.bound)}
        plans = {name: Plan.of(name, route, targets) for name, route in specification.routes.items()}
        return cls(upstreams, targets, plans, maker.board, clock)

    def close(self) -> None:
        """Let go of what is shared; idle calls may still end afterwards only on a board of their own."""
        if isinstance(self.board, SharedBoard):
            self.board.close()


def _board(specification: Specification, folder: Path | None) -> Board:
    """One word a target and one an upstream; workers with the same names share the same file."""
    names = [*sorted(specification.bound), "", *specification.upstreams]
    if folder is None:
        return PrivateBoard(len(names))
    digest = hashlib.blake2b("\n".join(names).encode(), digest_size=8).hexdigest()
    file = folder / f"breakers-{digest}.board"
    try:
        return SharedBoard(file, len(names))
    except OSError as error:
        raise SetupError(f"workers cannot share what they know in {file}: {error.strerror}") from error


@dataclass(frozen=True, slots=True)
class _Maker:
    specification: Specification
    board: Board
    workers: int
    told: Told
    count: Count
    clock: Clock

    def condition(self, name: str, before: Fleet | None) -> Condition:
        declared = self.specification.upstreams[name]
        place = len(self.specification.bound) + 1 + list(self.specification.upstreams).index(name)
        known = before.upstreams.get(name) if before is not None else None
        kept = known is not None and known.gate.limits == declared.admission
        return Condition(
            name=name,
            zone=declared.zone or "",
            timeout_s=declared.timeout_s,
            gate=known.gate
            if known and kept
            else Gate.of(name, declared.admission, self.workers, self.count),
            budget=RetryBudget(declared.retry_share, self.board, place),
            count=self.count,
            ailment=known.ailment if known else "",
            takes_batches=declared.batch == "provider",
            prefill=declared.continues,
        )

    def target(self, name: str, upstreams: Mapping[str, Condition], before: Fleet | None) -> Target:
        binding = self.specification.models[name]
        limits = self.specification.upstreams[binding.upstream].breaker
        place = sorted(self.specification.bound).index(name)
        breaker = Breaker(name, limits, self.board, place, self.clock, self.told)
        known = before.targets.get(name) if before is not None else None
        if known is not None and known.breaker.limits == limits:
            breaker.go_on_from(known.breaker)
        return Target(name, binding, upstreams[binding.upstream], breaker)
