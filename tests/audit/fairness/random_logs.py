"""Small random decision logs by number: plain Python, the same for ever, no code shared with what is tested."""

import random

Log = list[tuple[str | None, int, int]]
"""Rows of (group or None, decision 0 or 1, outcome 0 or 1)."""

PROBABILITIES = (0.0, 0.05, 0.3, 0.5, 0.7, 0.95, 1.0)


def random_log(number: int) -> Log:
    """Return log ``number``: one to five groups of 0 to 40 cases, some with all-equal columns, some unknown."""
    rng = random.Random(f"fairness-log-{number}")
    names = "abcde"[: rng.randint(1, 5)]
    same = rng.random()
    unknown = rng.choice((0.0, 0.0, 0.1))
    rows: Log = []
    for name in names:
        selection, truth = rng.choice(PROBABILITIES), rng.choice(PROBABILITIES)
        for _ in range(rng.choice((0, 1, 2, 5, 12, 25, 40))):
            decision = 0 if same < 0.04 else 1 if same < 0.08 else int(rng.random() < selection)
            outcome = 0 if 0.06 < same < 0.1 else 1 if 0.1 < same < 0.13 else int(rng.random() < truth)
            rows.append((None if rng.random() < unknown else name, decision, outcome))
    return rows or [("a", 1, 0)]
