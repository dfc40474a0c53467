"""Costs and usage as Anthropic exports them: CSV of its console, or JSON of `cost_report` and `usage_report/messages`."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from colonnade.cost.invoices.bill import BilledLine, Reading
from colonnade.cost.invoices.fields import Unreadable, count, day, dollars_only, money, name, period
from colonnade.cost.invoices.files import FaultyExport, Page, Row, header_of, is_json, read_results, read_rows

_COSTS = frozenset({"usage_date_utc", "model", "cost_usd"})
_COUNTS = (
    "usage_input_tokens_no_cache",
    "usage_input_tokens_cache_write_5m",
    "usage_input_tokens_cache_write_1h",
    "usage_input_tokens_cache_read",
    "usage_output_tokens",
)
_USAGE = frozenset({"usage_date_utc", "model_version", *_COUNTS})
_CENTS = Decimal(100)
"""The report gives amounts in the lowest unit of the currency: "123.45" in USD are 1.2345 dollars."""


class Written(msgspec.Struct):
    """Tokens that were written to the cache."""

    ephemeral_5m_input_tokens: int = 0
    ephemeral_1h_input_tokens: int = 0


class Result(msgspec.Struct):
    """One result of a bucket, of costs or of usage."""

    amount: str | None = None
    currency: str = ""
    cost_type: str | None = None
    description: str | None = None
    model: str | None = None
    uncached_input_tokens: int | None = None
    cache_read_input_tokens: int = 0
    cache_creation: Written | None = None
    output_tokens: int | None = None


class Bucket(msgspec.Struct):
    """One stretch of time, RFC 3339."""

    starting_at: str
    ending_at: str
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
    if row.get("cost_type", "token").strip() not in {"", "token", "tokens"}:
        reading.aside += 1
        return
    start, end = day("usage_date_utc", row["usage_date_utc"])
    usd = money("cost_usd", row["cost_usd"])
    reading.take(BilledLine(start=start, end=end, model=name("model", row["model"]), usd=usd))


def _usage(row: Row, reading: Reading) -> None:
    start, end = day("usage_date_utc", row["usage_date_utc"])
    tokens = sum(count(column, row[column]) for column in _COUNTS)
    model = name("model_version", row["model_version"])
    reading.take(BilledLine(start=start, end=end, model=model, tokens=tokens))


def _result(bucket: Bucket, result: Result, reading: Reading) -> None:
    start, end = period("starting_at", bucket.starting_at, "ending_at", bucket.ending_at)
    if result.amount is not None:
        _charge(result, start, end, reading)
        return
    if result.output_tokens is None or result.uncached_input_tokens is None:
        raise Unreadable("neither an amount nor tokens")
    written = result.cache_creation or Written()
    counted = (
        result.uncached_input_tokens, result.cache_read_input_tokens, result.output_tokens,
        written.ephemeral_5m_input_tokens, written.ephemeral_1h_input_tokens,
    )  # fmt: skip
    tokens = sum(count("tokens", str(each)) for each in counted)
    reading.take(BilledLine(start=start, end=end, model=name("model", result.model or ""), tokens=tokens))


def _charge(result: Result, start: float, end: float, reading: Reading) -> None:
    dollars_only("currency", result.currency)
    if result.cost_type not in {None, "tokens"}:
        reading.aside += 1
        return
    usd = money("amount", result.amount or "") / _CENTS
    reading.take(BilledLine(start=start, end=end, model=name("model", result.model or ""), usd=usd))
