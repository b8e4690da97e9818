"""How often each persona is flagged: ``CUSTODES_TIER=prove python -m tests.personas.table [PERSONA ...]``."""

import os
import sys

import django


def main() -> None:
    """Print, for each persona, in how many of the runs each measure speaks against oversight."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    from tests.personas import test_detection as detection
    from tests.personas.log import PERSONAS
    from tests.scale import SEED

    columns = (*detection.ALL_OF_PEOPLE, "M10", "M20")
    print(f"{detection.RUNS} seeded runs each, {detection.N} decisions (contrarian 280); % of runs that contradict")
    print("persona".ljust(18) + "".join(name.rjust(6) for name in columns) + "   any of people")
    for persona in sys.argv[1:] or [name for name in PERSONAS if name not in ("silent_system", "skewed_system")]:
        n = detection.STATED_N.get(persona, detection.N)
        logs = (detection.seen(PERSONAS[persona], n=n, seed=SEED + run) for run in range(detection.RUNS))
        found = [detection.contradicting(seen) for _, seen in logs]
        shares = "".join(f"{100 * sum(name in each for each in found) / len(found):6.1f}" for name in columns)
        anything = 100 * sum(bool(each & set(detection.ALL_OF_PEOPLE)) for each in found) / len(found)
        print(persona.ljust(18) + shares + f"{anything:16.1f}", flush=True)
    rounds = max(1, detection.RUNS // 10)
    logs = (detection.seen(PERSONAS["biased"], n=1400, seed=SEED + 1000 + start) for start in range(rounds))
    hits = sum("widened" in detection.direction(*log) for log in logs)
    print(f"biased, by the human step (M13) at 1,400 decisions: found in {hits} of {rounds}")


if __name__ == "__main__":
    main()
