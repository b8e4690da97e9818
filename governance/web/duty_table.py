"""The duties of a classification as a table."""

from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from governance.register.law_words import in_words
from governance.web import words
from governance.web.tables import Cell, Column, Row, Table


def duties_table(duties: list[dict[str, Any]], today: date) -> Table | None:
    """Duties as a classification stores them, earliest first, with whether each is operative ``today``."""
    if not duties:
        return None
    rows = []
    for duty in sorted(duties, key=lambda duty: str(duty.get("operative_from") or "9999")):
        condition = in_words(str(duty.get("starts_when") or ""))
        applies = {
            True: words.Word(_("applies"), "pass"),
            False: words.Word(_("not yet"), "due"),
            None: words.Word(_("on a condition") if condition else _("date unknown"), "question"),
        }[_applies(duty.get("operative_from"), today)]
        text = in_words(str(duty.get("text") or duty.get("id") or ""))
        when = duty.get("operative_from") or duty.get("formal_from")
        under = _("Starts with: %(what)s") % {"what": condition} if condition else _formal(duty)
        rows.append(
            Row(
                cells=[
                    Cell(text=text, under=under),
                    Cell(text=duty.get("article", ""), kind="tight"),
                    Cell(text=in_words(duty.get("role", ""))),
                    Cell(text=date.fromisoformat(when), kind="day") if when else Cell(text=_("unknown")),
                    Cell(word=applies),
                ]
            )
        )
    columns = [
        Column(label=_("Duty")),
        Column(label=_("Article")),
        Column(label=_("As")),
        Column(label=_("From")),
        Column(label=_("Today")),
    ]
    count = ngettext("%(n)s duty", "%(n)s duties", len(rows)) % {"n": len(rows)}
    return Table(id="duties", caption=_("Duties under the AI Act"), columns=columns, rows=rows, stack=True, count=count)


def _applies(start: str | None, day: date) -> bool | None:
    return date.fromisoformat(start) <= day if start else None


def _formal(duty: dict[str, Any]) -> str:
    """The formal date where it differs from the one the duty operates from, and what the duty still depends on."""
    parts = []
    if duty.get("formal_from") and duty.get("formal_from") != duty.get("operative_from"):
        parts.append(
            _("Formally from %(day)s.") % {"day": date_format(date.fromisoformat(duty["formal_from"]), "j M Y")}
        )
    if duty.get("certain") is False:
        parts.append(_("Depends on: %(facts)s") % {"facts": ", ".join(duty.get("depends_on", ())) or _("legal review")})
    return " ".join(parts)
