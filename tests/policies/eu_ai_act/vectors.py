"""Reading the golden cases; shares no code with the classifier (PyYAML only)."""

from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

VECTORS = Path(__file__).parents[2] / "vectors" / "eu_ai_act"
DATES = (date(2026, 11, 21), date(2026, 12, 2), date(2027, 12, 2), date(2028, 8, 2))


@dataclass(frozen=True)
class Golden:
    """One case on one date."""

    id: str
    on_date: date
    answers: dict[str, str]
    outcomes: list[str]
    expected: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.id}-{self.on_date}"


@cache
def rows(name: str) -> list[dict[str, Any]]:
    """Raw cases of one file."""
    return yaml.safe_load((VECTORS / f"{name}.yaml").read_text())


def cases(name: str) -> list[Golden]:
    """Every case of a file on every date, with what `dated` overrides."""
    return [_case(row, on_date) for row in rows(name) for on_date in DATES]


def _case(row: dict[str, Any], on_date: date) -> Golden:
    merged = {**row, **row.get("dated", {}).get(on_date, {})}
    answers = {key: str(value) for key, value in row["answers"].items()}
    return Golden(row["id"], on_date, answers, merged["outcomes"], merged)
