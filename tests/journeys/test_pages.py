"""The pages in a real Chromium: axe-core, no complaint of the browser, no sideways scroll, keyboard, no JavaScript."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

from tests.cast import Cast
from tests.governance.web.stage import Stage, set_stage
from tests.journeys.chromium import CHROMIUM, session_of

CLICKABLE = "[...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, summary')]"
# In the dark every page is looked at, the main ones with axe-core: its colours come from the same tokens.
MAIN = {"today", "register", "use-case", "oversight-case", "decision", "fairness-case", "ledger"}
# Without preloading axe leaves the page's style sheets alone; with it, it inlines them and trips over the policy.
RULES = {
    "preload": False,
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: pages were not looked at in a browser"),
]


@pytest.fixture
def stage(cast: Cast) -> Stage:
    """Something in every room."""
    return set_stage(cast, decisions=30)


def signed_in(browser: Browser, live_server: Any, stage: Stage, **options: Any) -> BrowserContext:
    """A browser context with a session of Otto, who sees all and changes nothing."""
    return session_of(browser, live_server, stage.cast.otto, **options)


def watch(page: Page) -> list[str]:
    """Collect what the browser complains about: refused content, script errors, missing files."""
    seen: list[str] = []
    page.on(
        "console",
        lambda message: (
            seen.append(f"{message.text} {message.location.get('url', '')}")
            if message.type in {"error", "warning"}
            else None
        ),
    )
    page.on("pageerror", lambda error: seen.append(str(error)))
    # A fetch the browser gives up because the next page was asked for is no fault of the page.
    page.on(
        "requestfailed",
        lambda request: None if request.failure == "net::ERR_ABORTED" else seen.append(f"failed {request.url}"),
    )
    return seen


def violations(page: Page) -> list[str]:
    found = Axe().run(page, options=RULES).response["violations"]
    return [
        f"{each['id']}: {node['target']} {node.get('failureSummary', '')}" for each in found for node in each["nodes"]
    ]


@pytest.mark.parametrize(("theme", "width"), [pytest.param("light", 1280, marks=pytest.mark.slow), ("dark", 360)])
def test_pages_hold_in_a_browser(theme: str, width: int, browser: Browser, live_server: Any, stage: Stage) -> None:
    context = signed_in(browser, live_server, stage, viewport={"width": width, "height": 800})
    context.add_cookies([{"name": "theme", "value": theme, "url": live_server.url}])
    page = context.new_page()
    complaints = watch(page)
    wrong: dict[str, Any] = {}
    for name, path in stage.paths().items():
        page.goto(path)
        page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
        page.evaluate("document.fonts.ready")
        found, said = [], list(complaints)  # what axe itself does to the page is not the page's doing
        if theme == "light" or name in MAIN:
            found += violations(page)
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            found.append(f"scrolls sideways at {width} px")
        if found or said:
            wrong[name] = found + said
        complaints.clear()
    context.close()
    assert wrong == {}, "\n".join(f"{name}: {each}" for name, listed in wrong.items() for each in listed)


def test_sign_in_works_by_keyboard_alone(browser: Browser, live_server: Any, stage: Stage) -> None:
    from tests.cast import PASSWORD

    context = browser.new_context(base_url=live_server.url)
    page = context.new_page()
    page.goto("/")
    assert violations(page) == []
    page.locator("#id_login").focus()
    page.keyboard.type(stage.cast.otto.email)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{live_server.url}/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    context.close()


def test_everything_that_can_be_clicked_can_be_reached_with_tab(
    browser: Browser, live_server: Any, stage: Stage
) -> None:
    context = signed_in(browser, live_server, stage)
    page = context.new_page()
    page.goto(stage.paths()["register"])
    wanted = page.evaluate(f"{CLICKABLE}.filter(each => each.checkVisibility()).length")
    reached, outlined = set(), True
    for _ in range(wanted + 10):
        page.keyboard.press("Tab")
        place = page.evaluate(f"{CLICKABLE}.indexOf(document.activeElement)")
        reached.add(place)
        outlined &= place < 0 or page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    assert len(reached - {-1}) == wanted
    assert outlined
    context.close()


def test_rows_are_walked_with_j_and_k_and_the_theme_changes_in_place(
    browser: Browser, live_server: Any, stage: Stage
) -> None:
    context = signed_in(browser, live_server, stage)
    page = context.new_page()
    page.goto(stage.paths()["register"])
    page.keyboard.press("j")
    first = page.evaluate("document.activeElement.getAttribute('href')")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.getAttribute('href')") != first
    page.keyboard.press("k")
    assert page.evaluate("document.activeElement.getAttribute('href')") == first
    page.get_by_role("button", name="dark").click()
    page.locator("html[data-theme=dark]").wait_for()
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    context.close()


def test_journeys_work_without_javascript(browser: Browser, live_server: Any, stage: Stage) -> None:
    context = signed_in(browser, live_server, stage, java_script_enabled=False)
    page = context.new_page()
    page.goto("/")
    page.get_by_role("link", name="Register", exact=True).click()
    page.get_by_label("Search name, reference, purpose").fill("Benefit")
    page.get_by_role("button", name="Filter").click()
    assert "q=Benefit" in page.url
    page.get_by_role("link", name="Benefit check").first.click()
    page.get_by_role("link", name="Oversight", exact=True).last.click()
    page.get_by_role("link", name=stage.decision).click()
    assert page.get_by_role("heading", level=1).inner_text() == f"Decision {stage.decision}"
    page.get_by_role("button", name="dark").click()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    context.close()


def test_a_page_prints_without_navigation_and_with_its_fingerprint(
    browser: Browser, live_server: Any, stage: Stage
) -> None:
    context = signed_in(browser, live_server, stage)
    page = context.new_page()
    page.goto(stage.paths()["use-case"])
    page.emulate_media(media="print")
    assert not page.get_by_role("navigation", name="Places").is_visible()
    assert page.locator(".foot .print").is_visible()
    assert page.locator(".page-head h1").is_visible()
    context.close()
