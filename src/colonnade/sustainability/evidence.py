"""Views of step 7: where work runs, what it emits, and what is kept too long."""

from __future__ import annotations

import msgspec

from colonnade.evidence.view import view


class PermittedRegion(msgspec.Struct, frozen=True, kw_only=True):
    """A region in which the workload may run; grams of CO2e per kWh, None where no table has it."""

    region: str
    g_per_kwh: float | None
    year: int | None


@view("config.placement", binds=("workload",))
class Placement(msgspec.Struct, frozen=True, kw_only=True):
    """Where the workload runs among the regions that it may run in."""

    current: str
    permitted: list[PermittedRegion]
    table_source: str

    @property
    def lowest(self) -> PermittedRegion | None:
        """The permitted region with the cleanest electricity."""
        known = [region for region in self.permitted if region.g_per_kwh is not None]
        return min(known, key=lambda region: region.g_per_kwh or 0.0, default=None)


class RegionUse(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens and carbon of one region; grams of CO2e as a range."""

    region: str
    tokens: int
    carbon_min_g: float
    carbon_max_g: float


@view("telemetry.carbon", binds=("workload",))
class CarbonByRegion(msgspec.Struct, frozen=True, kw_only=True):
    """Metered requests by region; `estimated` of `requests` carry a footprint with method and tier."""

    requests: int
    estimated: int
    regions: list[RegionUse]


@view("telemetry.retention", binds=("policy",))
class RetentionState(msgspec.Struct, frozen=True, kw_only=True):
    """The last deletion run, and what is past its limit now."""

    ran: bool
    last_run_at: float
    deleted: int
    past_limit: int
