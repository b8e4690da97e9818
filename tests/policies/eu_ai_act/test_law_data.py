"""The law data: the date table against its oracle, and loading that refuses what it does not know."""

from datetime import date

import pytest

from policies.eu_ai_act import CURRENT_LAW, law_versions, load_law
from policies.eu_ai_act.conditions import names
from policies.eu_ai_act.loading import _FILES, CURRENT_VERSION, DATA, build_law
from policies.eu_ai_act.texts import texts
from policies.eu_ai_act.yaml_data import BadData, parse_yaml

# (row, applies from, before the Omnibus): Art 113 and 111 as amended by Regulation (EU) 2026/1744.
DATES = [
    ("D01", "2024-08-01", "2024-08-01"), ("D02", "2025-02-02", "2025-02-02"), ("D02b", "2026-07-27", None),
    ("D03", "2026-12-02", None), ("D04", "2025-08-02", "2025-08-02"), ("D05", "2026-07-27", "2026-08-02"),
    ("D06", "2026-08-02", "2026-08-02"), ("D07", "2027-12-02", "2026-08-02"), ("D08", "2028-08-02", "2027-08-02"),
    ("D09", "2026-12-02", "2026-08-02"), ("D10", "2026-08-02", "2026-08-02"), ("D11", "2027-08-02", "2027-08-02"),
    ("D12", None, None), ("D13", "2030-08-02", "2030-08-02"), ("D14", "2030-12-31", "2030-12-31"),
    ("D15", "2027-08-02", "2026-08-02"), ("D16", "2027-09-02", "2026-02-02"), ("D17", "2027-08-02", None),
    ("D18", "2027-08-01", None), ("D19", "2028-01-28", None), ("D20", None, "2026-02-02"),
    ("D21", "2026-12-09", "2026-12-09"), ("D22", "2027-01-01", "2026-06-30"),
]  # fmt: skip


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


@pytest.mark.parametrize(("row", "applies", "before"), DATES)
def test_a_date_row_carries_the_date_of_the_act(row: str, applies: str | None, before: str | None) -> None:
    assert CURRENT_LAW.dates[row].applies_from == _day(applies)
    assert CURRENT_LAW.dates[row].previous == _day(before)
    assert CURRENT_LAW.dates[row].confidence in ("P", "S", "M")
    assert CURRENT_LAW.dates[row].provision


def test_the_date_table_has_no_other_rows() -> None:
    assert list(CURRENT_LAW.dates) == [row for row, _, _ in DATES]
    assert all(row.applies_from or row.trigger for row in CURRENT_LAW.dates.values())


def test_every_duty_is_said_in_at_most_25_words_with_its_article() -> None:
    for duty in CURRENT_LAW.duties:
        assert len(duty.text.split()) <= 25, duty.id
        assert duty.article


def test_annex_iii_has_its_25_letters_and_art_5_its_ten() -> None:
    letters = {b for rule in CURRENT_LAW.stage("annex_iii") for b in rule.basis if b.startswith("Annex III")}
    bans = {b for rule in CURRENT_LAW.stage("prohibited") for b in rule.basis if b.startswith("Art 5(1)(")}

    points = {"1": "abc", "3": "abcd", "4": "ab", "5": "abcd", "6": "abcde", "7": "abcd", "8": "ab"}
    assert letters == {f"Annex III {n}({c})" for n, cs in points.items() for c in cs} | {"Annex III 2"}
    assert bans == {f"Art 5(1)({c})" for c in ("a", "b", "ba", "bb", "c", "d", "e", "f", "g", "h")}


def test_deleted_provisions_are_never_cited() -> None:
    text = "".join((DATA / CURRENT_VERSION / f"{name}.yaml").read_text() for name in _FILES)

    assert "10(5)" not in text
    assert "A1:" not in text  # machinery left Annex I Section A in 2026
    assert "B21" in text


def test_the_law_is_loaded_once_and_frozen() -> None:
    assert load_law() is CURRENT_LAW
    with pytest.raises(AttributeError):
        CURRENT_LAW.digest = "x"  # type: ignore[misc]
    with pytest.raises(TypeError):
        CURRENT_LAW.dates["D01"] = None  # type: ignore[index]


