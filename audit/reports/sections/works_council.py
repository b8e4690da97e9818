"""Aggregate for a works council: how the work of reviewers looks as a whole. Nobody can be told from it."""

from django.utils.translation import gettext as _

from audit.oversight.protection import reviewers_in
from audit.reports import display
from audit.reports.content import Block, Column, Fact, Facts, KeyFigures, Note, Paragraph, Section, Table
from audit.reports.context import Context
from audit.reports.reviewing import reviewing
from audit.reports.sections.practice import figure_of, left_out

LEAST = 5  # reviewers; below so many an average says something about single people
SHOWN = ("M1", "M2", "M3", "M3b", "M9", "M15", "M16", "M20")


def build(context: Context) -> Section:
    """Return the figures of reviewing, suppressed when fewer than five people reviewed."""
    work = reviewing(context)
    people = len(reviewers_in(work.counts))
    blocks: list[Block] = [_said(people, work.withheld)]
    if people >= LEAST:
        figures = tuple(figure_of(context, each) for each in work.measures if each.id in SHOWN)
        blocks.append(KeyFigures(id="reviewing", title=_("Reviewing as a whole"), figures=figures))
    elif not work.withheld:
        text = _("Not available: fewer than %(n)s people reviewed, so any average would tell of single people.")
        blocks.append(Note(kind="limit", text=text % {"n": LEAST}))
    blocks += [*left_out(work), _kept()]
    text = _("There is no list of reviewers, no comparison between them and no ranking, in this report or elsewhere.")
    blocks.append(Note(text=text))
    return Section(id="reviewing", title=_("The work of reviewers"), blocks=tuple(blocks))


def _said(people: int, withheld: str) -> Paragraph:
    text = _("%(n)s people reviewed decisions within the window.") % {"n": display.number(people)}
    if withheld:
        text = _(withheld)
    elif 0 < people < LEAST:
        text = _("Fewer than %(n)s people reviewed decisions within the window.") % {"n": LEAST}
    return Paragraph(text=text, role="lead")


def _kept() -> Table:
    rows = (
        (_("Pseudonym of the reviewer"), _("to tell whether two reviews are of two people"), _("never shown in lists")),
        (_("Time a review took"), _("to tell whether a case can have been read"), _("in aggregate")),
        (_("Decision and reason"), _("to tell what people changed, and why"), _("with the decision")),
        (_("Qualifications"), _("to tell whether who reviewed was trained for it"), _("in aggregate")),
    )
    columns = (
        Column(key="what", label=_("What is recorded"), weight=2),
        Column(key="why", label=_("For what"), weight=3),
        Column(key="shown", label=_("How it is shown"), weight=2),
    )
    return Table(id="recorded", title=_("What is recorded about people who review"), columns=columns, rows=rows)


def about(context: Context) -> Section:
    """Return what the use case is and how the reviewers' rules came about."""
    case = context.use_case
    items = [
        Fact(label=_("Use case"), text=f"{case.ref} {case.name}"),
        Fact(label=_("Intended purpose"), text=case.purpose),
        Fact(label=_("Oversight mode"), text=case.get_mode_display() or _("no mode chosen")),
    ]
    items += [
        Fact(
            label=_("Oversight policy"),
            text=_("%(policy)s, signed off as %(ref)s") % {
                "policy": f"{row.policy.ref} v{row.policy.version}", "ref": row.sign_off.ref,
            },
        )
        for row in context.policies()
    ]  # fmt: skip
    return Section(id="about", title=_("What this is about"), blocks=(Facts(items=tuple(items)),))
