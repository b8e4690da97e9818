"""How many rounds a heavy test runs: one seed file, three tiers.

``make test`` runs a twentieth of every large count, ``.ci/run`` a tenth, ``make prove`` all of it.
"""

import os

TIERS = {"test": 20, "ci": 10, "prove": 1}
TIER = os.environ.get("CUSTODES_TIER", "test")
SEED = int(os.environ.get("CUSTODES_SEED", "20261121"))


def count(full: int, *, at_least: int = 1) -> int:
    """Return how many of ``full`` rounds this tier runs, and never fewer than ``at_least``."""
    return max(at_least, full // TIERS[TIER])
