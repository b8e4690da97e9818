"""Every rate and parity figure equals Fairlearn's within 1e-12, with the exceptions named.

Exceptions, each ours undefined where theirs is a number: a rate with an empty denominator (theirs 0), hence equalized
odds over such a group; ratios of zero by zero (theirs NaN, ours undefined as well).
"""

import gzip
import json
import math
import warnings
from itertools import islice
from pathlib import Path

import pandas as pd
import pytest
from fairlearn.metrics import MetricFrame

from audit.fairness import AssessmentConfig, Floor, Schema, assess, counts_from_frame
from audit.fairness.spread import parities
from tests.audit.fairness.random_logs import random_log
from tests.scale import SEED, count
from tests.vectors.fairness.make_fairlearn_answers import ANSWERS, METRICS

SCHEMA = Schema(("group",), "decision", "1", "outcome", "1")
CONFIG = AssessmentConfig(groups=("group",), floor=Floor(shown=1))


def ours(log):
    return assess(counts_from_frame(pd.DataFrame(log, columns=["group", "decision", "outcome"]), SCHEMA), CONFIG)


def same(mine, theirs):
    return mine == theirs if theirs is None else abs(mine - theirs) <= 1e-12


def check_rates(assessment, by_group):
    """Compare all rates; return how many of ours were undefined where Fairlearn said 0."""
    excepted = 0
    groups = {group.group: group for group in assessment.groups}
    assert groups.keys() == by_group.keys()
    for name, answers in by_group.items():
        for metric, theirs in zip(METRICS, answers, strict=True):
            mine = groups[name].rates[metric]
            if mine.value is None:
                assert theirs == 0.0
                assert mine.n == 0
                excepted += 1
            else:
                assert same(mine.value, theirs), (name, metric)
    return excepted


def check_parity(assessment, theirs):
    """Compare demographic parity and equalized odds; return whether equalized odds was comparable."""
    known = [group for group in assessment.groups if not group.unknown]
    mine = parities(assessment.spreads).get("group")
    if len(known) < 2:
        assert mine is None
        return False
    assert same(mine.demographic_parity_difference, theirs[0])
    assert same(mine.demographic_parity_ratio, theirs[1])
    defined = all(group.rates[metric].n for group in known for metric in ("true_positive_rate", "false_positive_rate"))
    if not defined:
        return False
    assert same(mine.equalized_odds_difference, theirs[2])
    if mine.equalized_odds_ratio is not None:
        assert same(mine.equalized_odds_ratio, theirs[3])
    return True


@pytest.mark.skipif(not Path(ANSWERS).exists(), reason="recorded answers are absent; see make_fairlearn_answers.py")
def test_recorded_answers_to_random_logs():
    excepted = compared = 0
    with gzip.open(ANSWERS, "rt") as file:
        lines = list(islice(file, count(10_000)))
    assert len(lines) == count(10_000)
    for number, line in enumerate(lines):
        theirs = json.loads(line)
        assessment = ours(random_log(number))
        excepted += check_rates(assessment, theirs["groups"])
        if theirs["parity"]:
            compared += check_parity(assessment, theirs["parity"])
    assert excepted > 0
    assert compared > len(lines) / 50


@pytest.mark.slow
def test_fresh_answers_to_random_logs():
    for number in range(SEED, SEED + count(4000)):
        log = random_log(number)
        groups = ["unknown" if group is None else group for group, _, _ in log]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            frame = MetricFrame(
                metrics=METRICS,
                y_true=[row[2] for row in log],
                y_pred=[row[1] for row in log],
                sensitive_features=groups,
            ).by_group
        by_group = {
            str(name): [None if math.isnan(row[metric]) else row[metric] for metric in METRICS]
            for name, row in frame.iterrows()
        }
        check_rates(ours(log), by_group)
