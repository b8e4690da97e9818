"""German is complete: every message has its text, keeps its placeholders, and the compiled file is the current one."""

import ast
import gettext
import re
from pathlib import Path

import pytest

from policies.eu_ai_act.texts import texts as law_texts

ROOT = Path(__file__).resolve().parents[1]
CATALOGUES = sorted(ROOT.glob("*/locale/de/LC_MESSAGES/django.po"))
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}")


def messages(path: Path) -> dict[str, list[str]]:
    """Return ``{msgid: [texts]}`` of a catalogue, without its header."""
    found: dict[str, list[str]] = {}
    for block in path.read_text(encoding="utf-8").split("\n\n"):
        lines = [line for line in block.splitlines() if not line.startswith("#")]
        parts: list[tuple[str, str]] = []
        for line in lines:
            keyword, _, text = line.partition(" ") if line.startswith("msg") else ("", "", line)
            if keyword:
                parts.append((keyword, ast.literal_eval(text)))
            elif parts:
                parts[-1] = (parts[-1][0], parts[-1][1] + ast.literal_eval(text))
        identity = next((text for keyword, text in parts if keyword == "msgid"), "")
        if identity:
            # A form for one may leave the number out and the form for many not: both may use what either has.
            identity += next((f"\n{text}" for keyword, text in parts if keyword == "msgid_plural"), "")
            found[identity] = [text for keyword, text in parts if keyword.startswith("msgstr")]
    return found


def test_there_are_catalogues() -> None:
    assert [path.parents[3].name for path in CATALOGUES] == ["audit", "governance"]


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parents[3].name)
def test_every_message_has_a_text_with_the_same_placeholders(path: Path) -> None:
    said = messages(path)
    assert len(said) > 400
    for identity, texts in said.items():
        for text in texts:
            assert text, identity
            assert set(PLACEHOLDER.findall(text)) <= set(PLACEHOLDER.findall(identity)), identity


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parents[3].name)
def test_the_compiled_file_says_what_the_catalogue_says(path: Path) -> None:
    with path.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for identity, texts in messages(path).items():
        assert len(texts) > 1 or compiled.gettext(identity) == texts[0], identity


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parents[3].name)
def test_words_we_never_say_in_german_either(path: Path) -> None:
    text = " ".join(text for texts in messages(path).values() for text in texts).lower()
    for word in ("fälschungssicher", "garantiert", "unvoreingenommen"):
        assert word not in text


def test_every_text_of_the_law_data_has_its_german() -> None:
    known = {identity for path in CATALOGUES for identity in messages(path)}
    missing = {key: text for key, text in law_texts().items() if re.search("[A-Za-z]", text) and text not in known}
    assert not missing
