"""Every answer knows its energy and carbon as a range, with the method and how far it can be trusted."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from colonnade.gateway.call import Call, Footprint, Forward, Reply
from colonnade.sustainability.estimators import UNKNOWN, Estimators, NoModel, UnknownModel, Work, located
from colonnade.sustainability.exclusive import Exclusive, Reading

HEADER = b"x-colonnade-carbon-g"
_UNBOUND = located(UnknownModel(), "")
_NO_MODEL = located(NoModel(), "")
_UNMETERED: Mapping[str, float | None] = {}


@dataclass(frozen=True, slots=True)
class FootprintMeter:
    """The stage `footprint`, outside the cache: sets `reply.footprint` when the answer is known.

    `cpu` holds a counter of CPU seconds for each embedded upstream that has a process of its own, `energy` one
    of the machine's watt-hours where it can be read. Whole answers carry `x-colonnade-carbon-g`, `low-high` in
    grams of CO2e or `unknown`; a stream cannot, its headers leave before.
    """

    estimators: Estimators
    cpu: Mapping[str, Exclusive] = field(default_factory=dict)
    energy: Exclusive | None = None
    name: str = "footprint"
    _located: Mapping[str, Callable[[Work], Footprint]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Settle once what depends on a binding alone."""
        found = {name: located(estimator, region) for name, (estimator, region) in self.estimators.items()}
        object.__setattr__(self, "_located", found)

    async def __call__(self, call: Call, forward: Forward) -> Reply:
        """Read the counters before and after, where the upstream has some."""
        meters = self._meters(call)
        if meters:
            return await self._metered(call, forward, meters)
        reply = await forward(call)
        reply.on_close(partial(self._settle, call, _UNMETERED))
        return reply

    async def _metered(self, call: Call, forward: Forward, meters: Mapping[str, Exclusive]) -> Reply:
        metered = call.binding_name
        readings = {kind: meter.begin(lambda: call.attempts > 0) for kind, meter in meters.items()}
        try:
            reply = await forward(call)
        except BaseException:
            _end(meters, readings)
            raise

        def settle(closing: Reply) -> None:
            counted = _end(meters, readings)
            # What was counted belongs to the model that was expected to answer: if another one did, it says nothing.
            self._settle(call, counted if call.binding_name == metered else _UNMETERED, closing)

        reply.on_close(settle)
        return reply

    def _meters(self, call: Call) -> dict[str, Exclusive]:
        process = self.cpu.get(call.binding.upstream) if self.cpu and call.binding else None
        if process is None:
            return {}
        return {"cpu": process, "energy": self.energy} if self.energy else {"cpu": process}

    def _settle(self, call: Call, counted: Mapping[str, float | None], reply: Reply) -> None:
        found = reply.footprint = self._footprint(call, counted, reply)
        text = written(found)
        if reply.chunks is None:
            call.reply_headers.append((HEADER, text.encode()))
        call.decide(self.name, f"{text} g CO2e; {found.method}")

    def _footprint(self, call: Call, counted: Mapping[str, float | None], reply: Reply) -> Footprint:
        if call.attempts == 0:
            return _NO_MODEL(Work(0, 0.0))
        work = Work(
            output_tokens=reply.usage.output + reply.usage.reasoning,
            latency_s=max(0.0, call.now() - call.started),
            cpu_seconds=counted.get("cpu"),
            metered_wh=counted.get("energy"),
        )
        return self._located.get(call.binding_name, _UNBOUND)(work)


def _end(meters: Mapping[str, Exclusive], readings: Mapping[str, Reading]) -> dict[str, float | None]:
    return {kind: meter.end(readings[kind]) for kind, meter in meters.items()}


def written(found: Footprint) -> str:
    """Grams of CO2e as `low-high` with four digits that count, or `unknown`."""
    if found.method == UNKNOWN:
        return "unknown"
    return f"{_grams(found.carbon_min_g)}-{_grams(found.carbon_max_g)}"


def _grams(value: float) -> str:
    if 1e-4 <= value < 1000:
        return f"{value:.4g}"  # the usual case, at a third of the price
    if value == 0:
        return "0"
    digits = max(0, 3 - math.floor(math.log10(value)))
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
