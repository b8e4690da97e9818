"""The worked examples of the NYC Local Law 144 bias audit, ties and all-zero rates included."""

import json
from io import StringIO

import pandas as pd
import pytest
from django.core.management import call_command

from tests.audit.fairness.frames import log


def audit(tmp_path, frame, *arguments):
    path = tmp_path / "log.csv"
    frame.to_csv(path, index=False)
    out = StringIO()
    try:
        call_command("fairness", str(path), "--preset", "ll144", "--groups", "group", "--json", *arguments, stdout=out)
    except SystemExit as stop:
        assert stop.code == 1  # noqa: PT017
    return json.loads(out.getvalue())


SELECTED = ("--decision", "approved", "--favourable", "yes")


def published(data):
    return {row["category"]: row for row in data["publication"]}


@pytest.fixture
def applicants():
    frame = log(A=(480, 1200), B=(300, 1000), C=(14, 40), nobody=(20, 60))
    frame.loc[frame.group == "nobody", "group"] = ""
    return frame


def test_selection_rates_ratios_and_unknowns(tmp_path, applicants):
    rows = published(audit(tmp_path, applicants, *SELECTED, "--exclude-below", "0"))
    assert {name: row["n"] for name, row in rows.items()} == {"A": 1200, "B": 1000, "C": 40}
    assert [rows[name]["rate"] for name in "ABC"] == pytest.approx([0.4, 0.3, 0.35])
    assert [rows[name]["impact_ratio"] for name in "ABC"] == pytest.approx([1.0, 0.75, 0.875])
    assert {row["unknown"] for row in rows.values()} == {60}


def test_the_two_percent_category_is_left_out_and_still_published(tmp_path, applicants):
    data = audit(tmp_path, applicants, *SELECTED)
    row = published(data)["C"]
    assert (row["n"], row["rate"], row["impact_ratio"], row["excluded"]) == (40, 0.35, None, "below_share")
    assert row["share"] == pytest.approx(40 / 2240)
    assert [item["group"] for item in data["excluded"]] == ["C"]
    assert [c["group"] for c in data["comparisons"]] == ["B"]
    assert data["comparisons"][0]["verdict"] == "attention"


def test_scoring_rate_is_the_share_above_the_sample_median(tmp_path):
    frame = pd.DataFrame({"group": list("AAAABBBB"), "score": [10, 20, 30, 40, 15, 35, 45, 95]})
    data = audit(tmp_path, frame, "--score", "score")
    rows = published(data)
    assert data["median_score"] == 32.5
    assert (rows["A"]["rate"], rows["B"]["rate"]) == (0.25, 0.75)
    assert rows["A"]["impact_ratio"] == pytest.approx(1 / 3)
    assert rows["B"]["impact_ratio"] == 1.0
    assert data["comparisons"][0]["metric"] == "scoring_rate"


def test_ties_at_the_median_are_not_above_it(tmp_path):
    frame = pd.DataFrame({"group": list("AAABBB"), "score": [1, 2, 2, 2, 3, 4]})
    data = audit(tmp_path, frame, "--score", "score")
    rows = published(data)
    assert data["median_score"] == 2
    assert (rows["A"]["rate"], rows["B"]["rate"]) == (0.0, pytest.approx(2 / 3))
    assert rows["A"]["impact_ratio"] == 0.0


def test_missing_scores_leave_the_denominator_and_are_counted(tmp_path):
    frame = pd.DataFrame({"group": list("AAABBB"), "score": [1, 2, None, 2, 3, 4]})
    data = audit(tmp_path, frame, "--score", "score")
    assert published(data)["A"]["n"] == 2
    assert {w["code"] for w in data["warnings"]} >= {"score_missing"}


def test_all_rates_zero_is_not_computable(tmp_path):
    data = audit(tmp_path, log(A=(0, 40), B=(0, 50)), *SELECTED)
    assert [row["impact_ratio"] for row in data["publication"]] == [None, None]
    assert data["comparisons"][0]["ratio"]["value"] is None
    assert data["state"] == "insufficient_data"


def test_the_preset_says_that_the_law_sets_no_pass_mark(tmp_path, applicants):
    assert "sets no pass mark" in audit(tmp_path, applicants, *SELECTED)["preset"]["note"]


def test_decision_and_score_are_reported_side_by_side(tmp_path):
    frame = log(A=(48, 120), B=(30, 100)).assign(score=range(220))
    data = audit(tmp_path, frame, *SELECTED, "--score", "score")
    assert data["comparisons"][0]["metric"] == "selection_rate"
    assert data["scoring"]["comparisons"][0]["metric"] == "scoring_rate"
