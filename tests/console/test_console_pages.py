"""Every page over a real server, a real ledger and a real review."""

import re
import time
from pathlib import Path

import httpx
import pytest
from populated import ANSWERED, HOSTILE, SECRET_MAIL
from selectolax.lexbor import LexborHTMLParser as HTMLParser
from selectolax.lexbor import LexborNode as Node

from colonnade.assembly.opened import opened
from colonnade.assembly.reviewing import review_workload
from colonnade.review.catalogue import PILLARS, catalogue

PAGES = (
    "/",
    *(f"/pillars/{pillar}" for pillar in PILLARS),
    "/practices/UC-03",
    "/practices/sec-02",
    "/requests",
    "/requests?route=answer&outcome=answered",
    "/requests/req-unwished-000",
    "/indicators",
    "/drills",
    "/cost",
    "/cost?span=week&by=team",
    "/cost?span=month&by=nonsense",
)


def page(client: httpx.Client, path: str, status: int = 200) -> HTMLParser:
    answer = client.get(path)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return HTMLParser(answer.text)


def text(node: HTMLParser | Node, selector: str) -> str:
    found = node.css_first(selector)
    assert found is not None, selector
    return " ".join(found.text().split())


def rows(node: HTMLParser, selector: str = "tbody tr") -> list[list[str]]:
    return [[" ".join(cell.text().split()) for cell in row.css("th, td")] for row in node.css(selector)]


def an_answered_request(client: httpx.Client) -> str:
    found = page(client, "/requests?route=answer&outcome=answered").css_first("tbody th a")
    assert found is not None
    return found.attributes["href"] or ""


@pytest.mark.parametrize("path", PAGES)
def test_pages_have_one_heading_landmarks_and_unique_ids(reader: httpx.Client, path: str):
    shown = page(reader, path)
    assert len(shown.css("h1")) == len(shown.css("main")) == 1
    assert shown.css_first("html").attributes["lang"] == "en"
    ids = [node.attributes["id"] for node in shown.css("[id]")]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("path", PAGES)
def test_hostile_text_stays_text(reader: httpx.Client, path: str):
    answer = reader.get(path)
    assert HOSTILE not in answer.text
    sources = [script.attributes.get("src", "") for script in HTMLParser(answer.text).css("script")]
    assert sources
    assert all(source.startswith("/static/") for source in sources)


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_inline_and_nothing_is_elsewhere(reader: httpx.Client, path: str):
    shown = HTMLParser(reader.get(path).text)
    assert not shown.css("style, [style], script:not([src])")
    inline = [
        name
        for node in shown.css("*")
        for name in node.attributes
        if name.startswith("on") or "hx-on" in name
    ]
    assert not inline
    named = [
        node.attributes.get("href") or node.attributes.get("src") or "" for node in shown.css("[href], [src]")
    ]
    assert all(re.match(r"[/#](?!/)", place) for place in named), named


def test_hostile_text_is_shown(reader: httpx.Client):
    shown = page(reader, "/requests/req-unwished-000")
    assert shown.css_first("table.way tbody th").text() == HOSTILE
    assert text(shown, ".sources h3") == HOSTILE


def test_the_scoreboard_shows_what_the_review_says(reader: httpx.Client, populated: Path):
    shown = page(reader, "/")
    report = review_workload(populated, None, time.time())
    columns = shown.css("svg.colonnade a")
    assert [it.attributes["href"] for it in columns] == [f"/pillars/{name}" for name in PILLARS]
    drawn = {text(it, "desc") for it in columns}
    for row, pillar in zip(rows(shown, "#pillars ~ .scroll tbody tr"), report.pillars, strict=True):
        assert row[1] == pillar.letter
        assert any(f"grade {pillar.letter}, score {row[2]}" in sentence for sentence in drawn)
        assert row[5] == f"{pillar.proven} of {pillar.applicable}"
    assert text(shown, ".card.alarm .much") == str(report.headline.open_high)
    assert len(shown.css("#risks ~ ul li")) == report.headline.open_high
    assert len(shown.css(".actions > li")) == min(5, len(report.actions))


def test_the_environment_and_its_rules_are_shown_plainly(reader: httpx.Client):
    said = text(page(reader, "/"), ".sampling")
    assert "enough in rehearsal" in said
    assert "last 1 h" in said
    assert "5 samples" in said
    assert "90%" in said
    assert "1 minute." in said
    assert "proves nothing about production" in said


def test_cracks_are_drawn_exactly_where_a_high_is_open(reader: httpx.Client):
    for column in page(reader, "/").css("svg.colonnade a"):
        open_high = "HIGH open" in text(column, "desc")
        assert bool(column.css(".crack")) == bool(column.css("text.high")) == open_high


def test_a_pillar_leads_to_its_practices(reader: httpx.Client):
    shown = page(reader, "/pillars/security")
    found = {(link.attributes["href"] or "").rpartition("/")[2] for link in shown.css("tbody th a")}
    assert found == {each.id for each in catalogue().practices if each.pillar == "security"}


def test_every_practice_has_a_page(reader: httpx.Client):
    for each in catalogue().practices:
        assert each.id in text(page(reader, f"/practices/{each.id}"), "h1")


def test_a_practice_leads_to_the_record_it_rests_on(reader: httpx.Client):
    shown = page(reader, "/practices/UC-03")
    link = shown.css_first("table.evidence a")
    assert link is not None
    record = page(reader, link.attributes["href"] or "")
    assert text(record, "h1") == "Record of telemetry.indicators"
    assert '"baseline": 0.4' in record.css_first("pre").text()
    assert "not yet held by the ledger" in text(record, ".when")


