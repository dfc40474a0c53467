"""Markdown shows what evidence says and does nothing with it: no markup, link, picture or mention gets through."""

from __future__ import annotations

import pytest
from exported_reports import HOSTILE, REPORTS, earlier, every_state, full_of_markup, matter, no_practice
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from msgspec.structs import replace

from colonnade.review.exports.formats import FORMATS
from colonnade.review.exports.marked import code, marked
from colonnade.review.exports.pull_request import MARKER

PARSER = MarkdownIt("commonmark", {"html": True}).enable("table").enable("strikethrough")
OURS = {MARKER, "<details><summary>Pillars</summary>", "</details>"}


def kinds(text: str) -> set[str]:
    found = set()
    for token in PARSER.parse(text):
        found |= {token.type, *(child.type for child in token.children or ())}
    return found


def foreign_html(text: str) -> list[str]:
    blocks = [token.content for token in PARSER.parse(text) if token.type == "html_block"]
    lines = [line.strip() for block in blocks for line in block.splitlines() if line.strip()]
    return [line for line in lines if line not in OURS]


@pytest.mark.parametrize("name", ["markdown", "pull-request"])
@pytest.mark.parametrize("report", REPORTS)
def test_no_report_smuggles_anything_in(name: str, report: str) -> None:
    text = FORMATS[name].write(matter(REPORTS[report]())).decode()
    assert kinds(text).isdisjoint({"html_inline", "link_open", "image", "s_open", "fence", "code_block"})
    assert foreign_html(text) == []
    assert "@team" not in text
    assert "\u202e" not in text


def test_markup_changes_nothing_of_the_structure() -> None:
    def outline(report):
        text = FORMATS["markdown"].write(matter(report)).decode()
        return [token.type for token in PARSER.parse(text) if token.type != "inline"]

    assert outline(full_of_markup()) == outline(every_state())


@given(st.text(max_size=60))
def test_any_text_is_one_paragraph_of_plain_text(text: str) -> None:
    shown = PARSER.parse(f"x {marked(text)}")
    assert [token.type for token in shown] == ["paragraph_open", "inline", "paragraph_close"]
    inner = {child.type for token in shown for child in token.children or ()}
    assert inner <= {"text", "code_inline", "text_special"}


@given(st.text(max_size=60))
def test_any_text_stays_within_its_cell(text: str) -> None:
    row = f"| a | b |\n|---|---|\n| {marked(text)} | {code(text)} |"
    cells = [token for token in PARSER.parse(row) if token.type == "td_open"]
    assert len(cells) == 2


def test_what_our_own_sentences_mark_as_code_stays_code() -> None:
    assert marked("run `colonnade up` now") == "run `colonnade up` now"
    assert marked("an odd ` back quote") == "an odd \\` back quote"
    assert code("a`b") == "``a`b``"


def test_a_comment_fits_into_a_pull_request_and_names_five_actions() -> None:
    text = FORMATS["pull-request"].write(matter()).decode()
    assert len(text) < 65_536
    assert text.startswith(MARKER)
    assert "5. " in text
    assert "6. " not in text
    assert "open HIGH risks" in text


def test_a_review_without_actions_asks_for_nothing() -> None:
    assert "What to do next" not in FORMATS["pull-request"].write(matter(no_practice())).decode()
    assert "Nothing is open" in FORMATS["markdown"].write(matter(no_practice())).decode()


def test_every_practice_and_waiver_is_told() -> None:
    text = FORMATS["markdown"].write(matter()).decode()
    assert [row.id for row in every_state().rows if row.id not in text] == []
    assert "Accepted risks" in text
    assert "&lt;b&gt;gateway&lt;/b&gt;" in text
    assert HOSTILE not in text


def test_what_changed_since_a_milestone_is_told_worst_first() -> None:
    text = FORMATS["pull-request"].write(matter(before=earlier())).decode()
    assert "### Since 2026-08-22" in text
    changes = text.partition("### Since")[2].partition("<details>")[0]
    assert [line for line in changes.splitlines() if line.startswith("| REL-")] != []
    assert "still open" in changes
    assert "| still open |" not in changes
    order = [
        line.split("|")[2].strip() for line in changes.splitlines() if line.startswith("| ") and "-0" in line
    ]
    assert order == sorted(
        order, key=["regressed", "new", "newly stale", "newly unknown", "left", "resolved"].index
    )


def test_a_milestone_full_of_markup_changes_nothing_either() -> None:
    before = full_of_markup()
    text = FORMATS["pull-request"].write(matter(full_of_markup(), before=earlier())).decode()
    assert foreign_html(text) == []
    nothing = FORMATS["pull-request"].write(matter(before, before=before)).decode()
    assert "still open" in nothing


def test_a_comment_fits_however_long_the_texts_are() -> None:
    report = every_state()
    action = replace(report.actions[0], what="*<@" * 30_000)
    rows = tuple(replace(row, title="*<@" * 30_000, reason="|" * 90_000) for row in report.rows)
    long = replace(report, rows=rows, actions=(action,) * 5)
    text = FORMATS["pull-request"].write(matter(long, before=earlier())).decode()
    assert len(text) < 65_536
    assert "..." in text
