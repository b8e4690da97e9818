"""A page for the public: what the AI is used for, what people do about it, what the figures say, where to turn."""

from django.utils.translation import gettext as _

from audit.reports.content import Block, Fact, Facts, KeyFigures, Note, Paragraph, Section, Statement, figures_of
from audit.reports.context import Context
from audit.reports.sections import practice
from audit.reports.sections.method import simulated_text
from audit.reports.sections.register import latest_classification, tier_name
from governance.models import Disclosure
from policies.oversight.modes import MEANINGS, Mode

SHOWN = ("practice.decisions", "practice.M1", "practice.M2", "practice.M14")


def build(context: Context) -> Section:
    """Return what the public is told; figures of the window without anything about single people."""
    case, found = context.use_case, latest_classification(context)
    systems = ", ".join(f"{s.name} {s.version}".strip() for s in case.systems.order_by("ref"))
    facts = [
        (_("What it is used for"), case.purpose),
        (_("Who is affected"), case.affected_people),
        (_("Who answers for it"), case.unit.name),
        (_("AI systems"), systems),
        (_("Data used"), case.data_used),
        (_("Under the EU AI Act"), tier_name(found.tier) if found else _("not classified")),
        (_("What people do"), _(MEANINGS[Mode(case.mode)]) if case.mode else _("no oversight mode is chosen")),
    ]
    blocks: list[Block] = [
        Paragraph(text=case.name, role="lead"),
        Facts(items=tuple(Fact(label=label, text=text or _("not stated")) for label, text in facts)),
        *_told(context),
        _figures(context),
    ]
    if context.simulated_reviews or case.simulated:
        blocks.append(Note(kind="simulated", text=simulated_text(context)))
    return Section(id="transparency", title=_("How AI is used here"), blocks=tuple(blocks))


def _told(context: Context) -> list[Block]:
    """Quote the notices to people and to who interacts with the system, the newest version in each language."""
    rows = Disclosure.objects.filter(
        use_case=context.use_case, kind__in=("people", "interaction"), published_at__lte=context.at
    )
    newest: dict[tuple[str, str], Disclosure] = {}
    for row in rows.order_by("version"):
        newest[row.kind, row.language] = row
    if not newest:
        return [Statement(kind="gap", text=_("No notice to the people decided about is published."))]
    return [
        Statement(kind="person", text=row.text, by=context.use_case.unit.name, at=row.published_at, reference=row.ref)
        for _key, row in sorted(newest.items())
    ]


def _figures(context: Context) -> KeyFigures:
    prefix = f"{context.use_case.ref}."
    found = {figure.id.removeprefix(prefix): figure for figure in figures_of(practice.build(context))}
    chosen = tuple(found[name] for name in SHOWN if name in found)
    return KeyFigures(id="period", title=_("The period in figures"), figures=chosen)
