"""The page shows evidence as text, loads nothing, and allows its own style and script by digest alone."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from exported_reports import HOSTILE, REPORTS, earlier, every_state, full_of_markup, matter, one_practice

from colonnade.review.exports.drawings import radar, trends
from colonnade.review.exports.formats import FORMATS
from colonnade.review.exports.page import coded, policy


class Seen(HTMLParser):
    """Elements, attributes and text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.elements.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data):
        self.texts.append(data)


def page(report=None, **other) -> str:
    return FORMATS["html"].write(matter(report, **other)).decode()


@pytest.mark.parametrize("report", REPORTS)
def test_nothing_is_loaded_and_nothing_runs_but_our_own(report: str) -> None:
    seen = Seen(page(REPORTS[report]()))
    assert seen.elements.count("script") == 1
    assert seen.elements.count("style") == 1
    assert not {"img", "link", "iframe", "object", "base", "a"} & set(seen.elements) - {"a"}
    assert [each for each in seen.attributes if each[1].startswith("on") or each[1] in {"src", "style"}] == []
    assert {value for _, name, value in seen.attributes if name in {"href", "action"}} == {"#practices"}


def test_markup_in_evidence_is_text() -> None:
    written = page(full_of_markup())
    assert "<script>alert" not in written
    assert "<img" not in written
    text = "".join(Seen(written).texts)
    assert "<script>alert(1)</script>" in text
    assert set(Seen(written).elements) == set(Seen(page(every_state())).elements)
    assert HOSTILE not in written


def test_the_policy_names_style_and_script_by_digest() -> None:
    written = page()
    style = re.search(r"<style>(.*?)</style>", written, re.DOTALL)
    script = re.search(r"<script>(.*?)</script>", written, re.DOTALL)
    assert style is not None
    assert script is not None
    seen = Seen(written)
    stated = next(value for _, name, value in seen.attributes if name == "content" and "default-src" in value)
    assert stated == policy(style[1], script[1])
    assert "unsafe" not in stated
    assert stated.startswith("default-src 'none'")


def test_code_is_marked_and_everything_is_escaped() -> None:
    assert coded("run `<b>` <i>") == "run <code>&lt;b&gt;</code> &lt;i&gt;"
    assert coded("odd ` <i>") == "odd ` &lt;i&gt;"


def test_every_practice_has_its_drawer() -> None:
    written = page()
    assert written.count('<details class="practice"') == 93
    assert written.count('<details class="drawer"') == sum(
        bool(signal.evidence) for row in every_state().rows for signal in row.signals
    )
    assert "accepted until 2026-12-31" in written


def test_the_radar_is_told_in_words_and_stays_in_its_box() -> None:
    drawn = radar(every_state().pillars)
    assert len(drawn.spokes) == 8
    assert "Reliability 100%" in drawn.sentence
    assert drawn.sentence in page()
    corners = [float(each) for each in re.split(r"[ ,]", " ".join((*drawn.rings, drawn.outline)))]
    assert min(corners) >= 80
    assert max(corners) <= 320


def test_a_trend_needs_two_reports_and_tells_each_in_words() -> None:
    assert trends([every_state()]) == ()
    drawn = trends([earlier(), every_state()])
    assert [each.name for each in drawn][:2] == ["Open HIGH risks", "Use case"]
    assert f"{earlier().headline.open_high} on" in drawn[0].sentence
    assert "Trend over milestones" not in page()
    assert drawn[0].sentence in page(history=[earlier()])


def test_a_page_of_one_practice_has_one() -> None:
    assert page(one_practice()).count('<details class="practice"') == 1
