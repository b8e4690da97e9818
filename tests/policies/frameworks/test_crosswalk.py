"""ISO/IEC 42001 Annex A and NIST AI RMF: counts, ids, and evidence that exists."""

import re
from collections import Counter

import pytest

from policies.eu_ai_act.annexes import annex_iv
from policies.eu_ai_act.checklist import check_rows
from policies.frameworks import FRAMEWORKS, controls_for, evidence_for, framework

ISO = (
    "2.2 2.3 2.4 3.2 3.3 4.2 4.3 4.4 4.5 4.6 5.2 5.3 5.4 5.5 6.1.2 6.1.3 6.2.2 6.2.3 6.2.4 6.2.5 6.2.6 6.2.7 6.2.8 "
    "7.2 7.3 7.4 7.5 7.6 8.2 8.3 8.4 8.5 9.2 9.3 9.4 10.2 10.3 10.4"
)


def test_iso_42001_annex_a_has_its_38_controls() -> None:
    ids = [control.id for control in framework("iso_42001").controls]

    assert ids == [f"A.{number}" for number in ISO.split()]
    assert len(ids) == 38


def test_nist_ai_rmf_has_19_categories_and_72_subcategories() -> None:
    ids = [control.id for control in framework("nist_ai_rmf").controls]
    categories = {control_id.rsplit(".", 1)[0] for control_id in ids}

    assert Counter(i.split()[0] for i in ids) == {"GOVERN": 19, "MAP": 18, "MEASURE": 22, "MANAGE": 13}
    assert Counter(i.split()[0] for i in categories) == {"GOVERN": 6, "MAP": 5, "MEASURE": 4, "MANAGE": 4}
    assert len(ids) == len(set(ids)) == 72


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_subcategories_are_numbered_without_gaps(name: str) -> None:
    seen: dict[str, int] = {}
    for control in framework(name).controls:
        head, number = control.id.rsplit(".", 1)
        seen.setdefault(head, int(number) - 1)
        assert int(number) == seen[head] + 1
        seen[head] = int(number)


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_every_control_is_answered_by_evidence_that_exists(name: str) -> None:
    points = {row.id for row in check_rows()}
    items = {item.id for item in annex_iv()}

    for found in evidence_for(name):
        assert found.points or found.annex_iv, found.control
        assert set(found.points) <= points
        assert set(found.annex_iv) <= items


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_references_have_the_form_of_an_article(name: str) -> None:
    form = re.compile(r"(\d+a?(\(\d+\))?(\([a-z]+\))*|Annex IV( \d(\([a-h]\))?)?)")

    for control in framework(name).controls:
        assert control.ai_act
        assert all(form.fullmatch(reference) for reference in control.ai_act), control.id


def test_a_reference_takes_what_lies_below_it_and_not_its_longer_neighbour() -> None:
    found = {evidence.control: evidence for evidence in evidence_for("iso_42001")}

    assert "9(1)" in found["A.5.3"].points
    assert "9(10)" not in found["A.5.3"].points
    assert {"12(1)", "12(3)(a)", "19(1)", "26(6)"} <= set(found["A.6.2.8"].points)
    assert not {"26(1)", "4(1)"} & set(found["A.6.2.8"].points)
    assert found["A.6.2.3"].annex_iv == tuple(f"2{letter}" for letter in "abcdefgh")
    assert len(found["A.6.2.7"].annex_iv) == 23


def test_a_point_names_the_controls_it_serves() -> None:
    assert controls_for("26(2)", "iso_42001") == ("A.3.2", "A.4.6", "A.9.3")
    assert "MAP 3.5" in controls_for("14(4)(b)", "nist_ai_rmf")
    assert "MANAGE 2.4" in controls_for("14(4)(e)", "nist_ai_rmf")


def test_an_unknown_framework_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match="iso_42001, nist_ai_rmf"):
        framework("soc2")
