"""How report data are printed: one place for numbers, dates and words, used by PDF, HTML and CSV alike."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from audit.reports.content import Figure, Interval, Unit, Window

MINUS = "−"


def number(value: Decimal | int, places: int = 0) -> str:
    """Return ``value`` with grouped thousands in the active language's marks, half rounded up."""
    exact = Decimal(value).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    text = f"{abs(exact):,.{places}f}"
    if (get_language() or "en").startswith("de"):
        text = text.translate(str.maketrans(",.", ".,"))
    return (MINUS if exact < 0 else "") + text


_PRINTED = re.compile(r"[<+\-−]?\s?\[?[+\-−]?\d[\d.,]*(?:e[+\-]?\d+)?(?:, [+\-−]?[\d.]+)?\]?(?: (?:%|s|min|h))?")


def localised(text: str) -> str:
    """Return a value a core printed in English in the active language: its words, or its number with its marks."""
    if not text:
        return text
    if not _PRINTED.fullmatch(text):
        return _(text)
    if not (get_language() or "en").startswith("de"):
        return text
    return text.replace(", ", "; ").translate(str.maketrans(",. ", ".,\u00a0"))


def share(value: Decimal) -> str:
    """Return a share as percent with one decimal, two below one percent."""
    percent = value * 100
    return number(percent, 2 if 0 < abs(percent) < 1 else 1) + "\u00a0%"


def points(value: Decimal) -> str:
    """Return a difference of shares as signed percentage points."""
    sign = "+" if value > 0 else ""
    return sign + number(value * 100, 1) + "\u00a0" + _("pp")


def seconds(value: Decimal) -> str:
    """Return a duration in the unit a reader thinks in: seconds, minutes, hours or days."""
    if value < 120:
        return _("%(n)s\u00a0s") % {"n": number(value, 1 if value < 10 else 0)}
    if value < 7200:
        return _("%(n)s\u00a0min") % {"n": number(value / 60, 1)}
    if value < 172800:
        return _("%(n)s\u00a0h") % {"n": number(value / 3600, 1)}
    return _("%(n)s\u00a0days") % {"n": number(value / 86400, 1)}


_PRINTERS: dict[str, Callable[[Decimal], str]] = {
    "share": share,
    "points": points,
    "ratio": lambda value: number(value, 3),
    "count": lambda value: number(value),
    "seconds": seconds,
}


def measure(value: Decimal, unit: Unit) -> str:
    """Return ``value`` printed in ``unit``."""
    return _PRINTERS.get(unit, str)(value)


def interval(bounds: Interval, unit: Unit) -> str:
    """Return the bounds as ``[low, high]`` in ``unit``."""
    low = _("no bound") if bounds.low is None else measure(bounds.low, unit)
    high = _("no bound") if bounds.high is None else measure(bounds.high, unit)
    return _("[%(low)s, %(high)s]") % {"low": low, "high": high}


def figure_value(figure: Figure) -> str:
    """Return the printed value, or the words *not available*: a failed figure is never a zero."""
    if figure.value is not None:
        return measure(figure.value, figure.unit)
    return figure.text or _("not available")


def figure_detail(figure: Figure) -> str:
    """Return n, interval, threshold or the reason, in the quieter tone beside the value."""
    if not figure.available:
        return figure.reason
    parts = []
    if figure.interval is not None:
        parts.append(interval(figure.interval, figure.unit))
    if figure.n is not None:
        parts.append(f"n = {number(figure.n)}")
    if figure.threshold is not None:
        parts.append(_("threshold %(value)s") % {"value": measure(figure.threshold, figure.unit)})
    return ", ".join(parts)


def day(value: date | datetime) -> str:
    """Return a date as ``21 Nov 2026`` in the active language; a datetime's day is its UTC day."""
    if isinstance(value, datetime):
        value = value.astimezone(UTC).date()
    return date_format(value, _("j M Y"), use_l10n=False)


def month(value: date) -> str:
    """Return a month as ``November 2026`` in the active language."""
    return date_format(value, "F Y", use_l10n=False)


def moment(value: datetime) -> str:
    """Return a time as ``21 Nov 2026, 14:05 UTC``."""
    value = value.astimezone(UTC)
    return f"{day(value)}, {value:%H:%M} UTC"


def period(window: Window) -> str:
    """Return the window with both days named; the end is exclusive in data, inclusive in print."""
    last = window.end.astimezone(UTC) - timedelta(microseconds=1)
    return _("%(start)s to %(end)s") % {"start": day(window.start), "end": day(last)}


def state_word(state: str) -> str:
    """Return the printed word of a state code."""
    words = {
        "pass": _("within threshold"),
        "attention": _("disparity found"),
        "insufficient_data": _("insufficient data"),
        "supports": _("supports"),
        "contradicts": _("contradicts"),
        "insufficient": _("insufficient data"),
        "open": _("open"),
        "closed": _("closed"),
        "breached": _("breached"),
    }
    return words.get(state, state)
