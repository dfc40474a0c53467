"""Among targets of one tier that are well, one is picked: by weight, by how busy or how fast they are, or by session."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Sequence
from math import log
from typing import Final

from colonnade.gateway.call import Call
from colonnade.gateway.session import session_id
from colonnade.reliability.targets import Seat
from colonnade.workload.sections.serving import Balance

Pick = Callable[[Sequence[Seat], Call, float], Seat]
_draw = random.Random()  # noqa: S311 - spreads load, keeps no secret
_HASHES = 2.0**64


def pick(seats: Sequence[Seat], balance: Balance, call: Call, now: float) -> tuple[Seat, str]:
    """One of the seats, and in words why. `seats` is not empty."""
    if len(seats) == 1:
        return seats[0], "the only one that is well" if balance.stick == "none" else "well"
    if balance.stick == "session":
        session = session_id(call)
        if session:
            return _of_session(seats, _known(call, session)), "its session stays with it"
    strategy, why = _STRATEGIES[balance.strategy]
    return strategy(seats, call, now), why


def weighted(seats: Sequence[Seat], _call: Call, _now: float) -> Seat:
    """Smooth weighted round robin, as nginx has it: shares are right over any stretch of calls, and never in bursts."""
    total = 0.0
    best = seats[0]
    for seat in seats:
        seat.credit += seat.weight
        total += seat.weight
        if seat.credit > best.credit:
            best = seat
    best.credit -= total
    return best


def least_outstanding(seats: Sequence[Seat], call: Call, now: float) -> Seat:
    """The one with the fewest calls under way for its weight; equals take turns by weight."""
    fewest = min(_busy(seat) for seat in seats)
    idle = [seat for seat in seats if _busy(seat) == fewest]
    return idle[0] if len(idle) == 1 else weighted(idle, call, now)


def first_byte(seats: Sequence[Seat], call: Call, now: float) -> Seat:
    """Of two drawn, the one that is expected to begin its answer sooner."""
    one, other = _draw.sample(seats, 2)
    return one if _expected_s(one, call, now) <= _expected_s(other, call, now) else other


_STRATEGIES: Final[dict[str, tuple[Pick, str]]] = {
    "weighted": (weighted, "its turn by weight"),
    "least_outstanding": (least_outstanding, "the least busy"),
    "first_byte": (first_byte, "the faster of two"),
}


def _busy(seat: Seat) -> float:
    return seat.target.upstream.gate.under_way / seat.weight


def _expected_s(seat: Seat, call: Call, now: float) -> float:
    """What nobody has measured counts as fast, so that it is; each call under way makes a target slower."""
    speed = seat.target.speeds[call.stream]
    return speed.expected_s(now) * (seat.target.upstream.gate.under_way + 1) / seat.weight


def _of_session(seats: Sequence[Seat], session: str) -> Seat:
    """Rendezvous hashing with weights: when a target falls out, only its own sessions move."""
    return max(seats, key=lambda seat: -seat.weight / log(_drawn(seat, session)))


def _drawn(seat: Seat, session: str) -> float:
    digest = hashlib.blake2b(f"{seat.target.name}\x1f{session}".encode(), digest_size=8).digest()
    return (int.from_bytes(digest) + 0.5) / _HASHES


def _known(call: Call, session: str) -> str:
    """A session belongs to its caller: two callers may use the same name."""
    return f"{call.identity.key_id if call.identity else ''}\x1f{session}"
