"""``custodes fairness``: the JSON of the interface, the table, the exit statuses."""

import json
from io import StringIO
from pathlib import Path

import pandas as pd
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from tests.audit.fairness.frames import confusion_log, log

VECTORS = Path(__file__).parents[2] / "vectors" / "fairness"


@pytest.fixture
def decisions(tmp_path):
    path = tmp_path / "decisions.csv"
    log(a=(480, 1200), b=(300, 1000)).to_csv(path, index=False)
    return path


def run(path, *arguments):
    out = StringIO()
    status = 0
    try:
        call_command("fairness", str(path), *arguments, stdout=out)
    except SystemExit as stop:
        status = stop.code
    return status, out.getvalue()


def run_json(path, *arguments):
    status, text = run(path, *arguments, "--json")
    return status, json.loads(text)


APPROVED = ("--decision", "approved", "--favourable", "yes", "--groups", "group", "--reference", "group=a")


def test_json_has_the_promised_shape(decisions):
    status, data = run_json(decisions, *APPROVED)
    assert status == 1
    assert data["n"] == 2200
    group = next(g for g in data["groups"] if g["group"] == "b")
    assert (group["attribute"], group["n"], group["selected"], group["confusion"]) == ("group", 1000, 300, None)
    assert group["selection_rate"]["value"] == 0.3
    assert group["selection_rate"]["low"] < 0.3 < group["selection_rate"]["high"]
    comparison = data["comparisons"][0]
    assert comparison["ratio"]["value"] == pytest.approx(0.75)
    assert {"difference", "p_value", "p_adjusted", "verdict", "needed_n", "metric", "reference"} <= comparison.keys()
    assert (comparison["verdict"], comparison["needed_n"]) == ("attention", None)
    assert data["unknown"]["group"]["n"] == 0
    assert data["warnings"] == []


def test_confusion_and_rates_come_with_an_outcome(tmp_path):
    path = tmp_path / "d.csv"
    confusion_log(a=(50, 20, 10, 40), b=(45, 25, 15, 35)).to_csv(path, index=False)
    _, data = run_json(
        path, "--decision", "d", "--favourable", "1", "--outcome", "y", "--positive", "1", "--groups", "group"
    )
    group = data["groups"][0]
    assert group["confusion"] == {"tp": 50, "fp": 20, "fn": 10, "tn": 40}
    assert group["rates"]["true_positive_rate"]["value"] == pytest.approx(50 / 60)
    assert {c["metric"] for c in data["comparisons"]} == {
        "selection_rate",
        "true_positive_rate",
        "false_positive_rate",
        "positive_predictive_value",
    }


def test_a_check_within_the_threshold_ends_with_status_zero(tmp_path):
    path = tmp_path / "d.csv.gz"
    log(a=(5000, 10_000), b=(4900, 10_000)).to_csv(path, index=False)
    status, data = run_json(path, *APPROVED)
    assert (status, data["state"]) == (0, "pass")


def test_the_table_states_figures_words_and_warnings(decisions):
    status, text = run(decisions, "--decision", "approved", "--favourable", "yes", "--groups", "group")
    assert status == 1
    assert "0.300 [0.272, 0.329]" in text
    assert "Disparity found: the selection rate of b is 0.75 of that of a (95 % CI 0.67-0.84" in text
    assert "No reference was declared for group: the largest group, a, stands in" in text
    assert "Assessed: disparity found." in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--decision", "aproved", "--favourable", "yes", "--groups", "group"), "no column 'aproved'"),
        (("--decision", "approved", "--favourable", "Yes", "--groups", "group"), "favourable value 'Yes'"),
        (("--decision", "approved", "--groups", "group"), "--favourable"),
        (("--groups", "group"), "--decision"),
        (("--decision", "approved", "--favourable", "yes", "--groups", "sex"), "no column 'sex'"),
        ((*APPROVED[:-2], "--reference", "group=z"), "reference value 'z'"),
        ((*APPROVED[:-2], "--reference", "group"), "ATTRIBUTE=VALUE"),
        ((*APPROVED[:-2], "--reference", "sex=a"), "not among the groups"),
        ((*APPROVED, "--threshold", "80"), "threshold"),
        ((*APPROVED, "--level", "95"), "confidence level"),
        ((*APPROVED, "--metrics", "parity"), "no metric 'parity'"),
        ((*APPROVED, "--outcome", "approved"), "--positive"),
        ((*APPROVED, "--cross", "group"), "two or more"),
    ],
)
def test_wrong_use_ends_with_status_two_and_says_what_would_be_right(decisions, arguments, message):
    with pytest.raises(CommandError, match=message) as caught:
        call_command("fairness", str(decisions), *arguments)
    assert caught.value.returncode == 2


def test_an_unreadable_or_empty_file_is_wrong_use(tmp_path):
    empty = tmp_path / "e.csv"
    empty.write_text("group,approved\n")
    for path, message in ((tmp_path / "absent.csv", "cannot be read"), (empty, "no rows")):
        with pytest.raises(CommandError, match=message) as caught:
            call_command("fairness", str(path), *APPROVED)
        assert caught.value.returncode == 2


