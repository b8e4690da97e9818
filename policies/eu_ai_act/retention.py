"""How long records are kept: six calendar months for logs (Arts 19, 26(6)), ten years for papers (Art 18)."""

import calendar
from datetime import date, datetime
from typing import TypeVar

from policies.eu_ai_act.law import Row
from policies.eu_ai_act.loading import CURRENT_VERSION, read_rows

Day = TypeVar("Day", date, datetime)


class RetentionRule(Row, frozen=True, kw_only=True):
    """A period; ``floor`` True: at least this long, other law may ask for more."""

    id: str
    article: str
    unit: str
    length: int
    from_event: str
    floor: bool


def retention_rules(version: str = CURRENT_VERSION) -> tuple[RetentionRule, ...]:
    """Every retention and validity period of the Act that a register needs."""
    return read_rows("retention", RetentionRule, version)


def add_months(day: Day, months: int) -> Day:
    """The same day of the month ``months`` later, or that month's last day (Reg. 1182/71 Art 3(2)(c))."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    return day.replace(year=year, month=month, day=min(day.day, calendar.monthrange(year, month)[1]))


def keep_until(rule: str, event: date, *, version: str = CURRENT_VERSION) -> date:
    """Last day something must be kept (or is valid), counted from its event. Raises KeyError for an unknown rule."""
    row = {item.id: item for item in retention_rules(version)}[rule]
    return add_months(event, row.length * (12 if row.unit == "years" else 1))


def log_purge_allowed(event_at: datetime, *, now: datetime, version: str = CURRENT_VERSION) -> bool:
    """Whether a log entry of ``event_at`` is past the six-month floor at ``now``; other law may still ask for more."""
    months = {item.id: item for item in retention_rules(version)}["logs_deployer"].length
    return now >= add_months(event_at, months)


def shortest_safe_days(version: str = CURRENT_VERSION) -> int:
    """Days a purge policy in days needs so that no log falls under the floor: six months last up to 184 days."""
    months = {item.id: item for item in retention_rules(version)}["logs_deployer"].length
    starts = (date(year, month, day) for year in (2023, 2024) for month in range(1, 13) for day in range(1, 29))
    return max((add_months(start, months) - start).days for start in starts)
