"""Bills of materials stand beside the reports of scanners, in one whole."""

from __future__ import annotations

from collections.abc import Sequence

from colonnade.evidence.collection import Scope
from colonnade.evidence.imported.scans import Bill, ScanReports
from colonnade.review.adapters.adapter import Adapter, Reading
from colonnade.review.adapters.bills.cyclonedx import is_cyclonedx, read_cyclonedx
from colonnade.review.adapters.bills.spdx import is_spdx, read_spdx
from colonnade.review.adapters.material import Material
from colonnade.review.adapters.scans.joining import join
from colonnade.review.adapters.taking import as_of, json_of


def read(materials: Sequence[Material], scope: Scope) -> Reading:
    """Every bill of the import."""
    reading, bills = Reading(), list[Bill]()
    for material in materials:
        value = json_of(material, reading)
        if is_cyclonedx(value):
            bills.append(read_cyclonedx(value, material, scope.window_end))
        elif is_spdx(value):
            bills.append(read_spdx(value, material, scope.window_end))
        elif value is not None:
            reading.reject(material.name, "is neither CycloneDX nor SPDX 2 or 3")
    if bills:
        view = ScanReports(read_at=scope.window_end, reports=[], vex=[], bills=bills)
        raw = b"".join(material.data for material in materials)
        record = as_of(scope).record(
            view, kind="scan", source="sbom", collector=SBOM.collector, n=len(bills), raw=raw
        )
        reading.records.append(record)
    return reading


SBOM = Adapter("sbom", 1, "bills of materials: CycloneDX and SPDX, JSON", ("*.json",), read, join=join)
