"""From an empty register to a classified use case, by keyboard alone, in a real Chromium.

How long it takes a person is estimated, not timed: the keystroke-level model (Card, Moran and Newell 1980) with 0.28 s
a key and 1.35 s of thought before each page, and 238 words a minute for reading (Brysbaert 2019) what is asked:
headings and lines to mark or choose from. Whoever also reads every explanation and example takes longer; that figure
is printed."""

import re
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from governance.models import Classification, UseCase
from governance.register import latest_classification
from tests.cast import Cast
from tests.journeys.chromium import CHROMIUM, session_of
from tests.journeys.test_pages import violations, watch

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: nothing was registered in a browser"),
]
KEY_SECONDS, THOUGHT_SECONDS, WORDS_PER_SECOND = 0.28, 1.35, 238 / 60
FIVE_MINUTES = 300
YES = {"Q1", "Q2", "Q20a", "Q26"}
PURPOSES = {
    "minimal": "Sorts the letters of the house by department; a clerk reads each.",
    "high": "Proposes who gets the housing benefit; a case worker decides.",
}


@dataclass
class Hands:
    """Somebody with a keyboard and no mouse; counts keys, pages and words."""

    page: Page
    keys: int = 0
    pages: int = 0
    asked: int = 0
    explained: int = 0

    @property
    def seconds(self) -> float:
        """Time of somebody who reads what is asked."""
        return self.keys * KEY_SECONDS + self.pages * THOUGHT_SECONDS + self.asked / WORDS_PER_SECOND

    @property
    def at_most(self) -> float:
        """Time of somebody who reads every explanation and example too."""
        return self.seconds + self.explained / WORDS_PER_SECOND

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)
        self.keys += 1

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)
        self.keys += len(text)

    def to(self, selector: str) -> None:
        """Tab until the focus is on ``selector``."""
        for _ in range(80):
            if self.page.evaluate("chosen => document.activeElement?.matches(chosen) ?? false", selector):
                return
            self.press("Tab")
        raise AssertionError(f"{selector} cannot be reached with Tab on {self.page.url}")

    def go(self, key: str = "Enter") -> None:
        """Press a key that leads to the next page, and read what it asks."""
        with self.page.expect_navigation():
            self.press(key)
        self.pages += 1
        self.asked += self.words("h1, .marks, .answers, fieldset label")
        self.explained += self.words("h1 + p, .examples, .help")

    def words(self, selector: str) -> int:
        return sum(len(text.split()) for text in self.page.locator(selector).all_inner_texts())


def register(hands: Hands, tier: str) -> None:
    """From Today to a registered use case, everything entered anew."""
    hands.to("a[href='/register/new/']")
    hands.go()
    for field, text in (("name", "A first use"), ("purpose", PURPOSES[tier]), ("new_owner", "Olga Owner")):
        hands.to(f"#id_{field}")
        hands.type(text)
    hands.to("#id_new_unit")
    hands.type("Housing")
    hands.to("form[method=post] .actions button.button")
    hands.go()


def answer(hands: Hands, tier: str) -> None:
    """One step of the wizard."""
    page = hands.page
    if page.locator("input[name=list]").count():
        line = page.locator(".marks label").filter(has_text=re.compile("benefits", re.IGNORECASE))
        if tier == "high" and line.count():
            hands.press(line.first.get_attribute("data-key") or "")
        hands.go()
        return
    question = page.locator(".wizard-step form input[name=question]").first.input_value()
    if page.locator(".answers button[value=yes]").count():
        chosen = page.locator(f".answers button[value={'yes' if question in YES else 'no'}]")
        hands.go(chosen.get_attribute("data-key") or "")
        return
    if page.locator("#number").count():
        hands.type("0")
        hands.go()
        return
    wanted = page.locator("#choice-deployer" if page.locator("#choice-deployer").count() else "fieldset input").first
    if not wanted.is_checked():
        hands.press(wanted.get_attribute("aria-keyshortcuts") or "")
    hands.go()


@pytest.mark.parametrize("tier", PURPOSES)
def test_from_nothing_to_a_classified_use_case_by_keyboard(
    tier: str, browser: Browser, live_server: Any, cast: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    context = session_of(browser, live_server, cast.anna)
    context.set_default_timeout(60_000)
    page = context.new_page()
    complaints = watch(page)
    page.goto("/")
    hands = Hands(page)
    register(hands, tier)
    steps = 0
    while "/classify/result/" not in page.url:
        answer(hands, tier)
        steps += 1
        assert steps < 80, page.url
    assert violations(page) == []
    hands.to("#reason")
    hands.type("The supplier's papers and a talk with the case workers.")
    hands.to("form[method=post]:has(#reason) button.button")
    hands.go()
    assert complaints == []
    context.close()
    case = UseCase.objects.get(name="A first use")
    found = latest_classification(case)
    assert found is not None
    assert (found.tier, Classification.objects.count()) == (tier, 1)
    assert found.rules
    with capsys.disabled():
        print(
            f"\nfrom nothing to a use case classified {tier}: {hands.keys} keys, {hands.pages} pages, "
            f"{hands.asked} words asked: about {hands.seconds:.0f} s by the keystroke-level model; "
            f"with all explanations {hands.at_most:.0f} s"
        )
    assert hands.seconds < FIVE_MINUTES
