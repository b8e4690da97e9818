"""Small decision logs for the tests, written out from counts; shares no code with what is tested."""

import pandas as pd


def log(column: str = "group", **groups: tuple[int, int]) -> pd.DataFrame:
    """Return a frame with ``n`` rows per group of which ``k`` are approved: ``log(a=(k, n), b=(k, n))``."""
    rows = []
    for group, (selected, n) in groups.items():
        rows += [(group, "yes")] * selected + [(group, "no")] * (n - selected)
    return pd.DataFrame(rows, columns=[column, "approved"])


def confusion_log(**groups: tuple[int, int, int, int]) -> pd.DataFrame:
    """Return a frame from (tp, fp, fn, tn) per group, with columns group, d and y of 0 and 1."""
    rows = []
    for group, (tp, fp, fn, tn) in groups.items():
        rows += [(group, 1, 1)] * tp + [(group, 1, 0)] * fp + [(group, 0, 1)] * fn + [(group, 0, 0)] * tn
    return pd.DataFrame(rows, columns=["group", "d", "y"])
