"""Which gauges a call passes is found once for each key, route and model, and looked up afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from colonnade.cost.counting.counters import Counters
from colonnade.cost.limits.gauges import HOLDERS, KINDS, Declared, Gauge, declared
from colonnade.cost.limits.headers import Told
from colonnade.gateway.call import Call, Identity
from colonnade.workload.sections.promises import Limit

_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Plan:
    """The gauges of a call in the order in which they are reserved, and what their headers say."""

    identity: Identity | None
    gauges: tuple[Gauge, ...]
    told: tuple[Told, ...]
    counts_tokens: bool
    counts_money: bool
    ends: bool
    """Whether something is to be settled or released; requests stay counted as they are."""

    @classmethod
    def of(cls, identity: Identity | None, gauges: Sequence[Gauge]) -> Plan:
        """The plan for an identity."""
        kinds = {gauge.kind for gauge in gauges}
        told = [Told.of(kind, gauges) for kind in ("requests", "tokens") if kind in kinds]
        ordered = sorted(gauges, key=lambda gauge: KINDS.index(gauge.kind))
        return cls(
            identity, tuple(ordered), tuple(told), "tokens" in kinds, "usd" in kinds, kinds != {"requests"}
        )


@dataclass(slots=True)
class Plans:
    """The plans of a workload's limits.

    Args:
        limits: as the workload file declares them.
        labels: of the workload; those of a key win.
        counters: where the workers count together.
    """

    limits: Sequence[Limit]
    labels: Mapping[str, str]
    counters: Counters
    _declared: list[Declared] = field(init=False)
    _known: dict[tuple[str, str, str], Plan] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._declared = declared(self.limits)

    def plan(self, call: Call) -> Plan:
        """The plan of a call; made again where the key's labels were read anew."""
        identity = call.identity
        place = (identity.key_id if identity else "", call.route_name, call.binding_name)
        found = self._known.get(place)
        if found is not None and found.identity is identity:
            return found
        if len(self._known) >= _MOST:
            self._known.clear()
        made = self._known[place] = Plan.of(identity, self._gauges(call))
        return made

    def _gauges(self, call: Call) -> list[Gauge]:
        labels = {**self.labels, **(call.identity.labels if call.identity else {})}
        gauges: list[Gauge] = []
        for each in self._declared:
            holder = HOLDERS[each.limit.per](call, labels)
            if each.limit.only is None or each.limit.only == holder:
                gauges += each.gauges(holder, self.counters)
        return gauges
