"""How often the checker's codes fall on each persona: ``CUSTODES_TIER=prove python -m tests.personas.flags [NAME]``.

A code that falls on a persona which did not do it is a false flag; ``PLANTED`` says who did what.
"""

import os
import sys
from collections import Counter

import django

PLANTED = {
    "stamper": {"TOO_FAST"},
    "fast_expert": {"TOO_FAST"},  # fast is what it is; whether it is bad, a measure says
    "batch_clicker": {"BULK", "TOO_FAST"},
    "collusive_pair": {"TOO_FAST"},  # the second signs three seconds later
    "bypassing_system": {"UNREVIEWED", "LATE_REVIEW"},
    "ignoring_system": {"OVERRULED_IGNORED"},
    "silent_system": {"UNREVIEWED", "GAP"},
    "skewed_system": {"SKEW"},
}
FOUND = ("breach", "not_meaningful", "integrity")


def main() -> None:
    """Print for each persona the runs in which a code fell on it, and in which one fell that was not planted."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    from tests.personas.log import PERSONAS
    from tests.personas.reading import seen
    from tests.personas.test_detection import RUNS, N
    from tests.scale import SEED

    print(f"{RUNS} seeded runs each, {N} decisions; % of runs in which the code falls on at least one decision")
    for name in sys.argv[1:] or list(PERSONAS):
        runs, false, decisions = Counter[str](), 0, Counter[str]()
        for run in range(RUNS):
            _, found = seen(PERSONAS[name], n=N, seed=SEED + run)
            codes = Counter({code: n for (code, state), n in sorted(found.codes().items()) if state in FOUND})
            runs.update(codes.keys())
            decisions.update(codes)
            false += bool(set(codes) - PLANTED.get(name, set()))
        told = ", ".join(
            f"{code} {100 * runs[code] / RUNS:.0f} ({100 * decisions[code] / RUNS / N:.1f} % of decisions)"
            for code in sorted(runs)
        )
        print(f"{name:<18} false flags {100 * false / RUNS:5.1f} %   {told or 'no code'}", flush=True)


if __name__ == "__main__":
    main()
