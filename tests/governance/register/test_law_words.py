"""Texts of the law data in the reader's language: whole, filled in, and those that have no translation."""

import pytest
from django.utils import translation
from django.utils.translation import gettext

from governance.register.law_words import in_words
from policies.eu_ai_act.texts import texts

FILLED = {"date": "2026-12-02", "on_date": "2026-11-21", "formal": "2026-08-02", "basis": "Art 5(1)(ba), Art 5(1a)",
          "outcomes": "HIGH_RISK_ANNEX_III", "tasks": "art-6-4, art-49-2", "count": "12", "value": "no",
          "seconds": "20", "per_day": "900"}  # fmt: skip
TEMPLATES = {key: text for key, text in texts().items() if "{" in text}


def test_nothing_stays_nothing_and_an_unknown_text_stays_as_it_is() -> None:
    with translation.override("de"):
        assert in_words("") == ""
        assert in_words("a sentence of nobody: {date}") == "a sentence of nobody: {date}"


def test_a_text_is_shown_in_the_language_of_who_reads() -> None:
    text = texts()["outcome.PROHIBITED.title"]
    with translation.override("de"):
        assert in_words(text) == gettext(text) != text
    with translation.override("en"):
        assert in_words(text) == text


@pytest.mark.parametrize("key", TEMPLATES)
def test_a_text_that_was_filled_in_is_told_by_its_template(key: str) -> None:
    template, said = TEMPLATES[key], TEMPLATES[key].format(**FILLED)
    with translation.override("de"):
        assert in_words(said) == gettext(template).format(**FILLED)
        assert in_words(said) != said
    with translation.override("en"):
        assert in_words(said) == said
