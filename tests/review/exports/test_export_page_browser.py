"""The page in a real Chromium, opened as a file: it filters, needs no network, prints whole, and anybody can read it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from exported_reports import earlier, full_of_markup, matter
from playwright.sync_api import Browser, Page, expect, sync_playwright

from colonnade.review.exports.formats import FORMATS

CHROMIUM = Path("/usr/bin/chromium")
AXE = Path(__file__).parents[2] / "console" / "vendor" / "axe.min.js"
RULES = "{runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield launched
        launched.close()


@pytest.fixture(params=["light", "dark"])
def opened(
    request: pytest.FixtureRequest, browser: Browser, tmp_path: Path
) -> Iterator[tuple[Page, list[str]]]:
    """The page of a report full of markup, and what it did that nobody asked for."""
    file = tmp_path / "review.html"
    file.write_bytes(FORMATS["html"].write(matter(full_of_markup(), history=[earlier()])))
    page = browser.new_page(color_scheme=request.param, bypass_csp=False)
    faults: list[str] = []
    page.on("console", lambda it: faults.append(it.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("dialog", lambda dialog: faults.append(dialog.message))
    page.on("request", lambda it: None if it.url == file.as_uri() else faults.append(it.url))
    page.goto(file.as_uri())
    yield page, faults
    page.close()


def test_it_filters_by_state_pillar_and_words_without_a_fault(opened: tuple[Page, list[str]]) -> None:
    page, faults = opened
    practices = page.locator(".practice:visible")
    expect(practices).to_have_count(93)
    for state in ("unknown", "not applicable", "partial", "stale", "proven", "conflict"):
        page.get_by_label(state).uncheck()
    failed = page.locator('.practice[data-state="failed"]').count()
    expect(practices).to_have_count(failed)
    expect(page.locator("#shown")).to_have_text(f"{failed} of 93 practices shown")
    page.get_by_label("Security", exact=True).uncheck()
    expect(page.locator('.practice[data-pillar="security"]:visible')).to_have_count(0)
    page.get_by_label("Words").fill("nothing has these words")
    expect(practices).to_have_count(0)
    assert faults == []


def test_the_drawer_of_evidence_opens_and_paper_shows_everything(opened: tuple[Page, list[str]]) -> None:
    page, faults = opened
    first = page.locator(".practice:has(.drawer)").first
    first.locator("summary").first.click()
    first.locator(".drawer summary").first.click()
    expect(first.locator(".drawer table").first).to_be_visible()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    assert faults == []


def test_everybody_can_read_it(opened: tuple[Page, list[str]]) -> None:
    page, _ = opened
    page.evaluate(
        "for (const each of document.querySelectorAll('.practice')) each.open = each.dataset.pillar === 'security'"
    )
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(f"axe.run(document, {RULES})")["violations"]
    assert [(each["id"], each["nodes"][0]["html"][:200]) for each in found] == []