def test_a_record_of_the_ledger_is_told_from_a_look(reader: httpx.Client, populated: Path):
    with opened(populated) as (_, ledger, _):
        kept = ledger.records("rehearsal")[0].id
    assert "Held by the ledger" in text(page(reader, f"/records/{kept}"), ".when")


def test_looking_writes_no_evidence(reader: httpx.Client, populated: Path):
    with opened(populated) as (_, ledger, _):
        before = len(ledger.records("rehearsal"))
        for path in PAGES:
            reader.get(path)
        assert len(ledger.records("rehearsal")) == before


def test_requests_are_listed_newest_first(reader: httpx.Client):
    moments = [row[0] for row in rows(page(reader, "/requests"))]
    assert len(moments) == ANSWERED + 3
    assert moments == sorted(moments, reverse=True)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("outcome=answered", ANSWERED),
        ("outcome=failed", 3),
        ("outcome=refused", 0),
        ("outcome=nonsense", ANSWERED + 3),
        ("route=answer", ANSWERED // 2),
        ("text=unwished", 3),
        ("text=unwished_000", 0),
        ("text=%25", 0),
        ("before=nonsense", ANSWERED + 3),
        ("before=nan~x", ANSWERED + 3),
        ("before=1.0~req", 0),
    ],
)
def test_requests_are_found(reader: httpx.Client, query: str, count: int):
    assert len(page(reader, f"/requests?{query}").css("tbody tr")) == count


def test_a_filter_is_repeated_in_its_form(reader: httpx.Client):
    form = page(reader, f"/requests?route={HOSTILE}&text=%22%3E%3Cscript%3E").css_first("form")
    assert form is not None
    assert form.css_first("select[name=route] option[selected]").text() == HOSTILE
    assert form.css_first("input[name=text]").attributes["value"] == '"><script>'


def test_a_request_is_explained(reader: httpx.Client):
    shown = page(reader, an_answered_request(reader))
    stages = [row[2] for row in rows(shown, "table.way tbody tr")]
    assert {"identify", "render", "meter", "footprint"} <= set(stages)
    told = shown.css_first("main").text()
    assert "priced by owner: invented for tests" in " ".join(told.split())
    assert "gCO2e" in told
    assert "tier modelled_open" in " ".join(told.split())


def test_stored_text_is_shown_only_when_asked_for(reader: httpx.Client, address: str):
    path = an_answered_request(reader)
    closed = page(reader, path)
    assert "When is the desk open" not in closed.css_first("main").text()
    form = closed.css_first("form[method=post]")
    assert form is not None
    assert (form.attributes["action"] or "").removesuffix("#text") == f"{path}/text"
    answer = reader.post(f"{path}/text", headers={"origin": address})
    assert "When is the desk open" in answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_stored_text_is_redacted(reader: httpx.Client, address: str):
    path = an_answered_request(reader)
    assert SECRET_MAIL not in reader.post(f"{path}/text", headers={"origin": address}).text


def test_where_no_text_was_stored_none_is_offered(reader: httpx.Client, address: str):
    shown = page(reader, "/requests/req-unwished-000")
    assert not shown.css("form[method=post]")
    answer = reader.post("/requests/req-unwished-000/text", headers={"origin": address})
    assert "Nothing is kept" in answer.text


def test_indicators_stand_against_baseline_and_target(reader: httpx.Client):
    first, second = page(reader, "/indicators").css(".indicator")
    assert text(first, "h2") == "Share of questions that get an answer"
    assert "72.7%" in text(first, ".reading")
    assert "target not reached" in text(first, ".reading")
    assert "at least 80.0%" in text(first, "dl")
    assert "Ada Berg" in text(first, "dl")
    assert "target reached" in text(second, ".reading")
    assert f"n{ANSWERED} " in text(second, "dl")


def test_cost_and_carbon_are_told_in_tables(reader: httpx.Client):
    shown = page(reader, "/cost")
    totals = {row[0]: row for row in rows(shown, "#cost-time ~ .scroll tbody tr")}
    assert set(totals) == {"answer", "plain", HOSTILE}
    assert totals["answer"][1:3] == [str(ANSWERED // 2)] * 2
    assert totals[HOSTILE][5] == "3"
    assert len(rows(shown, "#carbon-time ~ .scroll tbody tr")) == 24
    assert "at least: 3 requests have no known price" in text(shown, ".cards")


def test_charts_get_the_same_figures(reader: httpx.Client):
    figures = reader.get("/series.json?span=day&by=route").json()
    assert len(figures["at"]) == 24
    lines = {line["name"]: sum(line["usd"]) for line in figures["cost"]}
    assert lines["plain"] > 0
    assert lines[HOSTILE] == 0
    assert 0 < sum(figures["carbon_min_g"]) < sum(figures["carbon_max_g"])


@pytest.mark.parametrize(
    "path",
    [
        "/nope",
        "/pillars/none",
        "/practices/XX-99",
        "/requests/none",
        "/records/sha256:0",
        f"/pillars/{HOSTILE}",
    ],
)
def test_what_is_not_there_is_said(reader: httpx.Client, path: str):
    shown = page(reader, path, 404)
    assert text(shown, "h1") == "Not found"
    assert shown.css_first("main a[href='/']") is not None


def test_a_wrong_method_is_refused(reader: httpx.Client, address: str):
    answer = reader.post("/cost", headers={"origin": address})
    assert answer.status_code == 405
    assert "Not possible here" in answer.text


def test_the_current_page_is_marked(reader: httpx.Client):
    for path, expected in (("/cost", "page"), ("/requests/req-unwished-000", "true")):
        [marked] = page(reader, path).css("nav [aria-current]")
        assert marked.attributes["aria-current"] == expected
        assert path.startswith(marked.attributes["href"] or "?")
