"""Template tags and filters of the pages: badges, icons, figures with interval, dates with their zone."""

import base64
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from governance.register.law_words import in_words
from governance.web import words
from governance.web.act_words import act_words
from governance.web.tables import Table
from governance.web.words import Word

register = template.Library()


@register.simple_tag
@lru_cache(256)  # a list draws the same few a hundred times
def icon(name: str) -> SafeString | str:
    """Draw a symbol of the sprite; it says nothing to a screen reader, the word beside it does."""
    if not name:
        return ""
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>', static("img/icons.svg"), name)


@register.simple_tag
def sign_in_provider() -> str:
    """Name of the organisation's own sign-in provider, empty without one."""
    return settings.OIDC["name"] if settings.OIDC else ""


@register.simple_tag
def badge_of(word: Word, strong: bool = False) -> SafeString:
    """Draw shape, word and colour of ``word``."""
    classes = " ".join(part for part in ("badge", word.tone, "strong" if strong else "") if part)
    return format_html('<span class="{}">{}<span>{}</span></span>', classes, icon(word.icon), word.text)


@register.simple_tag
def state(code: str | None, strong: bool = False) -> SafeString:
    """Badge of a state or verdict code."""
    return badge_of(words.word_of(code, words.STATES), strong)


@register.simple_tag
def tier(code: str | None, strong: bool = False) -> SafeString:
    """Badge of an AI Act tier."""
    return badge_of(words.word_of(code, words.TIERS), strong)


@register.simple_tag
def mode(code: str | None, strong: bool = False) -> SafeString:
    """Badge of an oversight mode."""
    return badge_of(words.word_of(code, words.MODES), strong)


@register.simple_tag
def picture_of(png: bytes | memoryview) -> SafeString:
    """A PNG as an address that holds it whole."""
    return format_html("data:image/png;base64,{}", base64.b64encode(png).decode())


@register.simple_tag
def rows_of(table: Table) -> SafeString:
    """The rows of a table."""
    from governance.web.table_markup import rows_markup  # that module draws with the tags of this one

    return rows_markup(table)


@register.filter
def law(text: str) -> str:
    """A text of the law data in the reader's language."""
    return in_words(text)


@register.filter
def mode_means(code: str | None) -> Any:
    """What a mode means, in a sentence."""
    return words.MODE_MEANS.get(code or "", "")


@register.filter
def finding(code: str) -> Any:
    """What a finding's code means, in a sentence."""
    return words.finding_words(code)


@register.filter
def act(action: str) -> Any:
    """The verb of a recorded act."""
    return act_words(action)


@register.filter
def day(value: date | datetime | None) -> str | SafeString:
    """A date as 21 Nov 2026; unknown stays unknown."""
    if value is None:
        return _("unknown")
    if isinstance(value, datetime):
        value = timezone.localtime(value).date()
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), date_format(value, "j M Y"))


@register.filter
def moment(value: datetime | None) -> str | SafeString:
    """A time as 21 Nov 2026, 14:05 UTC; unknown stays unknown."""
    if value is None:
        return _("unknown")
    local = timezone.localtime(value)
    text = f"{date_format(local, 'j M Y')}, {local:%H:%M} {local.tzname()}"
    return format_html('<time datetime="{}">{}</time>', local.isoformat(timespec="seconds"), text)


@register.filter
def iso_moment(value: str | None) -> str | SafeString:
    """:func:`moment` of an RFC 3339 text."""
    if not value:
        return _("unknown")
    try:
        return moment(datetime.fromisoformat(value))
    except ValueError:
        return value


@register.filter
def number(value: int | float | Decimal | None, decimals: int = 0) -> str:
    """A number with group marks; ``None`` is not available, never 0."""
    if value is None:
        return _("not available")
    return words.chart_words().number(float(value), int(decimals))


@register.filter
def share(value: float | Decimal | None) -> str:
    """A share as percent with one decimal."""
    return _("not available") if value is None else words.chart_words().value(float(value), "share")


@register.simple_tag
def figure(value: Any, low: Any = None, high: Any = None, n: Any = None, unit: str = "ratio") -> SafeString:
    """``0.99 (95 % CI 0.96–1.02, n 12,034)``: a value never stands without what it rests on."""
    said = words.chart_words()
    count = f"n {said.number(float(n))}" if n is not None else ""
    if value is None:
        return format_html("{} <span class='interval'>{}</span>", _("not available"), f"({count})" if count else "")
    parts = []
    if low is not None and high is not None:
        parts.append(f"95 % CI {said.interval(float(low), float(high), unit)}")
    if count:
        parts.append(count)
    rest = f"({', '.join(parts)})" if parts else ""
    return format_html('{} <span class="interval">{}</span>', said.value(float(value), unit), rest)


@register.filter
def unknown(value: Any) -> Any:
    """The value, or the word *unknown* where there is none."""
    return _("unknown") if value is None or value == "" else value


@register.filter
def language_name(code: str) -> str:
    """The name of a language in the reader's language."""
    return words.language_name(code)


@register.filter
def listed(values: Any) -> str:
    """Values in one line, or *unknown*."""
    return ", ".join(str(value) for value in values) if values else _("unknown")


@register.filter
def last_day(window: Any) -> str | SafeString:
    """The last day inside a half-open window (``end`` is exclusive), in UTC."""
    return day((window.end - timedelta(microseconds=1)).astimezone(UTC).date())
