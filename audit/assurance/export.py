"""Measures as data: JSON for programs, CSV for spreadsheets, and the aggregate a works council may have."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from audit.assurance.reading import Reading
from audit.oversight import Claim, Measure, Part, Pillar
from audit.oversight.catalogue import NOT_YET, NOT_YET_MEASURED
from audit.oversight.protection import MOST_BY_ONE, REVIEWERS
from audit.oversight.wording import Message
from audit.statistics import Interval

RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")
COLUMNS = (
    "use_case", "measure", "title", "pillar", "part", "value", "unit", "n", "low", "high", "level", "interval_method",
    "reading", "from", "to", "filter", "as_of", "missing_share", "evidence_grade", "needed_n", "method_version",
    "text",
)  # fmt: skip


def spreadsheet_safe(value: object) -> str:
    """Return a cell that no spreadsheet takes for a formula (OWASP, CSV injection); numbers stay numbers."""
    text = "" if value is None else str(value)
    if isinstance(value, int | float) or not text.lstrip(" ").startswith(RISKY):
        return text
    return "'" + text


def last_day(reading: Reading) -> date | None:
    """Return the last day a reading includes."""
    until = reading.window[1]
    return until - timedelta(days=1) if until else None


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def interval_json(figure: Interval | None) -> dict[str, Any] | None:
    """Return an interval with its level and method; ``None`` stays null."""
    if figure is None or figure.low is None or figure.high is None:
        return None
    return {"low": figure.low, "high": figure.high, "level": figure.level, "method": figure.method}


def measure_json(measure: Measure) -> dict[str, Any]:
    """Return one measure; ``available`` false: the value is null and the text says why."""
    return {
        "id": measure.id,
        "title": measure.title,
        "pillar": measure.pillar,
        "available": measure.value is not None,
        "withheld": bool(measure.withheld),
        "value": measure.value,
        "unit": measure.unit,
        "n": measure.n,
        "interval": interval_json(measure.interval) if measure.value is not None else None,
        "reading": measure.verdict,
        "missing_share": measure.missing_share,
        "evidence_grade": measure.evidence_grade,
        "needed_n": measure.needed_n,
        "method_version": measure.method_version,
        "formula": measure.facts.formula,
        **measure.message.to_json(),
        "parts": [part_json(part) for part in measure.parts],
    }


def part_json(part: Part) -> dict[str, Any]:
    """Return one row of a split."""
    figure = part.interval
    return {
        "by": part.kind,
        "name": part.name,
        "value": figure.value,
        "n": figure.n,
        "interval": interval_json(figure),
        "unit": part.data.get("unit"),
    }


def pillar_json(pillar: Pillar) -> dict[str, Any]:
    """Return the verdict on one pillar and the measures it rests on."""
    return {
        "id": pillar.id,
        "name": pillar.name,
        "verdict": pillar.verdict,
        "supporting": list(pillar.supporting),
        "contradicting": list(pillar.contradicting),
        "lacking": list(pillar.lacking),
        "needed_n": dict(pillar.needed),
        "weakest": pillar.weakest,
    }


def claim_json(claim: Claim) -> dict[str, Any]:
    """Return one sentence a report could make, and whether it may."""
    return {
        "id": claim.id,
        "sentence": claim.sentence,
        "measure": claim.measure,
        "state": claim.state,
        "n_held": claim.n_held,
        "n_needed": claim.n_needed,
        "why": claim.reason.to_json(),
    }


def reading_json(reading: Reading) -> dict[str, Any]:
    """Return a whole reading."""
    return {
        "use_case": reading.use_case.ref,
        "from": _day(reading.window[0]),
        "to": _day(last_day(reading)),
        "as_of": reading.as_of,
        "filter": {reading.cut[0]: reading.cut[1]} if reading.cut else {},
        "decisions": reading.decisions,
        "simulated": reading.simulated,
        "months_left_out": [month.strftime("%Y-%m") for month in reading.left_out],
        "measures": [measure_json(measure) for measure in reading.measures],
        "not_yet_measured": [
            {"id": name, "title": title, **Message(NOT_YET_MEASURED).to_json()} for name, title in NOT_YET.items()
        ],
        "pillars": [pillar_json(pillar) for pillar in reading.pillars],
        "claims": [claim_json(claim) for claim in reading.claims],
    }


def reading_csv(readings: Iterable[Reading]) -> bytes:
    """Return readings as UTF-8 CSV with a byte order mark, one line for each measure and each part."""
    lines: list[Sequence[object]] = [COLUMNS]
    for reading in readings:
        for measure in reading.measures:
            lines.append(_line(reading, measure, "", measure.value, measure.n, measure.interval, measure.text))
            for part in measure.parts:
                figure = part.interval
                lines.append(_line(reading, measure, part.label, figure.value, figure.n, figure, ""))
        lines += [_unmeasured(reading, name, title) for name, title in NOT_YET.items()]
    out = io.StringIO(newline="")
    csv.writer(out).writerows([[spreadsheet_safe(cell) for cell in line] for line in lines])
    return out.getvalue().encode("utf-8-sig")


def _line(
    reading: Reading, measure: Measure, part: str, value: float | None, n: int, figure: Interval | None, text: str
) -> Sequence[object]:
    shown = figure if value is not None else None
    return (
        reading.use_case.ref,
        measure.id,
        measure.title,
        measure.pillar,
        part,
        value,
        measure.unit,
        n,
        shown.low if shown else None,
        shown.high if shown else None,
        shown.level if shown else None,
        shown.method if shown else None,
        "" if part else measure.verdict,
        _day(reading.window[0]),
        _day(last_day(reading)),
        "=".join(reading.cut) if reading.cut else "",
        reading.as_of,
        None if part else measure.missing_share,
        measure.evidence_grade,
        None if part else measure.needed_n,
        measure.method_version,
        text,
    )


def _unmeasured(reading: Reading, name: str, title: str) -> Sequence[object]:
    known = {
        "use_case": reading.use_case.ref,
        "measure": name,
        "title": title,
        "from": _day(reading.window[0]),
        "to": _day(last_day(reading)),
        "text": Message(NOT_YET_MEASURED).text,
    }
    return tuple(known.get(column, "") for column in COLUMNS)


def works_council_json(readings: Iterable[Reading]) -> dict[str, Any]:
    """Return what a works council may have: which figures about people are made, and the aggregates, nobody's own."""
    listed = list(readings)
    return {
        "rules": {
            "fewest_reviewers": REVIEWERS,
            "most_by_one_reviewer": MOST_BY_ONE,
            "periods": "calendar months (UTC)",
            "ranking": False,
            "automated_sanction": False,
        },
        "figures_about_people": [
            {"id": measure.id, "title": measure.title, "formula": measure.facts.formula}
            for measure in (listed[0].measures if listed else ())
            if measure.facts.people
        ],
        "use_cases": [
            {
                "use_case": reading.use_case.ref,
                "name": reading.use_case.name,
                "from": _day(reading.window[0]),
                "to": _day(last_day(reading)),
                "months_left_out": [month.strftime("%Y-%m") for month in reading.left_out],
                "measures": [
                    {**measure_json(measure), "parts": []} for measure in reading.measures if measure.facts.people
                ],
            }
            for reading in listed
        ],
    }
