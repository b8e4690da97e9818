"""How fast the ledger is, as ratios against baselines of the same run; the table is printed, floors are asserted.

The floors are loose, so that a busy machine does not fail; the goals stand beside them in the table. Asserted for
verification is the ratio to one hash call per leaf and payload: what any verifier must do at least.
``CUSTODES_LEDGER_PARTS=verify,latency`` measures only some parts: ingest, verify, growth, proof, latency.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.audit.ledger.test_crash import Ground, ground  # noqa: F401
from tests.scale import count

# figure: (goal, floor); a goal of a time is an upper bound
MORE = {
    "ingest / raw rows": {"postgres": (0.5, 0.3), "sqlite": (0.4, 0.25)},
    "verify / hashlib, envelopes": {"postgres": (0.35, 0.15), "sqlite": (0.35, 0.15)},
    "verify / hashlib, payloads": {"postgres": (0.35, 0.15), "sqlite": (0.35, 0.15)},
}
LESS = {"proof, ms (median)": (5.0, 15.0), "late / early cost per entry": (1.3, 2.5), "checkpoint p99, s": (1.5, 4.0)}


@pytest.fixture
def table(capsys: pytest.CaptureFixture[str]) -> Iterator[list[str]]:
    lines: list[str] = []
    yield lines
    with capsys.disabled():
        print("\n" + "\n".join(lines))


@pytest.mark.benchmark
def test_the_ledger_keeps_its_pace(ground: Ground, table: list[str]) -> None:  # noqa: F811
    database = "postgres" if "CUSTODES_DATABASE_URL" in ground.environment else "sqlite"
    script = str(Path(__file__).with_name("ledger_run.py"))
    total = count(1_000_000, at_least=100_000)
    parts = os.environ.get("CUSTODES_LEDGER_PARTS", "ingest,verify,growth,proof,latency")
    arguments = ["x", str(total), "5", parts]
    code = f"import sys, runpy; sys.argv = {arguments}; runpy.run_path({script!r}, run_name='__main__')"
    figures = json.loads(ground.python(code).splitlines()[-1])
    table.append(f"ledger on {database}, {total:,} entries")
    too_slow = []
    for name, value in figures.items():
        goal = ""
        if name in MORE:
            wanted, floor = MORE[name][database]
            goal = f"goal >= {wanted}"
            too_slow += [name] if value < floor else []
        elif name in LESS:
            wanted, ceiling = LESS[name]
            goal = f"goal <= {wanted}"
            too_slow += [name] if value > ceiling else []
        table.append(f"  {name:<36}{value:>14,.2f}  {goal}")
    assert not too_slow
