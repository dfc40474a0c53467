"""For one call, the next target is the one that is well, that it has not asked in vain, and whose turn it is."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.errors import Overloaded
from colonnade.gateway.call import Call
from colonnade.reliability.balancing import pick
from colonnade.reliability.retrying import Meaning
from colonnade.reliability.targets import Plan, Seat, Target

STAGE = "spread"


class Choosing:
    """Chooses among the targets of a route, and remembers which of them the call must not ask.

    `_passed_over` are targets that it must not ask (again), `_failed` those that it may ask again when no other is left.
    """

    __slots__ = ("_call", "_failed", "_passed_over", "_plan")

    def __init__(self, call: Call, plan: Plan) -> None:
        self._call = call
        self._plan = plan
        self._failed: set[str] = set()
        self._passed_over: set[str] = set()

    def next(self, now: float) -> tuple[Target, bool] | None:
        """The next target, and whether this call is the probe of its breaker; None where no target may be asked."""
        for tier in self._plan.tiers:
            found = self._of_tier(tier, now)
            if found is not None:
                return found
        for seat in self._fallbacks():
            target = seat.target
            probe = not target.breaker.closed
            if not probe or target.breaker.try_probe(now):
                self._say(f"{target.name}: {target.complaint(now) or 'once more'}, and no other is well")
                return target, probe
        return None

    def another(self, than: Target, now: float) -> Target | None:
        """A second target that is well and has a free turn; for hedging."""
        for tier in self._plan.tiers:
            fit = [
                seat
                for seat in self.fresh(tier)
                if seat.target is not than and seat.target.well(now) and seat.target.upstream.gate.free
            ]
            if fit:
                return pick(fit, self._plan.route.balance, self._call, now)[0].target
        return None

    def pass_over(self, target: Target) -> None:
        """This call does not ask the target again."""
        self._passed_over.add(target.name)

    def remember(self, target: Target, found: Meaning) -> None:
        """The target failed: this call asks it again last, or not at all."""
        if found.next == "anywhere":
            self._failed.add(target.name)
            return
        self.pass_over(target)
        if found.next == "larger":
            size = target.binding.context_tokens
            for seat in self._plan.seats:
                if seat.target.binding.context_tokens <= size:
                    self.pass_over(seat.target)

    def rest(self, now: float) -> bool | None:
        """Whether an untried target can be asked now; False where only a pause can help, None where nothing can."""
        left = [target for tier in self._plan.tiers for target in (seat.target for seat in self.fresh(tier))]
        if any(target.well(now) or _due(target, now) for target in left):
            return True
        again = [seat.target for seat in self._plan.seats if seat.target.name in self._failed]
        return False if any(target.breaker.closed for target in (*left, *again)) else None

    def fresh(self, tier: tuple[Seat, ...]) -> list[Seat]:
        """The seats of a tier that this call has not asked yet."""
        known = self._failed | self._passed_over
        return [seat for seat in tier if seat.target.name not in known] if known else list(tier)

    def nobody(self, now: float) -> Overloaded:
        """The error for a call that no target may answer."""
        waits = [seat.target.breaker.opens_in_s(now) for seat in self._plan.seats]
        self._say(f"nobody is well{self.complaints(now)}")
        return Overloaded(
            "No model of this route is well at the moment.",
            code="no_target_well",
            retry_after_s=max(1.0, min(waits)),
        )

    def complaints(self, now: float) -> str:
        """Which targets get no calls, and why, to be put behind what was decided."""
        told = [(seat.target.name, seat.target.complaint(now)) for seat in self._plan.seats]
        return "".join(f"; {name} {complaint}" for name, complaint in told if complaint)

    def _of_tier(self, tier: tuple[Seat, ...], now: float) -> tuple[Target, bool] | None:
        fresh = self.fresh(tier)
        well = [seat for seat in fresh if seat.target.well(now)]
        if len(well) < len(fresh):
            for target in (seat.target for seat in fresh):
                if (
                    not target.breaker.closed
                    and not target.upstream.ailment
                    and target.breaker.try_probe(now)
                ):
                    self._say(f"{target.name}: a try whether it is well again")
                    return target, True
        if not well:
            return None
        balance = self._plan.route.balance
        free = [seat for seat in well if seat.target.upstream.gate.free] if balance.stick == "none" else well
        seat, why = pick(free or well, balance, self._call, now)
        sick = self.complaints(now) if len(well) < len(tier) or tier is not self._plan.tiers[0] else ""
        self._say(f"{seat.target.name}: {why}{sick}")
        return seat.target, False

    def _fallbacks(self) -> Iterator[Seat]:
        """Nobody is well. Better one that throttles or could not be reached, or failed once, than none."""
        allowed = [seat for seat in self._plan.seats if seat.target.name not in self._passed_over]
        yield from sorted(allowed, key=lambda seat: seat.target.name in self._failed)

    def _say(self, what: str) -> None:
        self._call.decide(STAGE, what)


def _due(target: Target, now: float) -> bool:
    return not target.breaker.closed and not target.upstream.ailment and not target.breaker.opens_in_s(now)
