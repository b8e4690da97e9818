"""Summary for decision: what speaks against the declared design comes first, then the figures of the period."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from audit.reports import display
from audit.reports.content import Block, Figure, KeyFigures, Note, Paragraph, Section, Statement, figures_of
from audit.reports.context import Context
from audit.reports.sections import gaps
from audit.reports.sections.method import simulated_text

GAPS = 5  # open gaps that are named in the summary
SHOWN = 3  # statements against the design that a section sends to the summary
WANTED = (
    "practice.decisions",
    "practice.required",
    "practice.M10",
    "practice.M1",
    "practice.M3",
    "practice.M2",
    "records.events",
)


def build(context: Context, sections: Sequence[Section]) -> Section:
    """Return section 1 of the report plan, from the ``sections`` already computed."""
    by_section = [[b for b in s.blocks if isinstance(b, Statement) and b.against] for s in sections]
    against = [statement for found in by_section for statement in found]
    shown = [statement for found in by_section for statement in found[:SHOWN]]
    missing = [s for s in sections if s.status == "not_available"]
    blocks: list[Block] = [Paragraph(text=_lead(against, missing), role="lead")]
    blocks += _findings(context)
    blocks += shown
    if len(against) > len(shown):
        text = _("Further facts that speak against the declared design, in their sections: %(n)s.")
        blocks.append(Note(text=text % {"n": len(against) - len(shown)}))
    blocks += [
        Statement(kind="gap", text=_("%(title)s could not be computed: %(why)s") % {"title": s.title, "why": s.reason})
        for s in missing
    ]
    gaps_found = [b for s in sections for b in s.blocks if isinstance(b, Statement) and b.kind == "gap"]
    blocks += gaps_found[:GAPS]
    if len(gaps_found) > GAPS:
        text = _("Further open gaps, in their sections: %(n)s.") % {"n": len(gaps_found) - GAPS}
        blocks.append(Note(text=text))
    chosen = _figures(context, sections)
    if chosen:
        blocks.append(KeyFigures(id="period", title=_("The period in figures"), figures=chosen))
    if context.simulated_reviews or context.use_case.simulated:
        blocks.append(Note(kind="simulated", text=simulated_text(context)))
    return Section(id="summary", title=_("Summary for decision"), blocks=tuple(blocks))


def _lead(against: Sequence[Statement], missing: Sequence[Section]) -> str:
    if not against and not missing:
        return _("Nothing recorded in this window speaks against the declared design; see the limits at the end.")
    text = _("%(n)s facts speak against the declared oversight design or the declared thresholds.") % {
        "n": len(against)
    }
    if missing:
        text += " " + _("%(n)s sections could not be computed.") % {"n": len(missing)}
    return text


def _findings(context: Context) -> list[Statement]:
    """State open findings of the window, kind by kind, the weightiest first."""
    return [
        Statement(
            kind="computed",
            against=True,
            text=_("%(cases)s decisions: %(meaning)s") % {
                "cases": display.number(int(str(kind["cases"]))), "meaning": gaps.meaning_of(str(kind["code"]))[0],
            },
            source=_("findings %(code)s, open") % {"code": kind["code"]},
        )
        for kind in gaps.by_kind(context)
        if kind["state"] == "open"
    ][:5]  # fmt: skip


def _figures(context: Context, sections: Sequence[Section]) -> tuple[Figure, ...]:
    found = {figure.id: figure for section in sections for figure in figures_of(section)}
    wanted = [f"{context.use_case.ref}.{name}" for name in WANTED]
    return tuple(found[name] for name in wanted if name in found)
