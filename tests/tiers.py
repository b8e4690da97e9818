"""Three tiers of tests from one seed: ``python -m tests.tiers test | ci | prove``.

``test`` needs nothing but Python: what a machine lacks is a printed skip. ``ci`` runs the same and more
rounds, lint, types, migrations and the command set on services it starts itself; ``prove`` runs the full
counts and writes a dated table. ``prove`` is resumable: a step that passed today is not run again.
"""

import argparse
import datetime
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LAST_FAILED = ROOT / ".pytest_cache/v/cache/lastfailed"
FEW = 6  # more than a few is no accident
BIN = Path(sys.executable).parent
# Two processes: what the smallest machine we promise to run on has.
PYTEST = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--durations", "12"]
# What touches a database runs again on PostgreSQL: all of it in CI, in `make test` the rooms with SQL of their own.
ON_POSTGRES = ["tests/audit", "tests/governance"]
ON_POSTGRES_FIRST = [f"tests/audit/{room}" for room in ("ledger", "events", "api", "evaluation")] + [
    f"tests/governance/{room}" for room in ("register", "committees")
]


@dataclass(frozen=True)
class Step:
    """One command of a tier; ``env`` is added to the environment; ``again``: what failed in the crowd is run alone."""

    name: str
    command: list[str]
    env: dict[str, str] = field(default_factory=dict)
    again: bool = False


def steps(tier: str) -> list[Step]:
    """Return the steps of ``tier`` in order: what fails fast comes first."""
    marks = {"test": "not slow and not benchmark", "ci": "not benchmark", "prove": ""}[tier]
    chosen = ["-m", marks] if marks else []
    postgres_marks = " and ".join(part for part in (marks, "not browser") if part)
    tests = Step("tests on SQLite", [*PYTEST, *chosen, "tests"], again=True)
    postgres = Step(
        "tests on PostgreSQL",
        [sys.executable, "-m", "tests.postgres", "--durable", "--", *PYTEST, "-m", postgres_marks]
        + (ON_POSTGRES_FIRST if tier == "test" else ON_POSTGRES),
        again=True,
    )
    if tier == "test":
        return [tests, postgres]
    checks = [
        Step("lint", [str(BIN / "ruff"), "check", "."]),
        Step("format", [str(BIN / "ruff"), "format", "--check", "."]),
        Step("imports", [str(BIN / "lint-imports")]),
        Step("migrations", [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"]),
        Step("types", [str(BIN / "mypy")]),
    ]
    return [*checks, tests, postgres] if tier == "ci" else [*checks, tests, postgres, *_benchmarks()]


def _benchmarks() -> list[Step]:
    """One step for each file, so that a run cut short goes on where it was; intake's ceilings on both databases."""
    measure = [sys.executable, "-m", "pytest", "-q", "-s", "-m", "benchmark"]
    files = sorted(path.relative_to(ROOT) for path in (ROOT / "tests/benchmarks").glob("test_*.py"))
    steps = [Step(f"{file.stem.removeprefix('test_')} measured", [*measure, str(file)]) for file in files]
    durable = [sys.executable, "-m", "tests.postgres", "--durable", "--"]
    return [*steps, Step("intake on PostgreSQL", [*durable, *measure, "tests/benchmarks/test_intake.py"])]


def run(tier: str) -> int:
    """Run the steps of ``tier``, print a table, and return 1 when one failed."""
    passed_before = _passed_today() if tier == "prove" else {}
    rows = []
    for step in steps(tier):
        if step.name in passed_before:
            rows.append((step.name, "passed earlier today", passed_before[step.name]))
            continue
        print(f"==> {step.name}", flush=True)
        began = time.monotonic()
        env = {**os.environ, "CUSTODES_TIER": tier, **step.env}
        status = subprocess.run(step.command, cwd=ROOT, env=env, check=False).returncode
        alone = status == 1 and step.again and _pass_alone(step, env)
        result = "passed, some only alone" if alone else "passed" if status == 0 else f"FAILED ({status})"
        status = 0 if alone else status
        rows.append((step.name, result, time.monotonic() - began))
        if tier == "prove":
            _write(rows)
        if status:
            break
    print(f"\n{'step':<24}{'result':<24}{'seconds':>8}")
    for name, result, seconds in rows:
        print(f"{name:<24}{result:<24}{seconds:>8.1f}")
    return int(any(result.startswith("FAILED") for _, result, _ in rows))


def _pass_alone(step: Step, env: dict[str, str]) -> bool:
    """Whether the few tests that failed beside the others pass by themselves: red twice is red, and it is printed."""
    failed = json.loads(LAST_FAILED.read_text()) if LAST_FAILED.exists() else {}
    if not 0 < len(failed) <= FEW:
        return False
    print(f"==> {step.name}: again, one at a time: {', '.join(sorted(failed))}", flush=True)
    alone = [each for each in step.command if each not in {"-n", "2"}]
    return subprocess.run([*alone, "--last-failed"], cwd=ROOT, env=env, check=False).returncode == 0


def _table() -> Path:
    folder = Path(os.environ.get("CUSTODES_DATA", ROOT / "var")) / "prove"
    folder.mkdir(parents=True, exist_ok=True)
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return folder / f"{datetime.datetime.now(datetime.UTC).date()}-{commit.stdout.strip() or 'tree'}.json"


def _passed_today() -> dict[str, float]:
    table = _table()
    rows = json.loads(table.read_text()) if table.exists() else []
    return {name: seconds for name, result, seconds in rows if result.startswith("passed")}


def _write(rows: list[tuple[str, str, float]]) -> None:
    _table().write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tier", choices=["test", "ci", "prove"])
    sys.exit(run(parser.parse_args().tier))
