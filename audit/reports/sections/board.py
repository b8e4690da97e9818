"""One page for a board: the answer, what speaks against it, the figures of the period, what is to be decided."""

import msgspec
from django.utils.translation import gettext as _

from audit.reports.content import Block, Figure, KeyFigures, Note, Paragraph, Section, Statement, figures_of
from audit.reports.context import Context
from audit.reports.sections import designation, fairness, gaps, practice, records
from audit.reports.sections.method import simulated_text
from audit.reports.sections.register import latest_classification, tier_name
from governance.models import AgendaItem

SHOWN, ASKED, LONGEST = 5, 4, 260
WANTED = ("practice.decisions", "practice.required", "practice.M10", "practice.M1", "practice.M3", "practice.M2")


def build(context: Context) -> Section:
    """Return the summary of the oversight report's sections that fits on one page."""
    sections = [practice.build(context), designation.build(context), gaps.build(context), records.build(context)]
    if context.may_read_groups:
        sections.append(fairness.build(context))
    against = [block for s in sections for block in s.blocks if isinstance(block, Statement) and block.against]
    blocks: list[Block] = [Paragraph(text=_lead(context, len(against)), role="lead")]
    blocks += [msgspec.structs.replace(said, text=clipped(said.text)) for said in against[:SHOWN]]
    if len(against) > SHOWN:
        text = _("Further facts in the oversight report: %(n)s.") % {"n": len(against) - SHOWN}
        blocks.append(Note(text=text))
    found = {figure.id: figure for section in sections for figure in figures_of(section)}
    chosen = tuple(found[name] for name in _names(context) if name in found)
    blocks.append(KeyFigures(id="period", title=_("The period in figures"), figures=chosen))
    blocks += _asked(context)
    if context.simulated_reviews or context.use_case.simulated:
        blocks.append(Note(kind="simulated", text=simulated_text(context)))
    return Section(id="board", title=_("Summary for the board"), blocks=tuple(blocks))


def first_up(text: str) -> str:
    """Return ``text`` with its first letter as a capital, the rest as it is."""
    return text[:1].upper() + text[1:]


def clipped(text: str) -> str:
    """Return ``text`` cut to what a single page has room for."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"


def _names(context: Context) -> list[str]:
    return [f"{context.use_case.ref}.{name}" for name in WANTED]


def _lead(context: Context, against: int) -> str:
    found = latest_classification(context)
    case = context.use_case
    return _("%(tier)s; overseen as: %(mode)s; %(state)s. %(n)s facts speak against the declared oversight.") % {
        "tier": first_up(tier_name(found.tier)) if found else _("Not classified"),
        "mode": case.get_mode_display() or _("no mode chosen"),
        "state": case.get_lifecycle_display(),
        "n": against,
    }


def _asked(context: Context) -> list[Block]:
    """State what stands on the agenda of a committee about this use case and is not decided."""
    items = AgendaItem.objects.filter(
        use_case=context.use_case, state__in=("open", "voting"), meeting__convened_at__lte=context.at
    )
    listed = items.select_related("meeting").order_by("meeting__starts_at", "number")[:ASKED]
    if not listed:
        return [Note(text=_("Nothing about this use case waits on the agenda of a committee."))]
    return [
        Statement(
            kind="gap", text=_("To be decided: %(what)s") % {"what": clipped(item.title)}, reference=item.meeting.ref
        )
        for item in listed
    ]


def figures_for(context: Context) -> dict[str, Figure]:
    """Return the figures of the oversight in practice by their short name, for tables of many use cases."""
    prefix = f"{context.use_case.ref}."
    return {figure.id.removeprefix(prefix): figure for figure in figures_of(practice.build(context))}