def _parts(**changed: tuple[str, str]) -> dict[str, bytes]:
    parts = {name: (DATA / CURRENT_VERSION / f"{name}.yaml").read_bytes() for name in _FILES}
    for name, (old, new) in changed.items():
        assert old.encode() in parts[name]
        parts[name] = parts[name].replace(old.encode(), new.encode(), 1)
    return parts


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("dates", "{id: D01, kind", "{id: D01, colour: red, kind", "colour"),
        ("dates", "applies_from: 2024-08-01", "applies_from: soon", "date"),
        ("dates", "{id: D02,", "{id: D01,", "id used twice"),
        ("rules", "when: {Q4:", "when: {Q444:", "unknown question Q444"),
        ("rules", "{id: ART5-A, when", "{id: ART5-A, wen: x, when", "unknown fields ['wen']"),
        ("rules", "date: D03", "date: D99", "date D99"),
        ("rules", "outcome: MINIMAL", "outcome: SMALL", "outcome SMALL"),
        ("rules", "{Q4: \"yes\"}", "{Q4: \"yes\", Q5: \"yes\"}", "one key"),
        ("duties", "profile: art50", "profile: art51", "profile art51"),
        ("duties", "trigger: [ART50-1]", "trigger: [ART50-9]", "trigger ART50-9"),
        ("questions", "- {id: Q4, article", "- {id: Q4, id: Q5, article", "key given twice"),
        ("questions", "- {id: Q5, article: Art 5(1)(b), text", "- {id: Q5, text", "missing fields ['article']"),
        ("outcomes", "flag: \"yes\"", "flag: \"yes\", x: y", "x"),
        ("law", "celex:", "celx:", "celx"),
    ],
)  # fmt: skip
def test_law_data_with_something_unknown_is_refused(name: str, old: str, new: str, says: str) -> None:
    with pytest.raises(BadData) as caught:
        build_law(_parts(**{name: (old, new)}))

    assert says in str(caught.value)


def test_the_digest_changes_with_any_byte_of_the_law() -> None:
    changed = build_law(_parts(warnings=("enacted", "Enacted")))

    assert changed.digest != CURRENT_LAW.digest
    assert build_law(_parts()).digest == CURRENT_LAW.digest


def test_an_unknown_version_names_the_known_ones() -> None:
    with pytest.raises(BadData, match="2026-07-27"):
        load_law("1999-01-01")


def test_a_stored_assessment_finds_its_law_by_its_full_name() -> None:
    assert load_law("2026-07-27.1") == CURRENT_LAW
    assert law_versions() == {"2026-07-27.1": "2026-07-27"}


def test_every_question_is_used_by_a_rule_a_duty_a_note_or_another_question() -> None:
    conditions = [rule.when for rule in CURRENT_LAW.rules.values()] + [duty.when for duty in CURRENT_LAW.duties]
    used = {name for condition in conditions if condition for name in names(condition)}
    in_code = {"Q29a", "Q29b", "Q33d", "Q3f"}  # open tasks, a note, and the release that the engine weighs last

    assert set(CURRENT_LAW.questions) - used == in_code


def test_yaml_words_stay_words() -> None:
    assert parse_yaml("a: no\nb: 2026-12-02\nc: 010", where="x") == {"a": "no", "b": "2026-12-02", "c": "010"}


@pytest.mark.parametrize("text", ["a: [", "a: 1\na: 2", "? [1]\n: 2"])
def test_broken_yaml_is_named(text: str) -> None:
    with pytest.raises(BadData, match=r"answers\.yaml"):
        parse_yaml(text, where="answers.yaml")


def test_every_text_has_a_stable_key_for_translation() -> None:
    found = texts()

    assert {f"question.{question}.text" for question in CURRENT_LAW.questions} <= set(found)
    assert {f"rule.{rule}" for rule in CURRENT_LAW.rules} <= set(found)
    assert {f"duty.{duty.id}" for duty in CURRENT_LAW.duties} <= set(found)
    assert all(text.strip() for text in found.values())
