"""Exports of providers are read as they write them; what is hostile or broken is refused with its place."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colonnade.cost.invoices import files
from colonnade.cost.invoices.files import FaultyExport
from colonnade.cost.invoices.importing import KINDS, read_export
from colonnade.errors import ColonnadeError

DAY = 1_790_553_600.0  # 2026-09-28T00:00:00Z
NEXT = DAY + 86_400.0
OPENAI_COSTS = (
    "start_time,end_time,start_time_iso,end_time_iso,amount_value,amount_currency,quantity,quantity_unit,"
    "line_item,project_id,organization_id\n"
)
OPENAI_USAGE = "start_time,end_time,start_time_iso,end_time_iso,project_id,num_model_requests,model,input_tokens,output_tokens,input_cached_tokens\n"
ANTHROPIC_COSTS = "usage_date_utc,model,workspace,api_key,usage_type,context_window,token_type,cost_usd,list_price_usd,cost_type\n"
ANTHROPIC_USAGE = (
    "usage_date_utc,model_version,api_key,workspace,usage_type,context_window,usage_input_tokens_no_cache,"
    "usage_input_tokens_cache_write_5m,usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,"
    "usage_output_tokens,web_search_count\n"
)
FOCUS = "BilledCost,BillingCurrency,ChargeCategory,ChargePeriodStart,ChargePeriodEnd,ChargeDescription,SkuMeter,ServiceName\n"


def read(kind, text, models=()):
    return read_export(kind, text.encode(), models)


def openai_row(usd="0.5", currency="usd", item='"gpt-5-nano, input_tokens"', start=DAY, end=NEXT):
    return (
        f"{start:.0f},{end:.0f},2026-09-28T00:00:00,2026-09-29T00:00:00,{usd},{currency},,,{item},proj,org\n"
    )


def test_openai_costs_are_added_up_by_day_and_model():
    text = OPENAI_COSTS + openai_row() + openai_row("0.25", item='"gpt-5-nano, output_tokens"')
    text += "1790467200,1790553600,2026-09-27T00:00:00,2026-09-28T00:00:00,,,,,,,\n\n"
    text += openai_row("9", item="web search tool calls")
    reading = read("openai", text)
    [line] = reading.lines
    assert (line.start, line.end, line.model, line.usd, line.tokens) == (
        DAY,
        NEXT,
        "gpt-5-nano",
        Decimal("0.75"),
        None,
    )
    assert (reading.aside, reading.rejected) == (1, [])


def test_openai_costs_without_line_items_have_no_model():
    [line] = read("openai", OPENAI_COSTS + openai_row(item="")).lines
    assert line.model == ""


def test_openai_usage_has_tokens_and_no_money():
    row = "1790553600,1790640000,2026-09-28T00:00:00,2026-09-29T00:00:00,proj,3,gpt-4o-mini-2024-07-18,1000,200,600\n"
    [line] = read("openai", OPENAI_USAGE + row).lines
    assert (line.model, line.usd, line.tokens) == ("gpt-4o-mini-2024-07-18", None, 1200)


def test_openai_reports_are_read_page_by_page():
    cost = {
        "object": "organization.costs.result",
        "amount": {"value": 0.06, "currency": "usd"},
        "line_item": "gpt-4o, input",
    }
    usage = {
        "object": "organization.usage.completions.result",
        "model": "gpt-4o",
        "input_tokens": 10,
        "output_tokens": 5,
    }
    page = {
        "object": "page",
        "data": [{"start_time": int(DAY), "end_time": int(NEXT), "results": [cost, usage]}],
    }
    for report in (page, [page]):
        [line] = read("openai", json.dumps(report)).lines
        assert (line.model, line.usd, line.tokens) == ("gpt-4o", Decimal("0.06"), 15)
    with pytest.raises(FaultyExport, match="fetch every page"):
        read("openai", json.dumps({**page, "has_more": True}))


def test_anthropic_costs_are_dollars_in_csv_and_cents_in_json():
    text = ANTHROPIC_COSTS + (
        "2026-09-28,Claude Haiku 4.5,Default,k,message,≤ 200k,input_no_cache,0.05,0.05,token\n"
        "2026-09-28,Claude Haiku 4.5,Default,k,message,≤ 200k,output,0.02,0.02,token\n"
        "2026-09-28,,Default,k,message,,,1.00,1.00,web_search\n"
    )
    reading = read("anthropic", text)
    [line] = reading.lines
    assert (line.start, line.end, line.model, line.usd) == (DAY, NEXT, "Claude Haiku 4.5", Decimal("0.07"))
    assert reading.aside == 1
    result = {"amount": "123.45", "currency": "USD", "cost_type": "tokens", "model": "claude-haiku-4-5"}
    bucket = {"starting_at": "2026-09-28T00:00:00Z", "ending_at": "2026-09-29T00:00:00Z", "results": [result]}
    [line] = read("anthropic", json.dumps({"data": [bucket], "has_more": False})).lines
    assert (line.start, line.usd) == (DAY, Decimal("1.2345"))


def test_anthropic_usage_counts_every_kind_of_token():
    row = "2026-09-28T14:00:00Z,claude-haiku-4-5-20251001,k,w,api,0-200k,100,20,10,300,50,0\n"
    [line] = read("anthropic", ANTHROPIC_USAGE + row).lines
    assert (line.start, line.end, line.tokens) == (DAY + 14 * 3600, DAY + 15 * 3600, 480)
    result = {
        "uncached_input_tokens": 100, "cache_read_input_tokens": 300, "output_tokens": 50, "model": "m",
        "cache_creation": {"ephemeral_5m_input_tokens": 20, "ephemeral_1h_input_tokens": 10},
    }  # fmt: skip
    bucket = {"starting_at": "2026-09-28T00:00:00Z", "ending_at": "2026-09-29T00:00:00Z", "results": [result]}
    [line] = read("anthropic", json.dumps({"data": [bucket]})).lines
    assert line.tokens == 480


def focus_row(usd="0.5", currency="USD", category="Usage", text="GPT-4o mini input", meter=""):
    return f'{usd},{currency},{category},2026-09-28T00:00:00Z,2026-09-29T00:00:00Z,"{text}",{meter},Models\n'


def test_focus_finds_the_model_that_a_line_mentions():
    text = (
        FOCUS
        + focus_row(text="Azure OpenAI gpt-4o-mini-0718 Inp glbl")
        + focus_row("1", text="gpt-4o Outp glbl")
    )
    text += (
        focus_row("-5", category="Credit") + focus_row("2", category="Tax") + focus_row("0.1", text="Storage")
    )
    reading = read("focus", text, ["gpt-4o", "gpt-4o-mini-2024-07-18"])
    assert {line.model: float(line.usd) for line in reading.lines} == {
        "gpt-4o-mini": 0.5,
        "gpt-4o": 1.0,
        "Storage": 0.1,
    }
    assert reading.aside == 2


@pytest.mark.parametrize(
    ("kind", "text", "reason"),
    [
        ("openai", OPENAI_COSTS + openai_row(currency="eur"), "amount_currency is not USD"),
        ("openai", OPENAI_COSTS + openai_row("much"), "amount_value is no number"),
        ("openai", OPENAI_COSTS + openai_row("-1"), "amount_value is negative"),
        ("openai", OPENAI_COSTS + openai_row("nan"), "no sum that anybody is billed"),
        ("openai", OPENAI_COSTS + openai_row("1e999"), "no sum that anybody is billed"),
        ("openai", OPENAI_COSTS + openai_row("9" * 5000), "no sum that anybody is billed"),
        ("openai", OPENAI_COSTS + openai_row(start=NEXT, end=DAY), "does not follow"),
        ("openai", OPENAI_COSTS + openai_row(start=0, end=1), "outside the years"),
        ("openai", OPENAI_COSTS + openai_row(item='"a\x1b[31m, input"'), "line_item is no name"),
        ("anthropic", ANTHROPIC_COSTS + "yesterday,m,w,k,m,c,t,1,1,token\n", "usage_date_utc is no date"),
        ("anthropic", ANTHROPIC_COSTS + f"2026-09-28,{'m' * 500},w,k,m,c,t,1,1,token\n", "model is no name"),
        ("anthropic", ANTHROPIC_USAGE + "2026-09-28,m,k,w,a,c,-1,0,0,0,0,0\n", "no_cache is no count"),
        ("anthropic", ANTHROPIC_USAGE + f"2026-09-28,m,k,w,a,c,{'9' * 400},0,0,0,0,0\n", "no_cache is no count"),
        ("focus", FOCUS + focus_row(currency=""), "BillingCurrency is not USD"),
        ("focus", FOCUS + "1,USD\n", "ChargePeriodStart is no date"),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_read_is_refused_with_its_number(kind, text, reason):
    with pytest.raises(FaultyExport, match=f"line 2: .*{reason}"):
        read(kind, text)


def test_lines_that_can_be_read_are_kept_beside_those_that_cannot():
    reading = read("openai", OPENAI_COSTS + openai_row() + openai_row(currency="eur") * 150 + openai_row())
    [line] = reading.lines
    assert line.usd == Decimal("1.0")
    assert (reading.rejected_count, len(reading.rejected)) == (150, 100)
    assert (reading.rejected[0].where, reading.rejected[-1].where) == ("line 3", "line 102")


@pytest.mark.parametrize(
    ("kind", "content", "reason"),
    [
        ("openai", b"", "line 1: an export of costs has the columns"),
        ("openai", b"foo,bar\n1,2\n", "line 1: an export of costs has the columns"),
        ("focus", b"BilledCost,BillingCurrency\n1,USD\n", "line 1: FOCUS has the columns"),
        ("focus", b'{"data": []}', "line 1: FOCUS has the columns"),
        ("openai", OPENAI_COSTS.encode() + b'1,2,"open quotes', "line 2"),
        ("openai", OPENAI_COSTS.encode() + b"\xff\xfe\n", "line 2: not UTF-8"),
        ("openai", OPENAI_COSTS.encode() + b"1,2,3,4," + b"9" * 200_000 + b"\n", "line 2: field larger"),
        ("openai", b'{"data": [{"start_time": "soon", "end_time": 1, "results": []}]}', r"\$.data\[0\].start_time"),
        ("anthropic", b"[" * 100_000, "not a report"),
        ("anthropic", b'{"data": 7}', r"\$.data"),
        ("anthropic", b'{"data": []}', "no line of the export can be compared"),
        ("openai", b'{"data": [{"start_time": 1790553600, "end_time": 1790640000, "results": [{}]}]}',
         r"page 1, \$.data\[0\].results\[0\]: neither an amount nor tokens"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_export_is_refused_with_its_place(kind, content, reason):
    with pytest.raises(FaultyExport, match=reason):
        read_export(kind, content, ())


def test_a_file_that_is_too_large_or_not_there_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "LARGEST_BYTES", 100)
    large = tmp_path / "large.csv"
    large.write_bytes(b"x" * 101)
    with pytest.raises(FaultyExport, match="larger than"):
        files.raw(large)
    with pytest.raises(FaultyExport, match="cannot be read"):
        files.raw(tmp_path / "nothing.csv")


def test_too_many_lines_are_refused(monkeypatch):
    monkeypatch.setattr(files, "MOST_ROWS", 5)
    with pytest.raises(FaultyExport, match="more than 5 lines"):
        read("openai", OPENAI_COSTS + openai_row() * 6)


HEADERS = (OPENAI_COSTS, OPENAI_USAGE, ANTHROPIC_COSTS, ANTHROPIC_USAGE, FOCUS, '{"data": [', "")


@settings(max_examples=150)
@given(
    st.sampled_from(KINDS),
    st.sampled_from(HEADERS),
    st.binary(max_size=120) | st.text(max_size=120).map(str.encode),
)
def test_no_file_breaks_the_reader(kind, header, rest):
    """Whatever stands in a file, it is read, or refused with a sentence."""
    lines, told = [], ""
    try:
        lines = read_export(kind, header.encode() + rest, ("gpt-4o",)).lines
    except ColonnadeError as error:
        told = str(error)
    assert bool(lines) != bool(told)
