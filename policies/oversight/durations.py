"""ISO 8601 durations of whole seconds, minutes, hours, days and weeks; months only where a calendar counts them."""

import re
from datetime import timedelta

_DURATION = re.compile(r"P(?:(\d+)W|(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?)")
_CALENDAR = re.compile(r"P(?:\d+Y)?(?:\d+M)?(?:\d+D)?")


def parse_duration(text: str) -> timedelta:
    """Return ``text`` (``PT8H``, ``P14D``, ``P1DT12H``) as a timedelta; raises ``ValueError`` with an example."""
    match = _DURATION.fullmatch(text)
    if match is None or not any(match.groups()) or text.endswith("T"):
        raise ValueError(f"must be an ISO 8601 duration such as PT45M, PT8H or P14D, found {text!r}")
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)


def format_duration(duration: timedelta) -> str:
    """Return the one spelling of ``duration``: days when whole days, else hours, minutes and seconds."""
    seconds = int(duration.total_seconds())
    if seconds and seconds % 86400 == 0:
        return f"P{seconds // 86400}D"
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    parts = [f"{hours}H" if hours else "", f"{minutes}M" if minutes else "", f"{seconds}S" if seconds else ""]
    return "PT" + ("".join(parts) or "0S")


def parse_calendar(text: str) -> str:
    """Return ``text`` if it is years, months and days (``P24M``); raises ``ValueError`` with an example."""
    if not _CALENDAR.fullmatch(text) or text == "P":
        raise ValueError(f"must be a period of years, months or days such as P24M or P180D, found {text!r}")
    return text