def test_columns_written_by_pandas_as_floats_match_whole_numbers(tmp_path):
    path = tmp_path / "d.csv"
    frame = confusion_log(a=(50, 20, 10, 40), b=(45, 25, 15, 35))
    frame.loc[0, "y"] = None
    frame.to_csv(path, index=False)
    _, data = run_json(
        path, "--decision", "d", "--favourable", "1", "--outcome", "y", "--positive", "1", "--groups", "group"
    )
    assert data["groups"][0]["outcome_unknown"] == 1
    assert data["groups"][0]["confusion"]["tp"] == 49


def test_crosses_are_joined_in_names(tmp_path):
    path = tmp_path / "d.csv"
    frame = log(a=(20, 40), b=(18, 40)).assign(sex=["f", "m"] * 40)
    frame.to_csv(path, index=False)
    _, data = run_json(path, *APPROVED, "--cross", "sex,group", "--reference", "sex=m")
    crossed = [g["group"] for g in data["groups"] if g["attribute"] == "sex x group"]
    assert crossed == ["f x a", "f x b", "m x a", "m x b"]
    assert {c["reference"] for c in data["comparisons"] if c["attribute"] == "sex x group"} == {"m x a"}


def test_german_credit_on_the_command_line():
    status, data = run_json(
        VECTORS / "german_credit.csv", "--decision", "risk", "--favourable", "1", "--groups", "sex",
        "--reference", "sex=male",
    )  # fmt: skip
    assert (status, data["state"]) == (0, "pass")
    assert round(data["comparisons"][0]["ratio"]["value"], 4) == 0.8966


def test_parquet_and_csv_give_the_same_figures(decisions, tmp_path):
    pytest.importorskip("pyarrow")
    parquet = tmp_path / "d.parquet"
    pd.read_csv(decisions).to_parquet(parquet)
    assert run_json(parquet, *APPROVED) == run_json(decisions, *APPROVED)


def test_final_decisions_strata_scores_and_shares_stand_beside_the_verdicts(tmp_path):
    path = tmp_path / "d.csv"
    frame = log(a=(240, 400), b=(160, 400))
    frame["final"] = frame.approved.where(frame.index % 10 != 0, "yes")
    frame["office"] = ["east", "west"] * 400
    frame["score"] = [(i % 97) / 97 for i in range(800)]
    frame["right"] = ["yes", "no", "no", "yes"] * 200
    frame.to_csv(path, index=False)
    _, data = run_json(
        path, *APPROVED, "--final", "final", "--strata", "office", "--score", "score", "--outcome", "right",
        "--positive", "yes", "--benchmark", "group=a:0.6,b:0.4",
    )  # fmt: skip
    assert data["decision"]["stage"] == "proposal"
    assert data["final"]["groups"][0]["selected"] > data["groups"][0]["selected"]
    assert {step["metric"] for step in data["human_step"]} >= {"selection_rate"}
    assert [part["stratum"] for part in data["conditional"][0]["strata"]] == ["east", "west"]
    assert data["scores"][0]["calibration"]["ece"]["value"] > 0
    assert data["binning"] == "64 bins of equal width"
    assert data["representation"][0]["groups"][0]["share"]["value"] == 0.5


def test_a_malformed_benchmark_is_wrong_use(decisions):
    for text in ("group=a", "group=a:x,b:0.5", "sex=a:0.5,b:0.5"):
        with pytest.raises(CommandError) as caught:
            call_command("fairness", str(decisions), *APPROVED, "--benchmark", text)
        assert caught.value.returncode == 2


def test_other_delimiters_and_a_byte_order_mark_are_read(tmp_path):
    path = tmp_path / "d.csv"
    log(a=(480, 1200), b=(300, 1000)).to_csv(path, index=False, sep=";", encoding="utf-8-sig")
    status, data = run_json(path, *APPROVED, "--delimiter", ";")
    assert (status, data["n"]) == (1, 2200)


def test_a_decision_with_three_values_says_what_counts_as_unfavourable(tmp_path):
    path = tmp_path / "d.csv"
    frame = log(a=(480, 1200), b=(300, 1000))
    frame.loc[frame.index[-5:], "approved"] = "withdrawn"
    frame.to_csv(path, index=False)
    _, data = run_json(path, *APPROVED)
    warning = next(w for w in data["warnings"] if w["code"] == "decision_not_binary")
    assert "no, withdrawn, yes" in warning["message"]
    values = {each["value"]: each for each in data["values"]}
    assert set(values) == {"no", "withdrawn", "yes"}
    refused = {group["group"]: group for group in values["no"]["groups"]}
    assert (refused["a"]["n"], refused["a"]["selected"], refused["b"]["selected"]) == (1200, 720, 695)
    (compared,) = values["withdrawn"]["comparisons"]
    assert (compared["group"], compared["difference"]["value"]) == ("b", 0.005)
    assert compared["difference"]["low"] is not None
    assert {each["verdict"] for value in values.values() for each in value["comparisons"]} <= {
        None,
        "insufficient_data",
    }


def test_a_decision_of_two_values_has_no_further_part(tmp_path):
    path = tmp_path / "d.csv"
    log(a=(480, 1200), b=(300, 1000)).to_csv(path, index=False)
    _, data = run_json(path, *APPROVED)
    assert "values" not in data
