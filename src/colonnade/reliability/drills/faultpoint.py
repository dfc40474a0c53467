"""Calls that a drill chose meet a fault in the place of their upstream, while an operator of this machine has one armed."""

from __future__ import annotations

import asyncio
import time
import zlib
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from colonnade.gateway.attempt import Attempt
from colonnade.gateway.call import Call, Forward, Reply
from colonnade.gateway.upstream.interface import Upstream
from colonnade.gateway.upstream.openai_compatible import OpenAICompatible
from colonnade.gateway.upstream.simulator import SimulatorUpstream
from colonnade.reliability.drills.arming import Control, Strike, meets
from colonnade.workload.sections.serving import Simulation
from colonnade.workload.sections.serving import Upstream as Declared

LOOK_S = 0.2
"""How soon an armed fault is noticed."""


@dataclass(slots=True)
class Armed:
    """A strike, and who answers in place of the upstreams that it names."""

    strike: Strike
    attempt: Attempt


@dataclass(slots=True)
class FaultPoint:
    """The last stage before the upstream is asked; without an armed fault it only hands the call on.

    A struck call's story says which experiment struck it. Calls of routes with `no_drills` are never struck. Whoever
    runs the gateway calls `look` again and again.
    """

    control: Control
    declared: Mapping[str, Declared]
    armed: Armed | None = None
    _stamp: tuple[int, int] | None = field(default=None)
    name: ClassVar[str] = "fault_point"

    def __call__(self, call: Call, forward: Forward) -> Awaitable[Reply]:
        """The reply of the upstream, or of what stands in its place."""
        armed = self.armed
        if armed is None or not self._strikes(armed.strike, call):
            return forward(call)
        return self._struck(armed, call, forward)

    async def _struck(self, armed: Armed, call: Call, forward: Forward) -> Reply:
        strike = armed.strike
        call.decide(self.name, f"{strike.experiment}: {strike.fault or 'another address'}")
        if strike.fault == "grey":
            return await _twice_as_slow(call, forward)
        return await armed.attempt(call)

    async def look(self) -> None:
        """Notice what was armed or disarmed."""
        if self.armed is not None and time.time() >= self.armed.strike.until:
            self.armed = None
        stamp = (
            self.control.stamp()
        )  # one look at a local folder; a thread for it would cost the loop a hundred times that
        if stamp == self._stamp:
            return
        self._stamp = stamp
        strike = await asyncio.to_thread(self.control.read) if stamp is not None else None
        self.armed = self._prepared(strike) if strike is not None else None

    def _strikes(self, strike: Strike, call: Call) -> bool:
        if call.binding is None or call.binding.upstream not in strike.upstreams:
            return False
        if time.time() >= strike.until or (call.route is not None and call.route.no_drills):
            return False
        labels = call.identity.labels if call.identity is not None else {}
        return meets(strike, labels, zlib.crc32(call.id.encode()) / 2**32)

    def _prepared(self, strike: Strike) -> Armed:
        stands_in = {name: self._stand_in(name, strike) for name in strike.upstreams}
        kind = "openai_compatible" if strike.address else "simulator"
        return Armed(strike, Attempt(stands_in, dict.fromkeys(stands_in, kind)))

    def _stand_in(self, name: str, strike: Strike) -> Upstream:
        if strike.address:
            section = Declared(kind="openai_compatible", base_url=strike.address)
            return OpenAICompatible(name, section, None)
        known = self.declared.get(name)
        usual = (known.simulation if known is not None else None) or Simulation()
        return SimulatorUpstream(name, usual.model_copy(update={"fault": strike.fault, "fault_share": 1.0}))


async def _twice_as_slow(call: Call, forward: Forward) -> Reply:
    """The upstream's own reply, right in every respect, after twice the time that it took."""
    began = call.now()
    reply = await forward(call)
    await asyncio.sleep(call.now() - began)
    return reply
