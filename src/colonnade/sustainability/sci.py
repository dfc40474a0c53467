"""Software Carbon Intensity is computed as ISO/IEC 21031:2024 (SCI 1.1.0 of the Green Software Foundation) says."""

from __future__ import annotations


def sci(energy_kwh: float, grams_per_kwh: float, embodied_g: float, units: float) -> float:
    """SCI = (E x I + M) / R, in grams of CO2e per functional unit.

    `energy_kwh` counts what was reserved, not only what was used; `grams_per_kwh` is location-based, without
    market instruments or offsets; `units` is R, for a language model its tokens. Add scores of parts only where R
    is the same.
    """
    if units <= 0:
        raise ValueError("a carbon intensity needs at least one functional unit")
    return (energy_kwh * grams_per_kwh + embodied_g) / units


def embodied_share_g(
    total_g: float, reserved_s: float, lifetime_s: float, resources: float, resources_total: float
) -> float:
    """M = TE x (TiR / EL) x (RR / ToR): the part of a machine's making that a piece of work answers for.

    `total_g` (TE) is the whole machine's, `reserved_s` (TiR) of `lifetime_s` (EL) was it reserved, with `resources`
    (RR) of its `resources_total` (ToR), e.g. vCPUs.
    """
    return total_g * (reserved_s / lifetime_s) * (resources / resources_total)
