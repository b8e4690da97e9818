"""The core of the fairness engine can be imported and used without Django."""

import subprocess
import sys
from pathlib import Path

import audit.fairness

LIVE = {"aggregates", "alarms", "issued", "jobs", "live", "live_scoring", "retention", "sealing", "totals"}


def test_the_core_imports_no_django():
    folder = Path(audit.fairness.__file__).parent
    modules = sorted(path.stem for path in folder.glob("*.py") if path.stem not in LIVE | {"__init__"})
    assert len(modules) > 20
    lines = [f"import audit.fairness.{module}" for module in modules]
    check = "import sys\nassert not {'django', 'rest_framework', 'celery'} & set(sys.modules), sorted(sys.modules)"
    subprocess.run([sys.executable, "-c", "\n".join(["import audit.statistics", *lines, check])], check=True)
