"""Costs and usage as OpenAI exports them: CSV of the dashboard, or JSON of `/v1/organization/costs` and `/usage/...`."""

from __future__ import annotations

import msgspec

from colonnade.cost.invoices.bill import BilledLine, Reading
from colonnade.cost.invoices.fields import Unreadable, count, dollars_only, money, name, period
from colonnade.cost.invoices.files import FaultyExport, Page, Row, header_of, is_json, read_results, read_rows

_COSTS = frozenset({"start_time", "end_time", "amount_value", "amount_currency"})
_USAGE = frozenset({"start_time", "end_time", "model", "input_tokens", "output_tokens"})
_TOOLS = ("web search", "file search", "code interpreter", "storage", "container")
"""Line items of tools that the gateway does not meter."""


class Amount(msgspec.Struct):
    """A sum of money."""

    value: float | str
    currency: str


class Result(msgspec.Struct):
    """One result of a bucket, of costs or of usage."""

    amount: Amount | None = None
    line_item: str | None = None
    model: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None


class Bucket(msgspec.Struct):
    """One stretch of time, seconds since the epoch."""

    start_time: int
    end_time: int
    results: list[msgspec.Raw]


def read(content: bytes) -> Reading:
    """Read an export.

    Raises:
        FaultyExport: the file is none.
    """
    reading = Reading()
    if is_json(content):
        read_results(content, Page[Bucket], Result, _result, reading)
    elif header_of(content) >= _COSTS:
        read_rows(content, reading, _cost)
    elif header_of(content) >= _USAGE:
        read_rows(content, reading, _usage)
    else:
        raise FaultyExport(
            f"line 1: an export of costs has the columns {', '.join(sorted(_COSTS))}; one of usage has"
            f" {', '.join(sorted(_USAGE))}"
        )
    return reading


def _cost(row: Row, reading: Reading) -> None:
    if not row["amount_value"].strip():
        return  # a day without any cost
    dollars_only("amount_currency", row["amount_currency"])
    start, end = period("start_time", row["start_time"], "end_time", row["end_time"])
    usd = money("amount_value", row["amount_value"])
    _charge(row.get("line_item", ""), start, end, usd, reading)


def _charge(line_item: str, start: float, end: float, usd: object, reading: Reading) -> None:
    """A line item reads `gpt-4o-mini-2024-07-18, input`: the model comes first."""
    item = name("line_item", line_item)
    if any(tool in item.lower() for tool in _TOOLS):
        reading.aside += 1
        return
    model = item.partition(",")[0].strip()
    reading.take(BilledLine(start=start, end=end, model=model, usd=money("amount", str(usd))))


def _usage(row: Row, reading: Reading) -> None:
    if not row["model"].strip():
        return
    start, end = period("start_time", row["start_time"], "end_time", row["end_time"])
    tokens = count("input_tokens", row["input_tokens"]) + count("output_tokens", row["output_tokens"])
    reading.take(BilledLine(start=start, end=end, model=name("model", row["model"]), tokens=tokens))


def _result(bucket: Bucket, result: Result, reading: Reading) -> None:
    start, end = period("start_time", str(bucket.start_time), "end_time", str(bucket.end_time))
    if result.amount is not None:
        dollars_only("amount.currency", result.amount.currency)
        _charge(result.line_item or "", start, end, result.amount.value, reading)
        return
    if result.input_tokens is None and result.output_tokens is None:
        raise Unreadable("neither an amount nor tokens")
    tokens = count("input_tokens", str(result.input_tokens or 0))
    tokens += count("output_tokens", str(result.output_tokens or 0))
    reading.take(BilledLine(start=start, end=end, model=name("model", result.model or ""), tokens=tokens))
