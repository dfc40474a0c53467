"""The console in a real Chromium: no fault on any page, no request elsewhere, and usable without a mouse."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, StorageState, expect, sync_playwright
from populated import CHROMIUM, HOSTILE, TOKEN

from colonnade.review.catalogue import PILLARS

pytestmark = pytest.mark.browser

ARGUMENTS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
PAGES = (
    "/", "/pillars/security", "/practices/UC-03", "/requests", "/requests/req-unwished-000", "/indicators",
    "/cost", "/cost?span=week&by=team",
)  # fmt: skip
DESK = {"width": 1280, "height": 900}
AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
RULES = "{runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}"


@dataclass
class Watched:
    """What a page did that nobody asked for."""

    base: str
    faults: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        page.on(
            "console", lambda it: self.faults.append(it.text) if it.type in {"error", "warning"} else None
        )
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("request", lambda it: None if it.url.startswith(self.base) else self.faults.append(it.url))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def session(browser: Browser, address: str) -> StorageState:
    """The cookie of somebody who opened the console with its token."""
    context = browser.new_context(base_url=address)
    page = context.new_page()
    page.goto(f"/?token={TOKEN}")
    assert page.url == f"{address}/"
    kept = context.storage_state()
    context.close()
    return kept


@pytest.fixture(scope="module")
def light(browser: Browser, address: str, session: StorageState) -> Iterator[BrowserContext]:
    made = browser.new_context(base_url=address, storage_state=session, color_scheme="light", viewport=DESK)
    yield made
    made.close()


@pytest.fixture(scope="module")
def dark(browser: Browser, address: str, session: StorageState) -> Iterator[BrowserContext]:
    made = browser.new_context(base_url=address, storage_state=session, color_scheme="dark", viewport=DESK)
    yield made
    made.close()


@pytest.fixture(params=["light", "dark"])
def context(request: pytest.FixtureRequest) -> BrowserContext:
    return request.getfixturevalue(request.param)


@pytest.fixture
def page(light: BrowserContext) -> Iterator[Page]:
    made = light.new_page()
    yield made
    made.close()


def settle(page: Page) -> None:
    for chart in page.locator("[data-chart]").all():
        expect(chart.locator("canvas, :text('No request')").first).to_be_visible()


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_whole_and_accessible(context: BrowserContext, address: str, path: str, tmp_path: Path):
    watched, page = Watched(address), context.new_page()
    watched.watch(page)
    page.goto(path)
    settle(page)
    page.screenshot(path=tmp_path / "page.png", full_page=True)
    page.evaluate(AXE)
    found = page.evaluate(f"axe.run(document, {RULES})")["violations"]
    page.close()
    assert watched.faults == []
    assert [f"{it['id']}: {node['html'][:160]}" for it in found for node in it["nodes"]] == []
    assert (tmp_path / "page.png").stat().st_size > 10_000


def test_light_and_dark_differ(light: BrowserContext, dark: BrowserContext):
    grounds = set()
    for context in (light, dark):
        page = context.new_page()
        page.goto("/indicators")
        grounds.add(page.evaluate("getComputedStyle(document.documentElement).backgroundColor"))
        page.close()
    assert len(grounds) == 2


def test_the_keyboard_reaches_everything_and_is_seen(page: Page):
    page.goto("/")
    page.keyboard.press("Tab")
    skip = page.locator(":focus")
    assert skip.inner_text() == "Skip to the content"
    box = skip.bounding_box()
    assert box is not None
    assert box["y"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    reached: list[str] = []
    for _ in range(14):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id"))
    assert [f"column-{name}" for name in PILLARS] == [name for name in reached if name.startswith("column-")]


def test_focus_on_a_column_is_drawn_and_leads_to_its_pillar(page: Page):
    page.goto("/")
    page.locator("#column-cost").focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    stroke = page.locator("#column-cost .hit").evaluate("it => getComputedStyle(it).strokeWidth")
    assert stroke == "3px"
    page.keyboard.press("Enter")
    page.wait_for_url("**/pillars/cost")


def test_no_key_is_trapped(page: Page):
    page.goto("/requests")
    first = None
    for _ in range(200):
        page.keyboard.press("Tab")
        place = page.evaluate("document.activeElement.outerHTML.slice(0, 120)")
        first = first or place
        if place.startswith("<body"):
            return
    pytest.fail("the focus never left the page")


def test_a_page_refreshes_itself_until_it_is_paused(page: Page):
    page.goto("/")
    button = page.get_by_role("button", name="Live")
    expect(button).to_have_attribute("aria-pressed", "true")
    before = page.locator("#review .when time").get_attribute("datetime")
    page.locator("#column-cost").focus()
    page.wait_for_timeout(5200)  # as long as a review is kept
    page.evaluate(
        "htmx.ajax('GET', '/', {source: '#review', target: '#review', select: '#review', swap: 'outerHTML'})"
    )
    expect(page.locator("#review .when time")).not_to_have_attribute("datetime", before or "")
    assert page.evaluate("document.activeElement.id") == "column-cost"
    button.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "false")
    asked: list[str] = []
    page.on("request", lambda it: asked.append(it.url))
    page.evaluate("htmx.ajax('GET', '/', {source: '#review'})")
    page.wait_for_timeout(300)
    assert asked == []
    page.reload()
    expect(page.get_by_role("button", name="Live")).to_have_attribute("aria-pressed", "false")


def test_drilling_down_ends_at_a_record(page: Page):
    page.goto("/")
    page.locator("#pillar-use_case").click()
    page.get_by_role("link", name=re.compile("UC-03")).click()
    page.locator("table.evidence a").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Record of telemetry.indicators")


def test_stored_text_appears_after_a_click(page: Page):
    page.goto("/requests?outcome=answered&route=answer")
    page.locator("tbody th a").first.click()
    assert "When is the desk open" not in page.content()
    page.get_by_role("button", name="Show stored text").click()
    expect(page.locator("pre.text").first).to_contain_text("When is the desk open")


def test_hostile_text_runs_nothing(page: Page):
    spoken: list[str] = []
    page.on("dialog", lambda dialog: (spoken.append(dialog.message), dialog.dismiss()))
    for path in ("/requests", "/requests/req-unwished-000", "/cost?by=team"):
        page.goto(path)
        settle(page)
        expect(page.locator("main")).to_contain_text(HOSTILE)
    assert spoken == []


def test_the_policy_stops_what_is_inline(page: Page):
    page.goto("/")
    ran = page.evaluate(
        """() => { const made = document.createElement('script'); made.textContent = 'window.ran = true';
        document.body.append(made); return window.ran === true; }"""
    )
    assert ran is False


def test_pages_work_without_javascript(browser: Browser, address: str, session: StorageState):
    made = browser.new_context(base_url=address, storage_state=session, java_script_enabled=False)
    page = made.new_page()
    for path in PAGES:
        page.goto(path)
        expect(page.locator("h1")).to_be_visible()
    page.goto("/cost")
    expect(page.locator("#carbon-time ~ .scroll tbody tr")).to_have_count(24)
    expect(page.get_by_role("button", name="Live")).to_have_count(0)
    made.close()


def test_a_narrow_screen_scrolls_only_in_its_tables(page: Page):
    page.set_viewport_size({"width": 360, "height": 740})
    for path in PAGES:
        page.goto(path)
        settle(page)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, path


def test_a_stranger_signs_in_by_the_form(browser: Browser, address: str):
    made = browser.new_context(base_url=address)
    page = made.new_page()
    page.goto("/requests")
    page.get_by_label("Token").fill(TOKEN)
    page.get_by_role("button", name="Open the console").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Scoreboard")
    made.close()
