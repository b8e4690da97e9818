"""Texts of the law data in the active language, for pages and reports. What is stored stays as the data say it."""

import re
from functools import cache

from django.utils.translation import gettext

from policies.eu_ai_act.texts import texts

_PLACE = re.compile(r"\\\{(\w+)\\\}")


def in_words(text: str) -> str:
    """``text`` of the law data in the active language; a text without a translation, or none, stays as it is.

    A text that was filled in, such as a warning with its date, is told by its template and filled in again.
    """
    if not text:
        return ""
    said = gettext(text)
    if said != text:
        return said
    for template, pattern in _templates().items():
        if gettext(template) != template and (found := pattern.fullmatch(text)):
            return gettext(template).format(**found.groupdict())
    return text


@cache
def _templates() -> dict[str, re.Pattern[str]]:
    """Texts with places to fill in, and what recognises each filled in."""
    return {text: _recognising(text) for text in texts().values() if "{" in text}


def _recognising(template: str) -> re.Pattern[str]:
    seen: set[str] = set()

    def place(found: re.Match[str]) -> str:
        name = found[1]
        if name in seen:
            return f"(?P={name})"
        seen.add(name)
        return f"(?P<{name}>.+?)"

    return re.compile(_PLACE.sub(place, re.escape(template)))
