"""A reviewer clears the queue by keyboard alone, in a real Chromium; axe-core finds nothing on any of the pages."""

import os
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from audit.models import ReviewTask
from governance.models import User
from tests.audit.reviews.house import House, build
from tests.journeys.chromium import CHROMIUM, session_of
from tests.journeys.test_pages import violations, watch

TASKS = 10
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: reviews were not done in a browser"),
]


@pytest.fixture
def house() -> House:
    """Ten cases that wait for Rita."""
    house = build(prompts=["Who is most affected?"], reason_codes=["INCOME", "OTHER"])
    for number in range(TASKS):
        house.propose(
            f"B-{number:02d}",
            options=["grant", "refuse"],
            rationale="The income of the last twelve months lies below the line; nobody else earns anything.",
            payroll="Twelve payslips, the last of October.",
            flags=["novel"] if number == 7 else [],
        )
    house.fold()
    return house


def signed_in(browser: Browser, live_server: Any, user: User, **options: Any) -> BrowserContext:
    """A browser context with a session of ``user``."""
    context = session_of(browser, live_server, user, **options)
    context.set_default_timeout(60_000)
    return context


def decide(page: Page, act: str) -> None:
    """One case from the page where it is offered to the page of the next, without a mouse."""
    expect(page.locator("[data-take]")).to_be_focused()
    page.keyboard.press("Enter")
    page.locator("[data-review-form]").wait_for()
    expect(page.locator("[data-review-heading]")).to_be_focused()
    page.keyboard.press("e")
    expect(page.locator(".evidence-content")).to_be_focused()
    page.keyboard.press(act)
    expect(page.locator("[name=outcome]:checked")).to_be_focused()
    page.keyboard.press("t")
    page.keyboard.type("Seen, and so decided.")
    while page.evaluate("document.activeElement.id") != "id_answer_0":  # back to the question, as a person would
        page.keyboard.press("Shift+Tab")
    page.keyboard.type("The household")
    if act == "o":
        page.locator("#id_final_value").wait_for()
        while page.evaluate("document.activeElement.id") != "id_final_value":
            page.keyboard.press("Tab")
        page.keyboard.type("refuse")
        while page.evaluate("document.activeElement.id") != "id_reason_code":
            page.keyboard.press("Tab")
        page.keyboard.press("I")
    here = page.url
    page.keyboard.press("Control+Enter")
    page.wait_for_url(lambda url: url != here)


def test_ten_reviews_by_keyboard_alone(browser: Browser, live_server: Any, house: House) -> None:
    context = signed_in(browser, live_server, house.reviewers["rita"])
    page = context.new_page()
    complaints = watch(page)
    page.goto("/reviews/")
    while not page.evaluate("document.activeElement.matches('[data-next-review]')"):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/reviews/*-*/")
    for number in range(TASKS):
        decide(page, "aorar"[number % 5])
    expect(page.get_by_text("Your queue is empty")).to_be_visible()
    assert complaints == []
    context.close()
    house.fold()
    tasks = list(ReviewTask.objects.all())
    assert {task.state for task in tasks} == {"submitted"}
    assert sorted({task.outcome for task in tasks}) == ["approve", "override", "reject"]
    assert all(task.evidence_opened == ["payroll"] for task in tasks)
    first = max(tasks, key=lambda task: task.priority)
    assert first.decision_id == "B-07"  # what is novel came first
    assert min(tasks, key=lambda task: task.ended_at).pk == first.pk  # type: ignore[arg-type, return-value]


def test_time_is_measured_and_what_is_hidden_is_not_active(browser: Browser, live_server: Any, house: House) -> None:
    context = signed_in(browser, live_server, house.reviewers["rita"])
    page = context.new_page()
    page.goto("/reviews/next/")
    page.get_by_role("button", name="Take this review").click()
    page.locator("[data-review-form]").wait_for()
    page.evaluate(
        """() => {
            Object.defineProperty(document, "hidden", { configurable: true, get: () => true });
            document.dispatchEvent(new Event("visibilitychange"));
        }"""
    )
    page.wait_for_timeout(400)
    page.evaluate(
        """() => {
            Object.defineProperty(document, "hidden", { configurable: true, get: () => false });
            document.dispatchEvent(new Event("visibilitychange"));
        }"""
    )
    page.evaluate("document.querySelector('[data-review-form]').addEventListener('submit', (e) => e.preventDefault())")
    page.keyboard.press("Control+Enter")
    spent = page.evaluate(
        "Object.fromEntries([...document.querySelectorAll('[data-measure]')].map(e => [e.dataset.measure, +e.value]))"
    )
    assert spent["hidden_ms"] >= 300
    assert spent["active_ms"] > 0
    context.close()


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 360)])
def test_review_pages_hold(theme: str, width: int, browser: Browser, live_server: Any, house: House) -> None:
    context = signed_in(browser, live_server, house.reviewers["rita"], viewport={"width": width, "height": 800})
    context.add_cookies([{"name": "theme", "value": theme, "url": live_server.url}])
    page = context.new_page()
    complaints = watch(page)
    wrong: dict[str, list[str]] = {}

    def look(name: str) -> None:
        page.evaluate("document.fonts.ready")
        found = violations(page)
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            found.append(f"scrolls sideways at {width} px")
        if found:
            wrong[name] = found
        if os.environ.get("REVIEW_SCREENS"):
            page.screenshot(path=f"{os.environ['REVIEW_SCREENS']}/{name}-{theme}.png", full_page=True)

    page.goto("/reviews/")
    look("queue")
    page.goto("/reviews/next/")
    look("offered")
    page.get_by_role("button", name="Take this review").click()
    page.locator("[data-review-form]").wait_for()
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    look("deciding")
    page.get_by_role("button", name="Record my decision").click()
    page.get_by_text("Nothing was recorded yet").wait_for()
    look("faulty")
    assert wrong == {}
    # The answer 422 to an incomplete form is the page's own; the browser notes it and that is all.
    assert [each for each in complaints if "422" not in each] == []
    context.close()
