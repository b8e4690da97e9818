"""Annex IV, V and VIII as lists: counts, deletions of 2026, masks, completeness."""

from datetime import date

import pytest

from policies.eu_ai_act import classify
from policies.eu_ai_act.annexes import annex_iv, annex_v, annex_viii, completeness, registration_sections

TODAY = date(2026, 11, 21)
BASE = {"otherwise": "no", "Q1": "yes", "Q2": "yes", "Q26": "yes"}


def test_annex_iv_has_23_leaf_items() -> None:
    ids = [item.id for item in annex_iv()]

    assert ids == [f"1{c}" for c in "abcdefgh"] + [f"2{c}" for c in "abcdefgh"] + list("3456789")
    assert len(ids) == 23


def test_annex_v_has_8_items() -> None:
    assert [item.id for item in annex_v()] == list("12345678")


@pytest.mark.parametrize(
    ("section", "numbers"),
    [("A", list(range(1, 14))), ("B", [1, 2, 3, 4, 5, 6, 8]), ("C", [1, 2, 3, 4, 5])],
)
def test_annex_viii_sections_have_their_items_without_the_deleted_ones(section: str, numbers: list[int]) -> None:
    assert [item.id for item in annex_viii(section)] == [f"{section}{n}" for n in numbers]


@pytest.mark.parametrize(
    ("section", "numbers"),
    [("A", [1, 2, 3, 4, 5, 7, 10]), ("B", [1, 2, 3, 4, 5, 8]), ("C", [1, 2, 3])],
)
def test_the_non_public_section_takes_the_reduced_set(section: str, numbers: list[int]) -> None:
    assert [item.id for item in annex_viii(section, non_public=True)] == [f"{section}{n}" for n in numbers]


def test_there_is_no_section_d() -> None:
    with pytest.raises(ValueError, match="A \\(49"):
        annex_viii("D")


@pytest.mark.parametrize(
    ("answers", "sections"),
    [
        ({"role": "provider", "Q19a": "yes"}, ("A",)),
        ({"role": "provider", "Q17": "yes"}, ()),
        ({"role": "provider", "Q19a": "yes", "Q26": "no", "Q27a": "yes", "Q28": "yes"}, ("B",)),
        ({"role": "deployer", "Q20a": "yes", "public_body": "yes"}, ("C",)),
        ({"role": "deployer", "Q20a": "yes"}, ()),
        ({"role": "provider", "Q14": "yes", "Q14a": "A11", "Q15": "yes"}, ()),
    ],
)
def test_the_classification_says_which_section_is_due(answers: dict[str, str], sections: tuple[str, ...]) -> None:
    assert registration_sections(classify({**BASE, **answers}, on_date=TODAY)) == sections


def test_completeness_tells_missing_from_perhaps_not_applicable() -> None:
    result = completeness(annex_iv(), ["1a", "2g"])

    assert result.total == 23
    assert result.present == ("1a", "2g")
    assert result.open_conditional == ("1f", "2f")
    assert len(result.missing) == 19
    with pytest.raises(ValueError, match="no such items: 10z"):
        completeness(annex_iv(), ["10z"])
