"""Colours are chosen once: paper prints the page's light tokens, and both themes keep their contrast (WCAG 2.2)."""

import re
from pathlib import Path

import pytest

from audit.charts import palette
from governance.web import words

CSS = Path(words.__file__).parent / "static" / "css"
TOKENS = re.compile(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)")
THEMES = {"light": 1, "dark": 2}


def tokens(theme: str) -> dict[str, str]:
    found = TOKENS.finditer((CSS / "tokens.css").read_text(encoding="utf-8"))
    return {each[1]: each[THEMES[theme] + 1] for each in found}


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_contrast_formula_gives_the_known_extremes() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("ground", ["paper", "raised"])
@pytest.mark.parametrize("ink", ["ink", "quiet", "accent", "pass", "attention", "insufficient", "breach"])
def test_text_can_be_read_on_every_ground(theme: str, ground: str, ink: str) -> None:
    assert contrast(tokens(theme)[ink], tokens(theme)[ground]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_lines_that_mean_something_and_button_text_stand_out(theme: str) -> None:
    colours = tokens(theme)
    assert contrast(colours["rule"], colours["paper"]) >= 3
    assert contrast(colours["tone-1"], colours["paper"]) >= 3
    assert contrast(colours["on-accent"], colours["accent"]) >= 4.5


def test_paper_prints_the_colours_of_the_light_page() -> None:
    light = tokens("light")
    named = {
        "paper": palette.PAPER, "ink": palette.INK, "quiet": palette.QUIET, "hairline": palette.HAIRLINE,
        "rule": palette.RULE, "accent": palette.ACCENT, "pass": palette.WITHIN, "attention": palette.ATTENTION,
        "insufficient": palette.INSUFFICIENT, "breach": palette.BREACH, "band": palette.look("band").fill,
        **{f"tone-{place}": tone for place, tone in enumerate(palette.TONES)},
    }  # fmt: skip
    assert named == {name: light[name] for name in named}


def test_every_state_has_a_word_and_a_shape_of_the_sprite() -> None:
    sprite = (CSS.parent / "img" / "icons.svg").read_text(encoding="utf-8")
    for table in (words.STATES, words.TIERS, words.MODES):
        for code, word in table.items():
            assert str(word.text), code
            assert f'id="{word.icon}"' in sprite, code


def test_no_stylesheet_fetches_anything_from_elsewhere() -> None:
    for path in CSS.glob("*.css"):
        for address in re.findall(r"url\(\"?([^\")]+)", path.read_text(encoding="utf-8")):
            assert (path.parent / address).resolve().is_file(), (path.name, address)
