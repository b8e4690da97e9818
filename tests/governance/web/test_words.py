"""Every act that can be recorded is told in words on the pages that list what people did."""

import ast
from collections.abc import Iterator
from pathlib import Path

from audit.models import FindingAct, ReportAct
from governance.web.act_words import ACTS

ROOT = Path(__file__).resolve().parents[3]
KINDS = {"report": ReportAct.Kind, "finding": FindingAct.Kind}


def written() -> Iterator[str]:
    """Every action given by name to what records changes."""
    for package in ("audit", "governance"):
        for path in sorted((ROOT / package).rglob("*.py")):
            for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(call, ast.Call):
                    for given in call.keywords:
                        text = given.value.value if isinstance(given.value, ast.Constant) else None
                        if given.arg == "action" and isinstance(text, str) and "." in text:
                            yield text


def test_every_act_that_is_recorded_has_words() -> None:
    named = {*written(), *(f"{prefix}.{kind}" for prefix, kinds in KINDS.items() for kind in kinds.values)}
    assert len(named) > 50
    assert sorted(named - set(ACTS)) == []
