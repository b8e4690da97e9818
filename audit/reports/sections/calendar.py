"""Legal calendar: what applies on the day of the report, and what comes next for this use case."""

from collections import defaultdict
from datetime import UTC, date

from django.utils.translation import gettext as _

from audit.reports import display
from audit.reports.content import Block, Column, Paragraph, Section, Statement, Table
from audit.reports.context import Context
from audit.reports.sections.register import latest_classification
from governance.register.law_words import in_words
from policies.eu_ai_act.law import DateRow
from policies.eu_ai_act.timeline import applicable, upcoming

LISTED = 12


def build(context: Context) -> Section:
    """Return section 2 of the report plan (AI Act Art 113 and 111 as amended)."""
    day = context.at.astimezone(UTC).date()
    now, later = applicable(day), upcoming(day)
    dated = [row for row in later if row.applies_from]
    lead = _("%(now)s rows of the date table apply on %(day)s.") % {"now": len(now), "day": display.day(day)}
    if dated:
        lead += " " + _("The next one is %(what)s, on %(day)s.") % {
            "what": in_words(dated[0].subject), "day": display.day(dated[0].applies_from or day),
        }  # fmt: skip
    blocks: list[Block] = [Paragraph(text=lead, role="lead"), _own(context, day)]
    found = latest_classification(context)
    if found is not None and context.use_case.first_use is None:
        text = _("No day of first use is recorded, so rules for systems already in use cannot be applied.")
        blocks.append(Statement(kind="gap", text=text, reference="Art 111"))
    blocks += [_table("upcoming", _("What comes next in the law"), later[:LISTED])]
    blocks += [_table("applicable", _("What applies on %(day)s") % {"day": display.day(day)}, now)]
    return Section(id="calendar", title=_("Legal calendar"), blocks=tuple(blocks))


def _own(context: Context, day: date) -> Table:
    """List the days on which duties of this use case begin, from its latest classification."""
    found = latest_classification(context)
    starts: dict[str, list[str]] = defaultdict(list)
    for duty in found.duties if found else ():
        begins = duty.get("operative_from")
        if begins and date.fromisoformat(begins) > day:
            starts[begins].append(str(duty["article"]))
    rows = tuple(
        (display.day(date.fromisoformat(begins)), str(len(articles)), ", ".join(dict.fromkeys(articles)))
        for begins, articles in sorted(starts.items())
    )
    columns = (
        Column(key="day", label=_("From")),
        Column(key="n", label=_("Duties"), align="right"),
        Column(key="articles", label=_("Articles"), weight=4),
    )
    empty = _("No duty of this use case begins after this day.") if found else _("The use case is not classified.")
    title = _("Duties of this use case that begin later")
    return Table(id="own-dates", title=title, columns=columns, rows=rows, empty=empty)


def _table(id_: str, title: str, listed: tuple[DateRow, ...]) -> Table:
    rows = tuple(
        (display.day(row.applies_from) if row.applies_from else _("on event"), row.provision, in_words(row.subject))
        for row in listed
    )
    columns = (
        Column(key="day", label=_("From")),
        Column(key="provision", label=_("Provision"), weight=2),
        Column(key="subject", label=_("What it is about"), weight=3),
    )
    return Table(id=id_, title=title, columns=columns, rows=rows, empty=_("The date table has no such row."))
