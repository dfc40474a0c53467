"""No request leaves for a region in which its data may not be processed, whichever target was chosen for it."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from colonnade.errors import Forbidden
from colonnade.gateway.call import Call, Forward, Reply
from colonnade.usecase.constraints import REFUSED_WITH, RESIDENCY
from colonnade.workload.sections.serving import WEB_KINDS, Upstream
from colonnade.workload.specification import Specification

UNKNOWN = "an unknown region"


@dataclass(frozen=True, slots=True)
class Constrain:
    """The stage `constrain`, behind the stage that chooses among targets: it sees each of them before it is asked.

    `outside` has the upstreams whose region `constraints.residency` does not name, with that region. Upstreams on the web
    without a region are outside: what is not known to be allowed is refused.
    """

    outside: Mapping[str, str]
    name: ClassVar[str] = "constrain"

    @classmethod
    def of(cls, specification: Specification) -> Constrain | None:
        """The stage, or None where data may be processed anywhere."""
        residency = specification.constraints.residency
        if residency == "none":
            return None
        regions = {
            name: region_of(upstream, specification) for name, upstream in specification.upstreams.items()
        }
        return cls({name: region for name, region in regions.items() if region not in residency})

    def __call__(self, call: Call, forward: Forward) -> Awaitable[Reply]:
        """Lead on where the bound upstream is.

        Raises:
            Forbidden: `residency_refused`; nothing of the request has left.
        """
        if self.outside and call.binding is not None and call.binding.upstream in self.outside:
            region = self.outside[call.binding.upstream]
            call.decide(self.name, f"refused: {call.binding.upstream} is in {region}; policy {RESIDENCY}")
            raise Forbidden(
                f"The model of route {call.route_name} is in {region}, where this workload's data may not be processed"
                f" (policy {RESIDENCY}).",
                code=REFUSED_WITH[RESIDENCY],
            )
        return forward(call)


def region_of(upstream: Upstream, specification: Specification) -> str:
    """Where an upstream processes data: its region, or where the workload itself runs if it runs there."""
    here = specification.placement.current
    return upstream.region or (None if upstream.kind in WEB_KINDS else here) or UNKNOWN
