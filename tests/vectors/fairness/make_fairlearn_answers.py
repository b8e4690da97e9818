"""Record Fairlearn's answers to the random logs: ``python -m tests.vectors.fairness.make_fairlearn_answers 10000``.

Takes about 0.2 s a log; writes ``fairlearn_answers.jsonl.gz`` beside this file.
"""

import gzip
import json
import math
import sys
import warnings
from pathlib import Path

from fairlearn.metrics import (
    MetricFrame,
    false_negative_rate,
    false_positive_rate,
    selection_rate,
    true_positive_rate,
)
from sklearn.metrics import accuracy_score

from tests.audit.fairness.random_logs import Log, random_log

METRICS = {
    "selection_rate": selection_rate,
    "true_positive_rate": true_positive_rate,
    "false_positive_rate": false_positive_rate,
    "false_negative_rate": false_negative_rate,
    "accuracy": accuracy_score,
}
ANSWERS = Path(__file__).with_name("fairlearn_answers.jsonl.gz")


def _plain(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _frame(log: Log) -> MetricFrame:
    return MetricFrame(
        metrics=METRICS,
        y_true=[row[2] for row in log],
        y_pred=[row[1] for row in log],
        sensitive_features=["unknown" if row[0] is None else row[0] for row in log],
    )


def answer(log: Log) -> dict:
    """Return Fairlearn's rates by group (unknown named so) and, over the known groups, its parity summaries.

    The summaries are the frame's differences and ratios between groups, which is what Fairlearn's
    ``demographic_parity_*`` and ``equalized_odds_*`` (worst case) return.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame = _frame(log)
        known = [row for row in log if row[0] is not None]
        groups = {str(name): [_plain(row[metric]) for metric in METRICS] for name, row in frame.by_group.iterrows()}
        if not known:
            return {"groups": groups, "parity": []}
        inside = frame if len(known) == len(log) else _frame(known)
        difference, ratio = inside.difference("between_groups"), inside.ratio("between_groups")
    odds = ["true_positive_rate", "false_positive_rate"]
    parity = [
        difference["selection_rate"],
        ratio["selection_rate"],
        max(difference[name] for name in odds),
        min(ratio[name] for name in odds),
    ]
    return {"groups": groups, "parity": [_plain(value) for value in parity]}


def main(count: int) -> None:
    """Write the answers to logs 0 .. count - 1."""
    unfinished = ANSWERS.with_suffix(".part")
    with gzip.GzipFile(unfinished, "wb", mtime=0) as file:
        for number in range(count):
            line = json.dumps(answer(random_log(number)), separators=(",", ":"))
            file.write(line.encode() + b"\n")
    unfinished.replace(ANSWERS)


if __name__ == "__main__":
    main(int(sys.argv[1]))
