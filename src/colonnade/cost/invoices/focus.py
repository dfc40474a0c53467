"""Costs of any provider in the FinOps Open Cost and Usage Specification (FOCUS 1.0 to 1.4), as CSV."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from colonnade.cost.invoices.bill import BilledLine, Reading
from colonnade.cost.invoices.fields import dollars_only, money, name, period
from colonnade.cost.invoices.files import FaultyExport, Row, header_of, is_json, read_rows
from colonnade.cost.invoices.naming import canonical

_NEEDED = frozenset({"BilledCost", "BillingCurrency", "ChargePeriodStart", "ChargePeriodEnd"})
_NAMING: Final = (
    "x_Model",
    "x_ModelName",
    "ResourceName",
    "SkuMeter",
    "SkuId",
    "ChargeDescription",
    "ResourceId",
)
"""Columns in which providers write the model, in the order in which they are looked into: FOCUS has none for it."""


def read(content: bytes, models: Sequence[str] = ()) -> Reading:
    """Read an export.

    Args:
        content: of the file.
        models: names under which requests were recorded; a line is of the one that it mentions.

    Raises:
        FaultyExport: the file is none.
    """
    if is_json(content) or not header_of(content) >= _NEEDED:
        raise FaultyExport(f"line 1: FOCUS has the columns {', '.join(sorted(_NEEDED))}")
    known = sorted({canonical(model) for model in models} - {""}, key=len, reverse=True)
    reading = Reading()
    read_rows(content, reading, lambda row, taken: _take(row, taken, known))
    return reading


def _take(row: Row, reading: Reading, known: Sequence[str]) -> None:
    """Only usage is compared: nobody meters taxes, credits, purchases and corrections."""
    dollars_only("BillingCurrency", row["BillingCurrency"])
    if row.get("ChargeCategory", "Usage").strip() not in {"", "Usage"}:
        reading.aside += 1
        return
    start, end = period(
        "ChargePeriodStart", row["ChargePeriodStart"], "ChargePeriodEnd", row["ChargePeriodEnd"]
    )
    usd = money("BilledCost", row["BilledCost"], negative=True)
    reading.take(BilledLine(start=start, end=end, model=_model(row, known), usd=usd))


def _model(row: Row, known: Sequence[str]) -> str:
    """The longest known name that a line mentions, else what it calls the resource."""
    for column in _NAMING:
        said = canonical(name(column, row.get(column, "")))
        found = next((each for each in known if each in said), None)
        if found is not None:
            return found
    return next((said for column in _NAMING if (said := name(column, row.get(column, "")))), "")
