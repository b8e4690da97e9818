"""Framework crosswalk: which records answer the controls of ISO/IEC 42001 and the NIST AI RMF."""

from django.utils.translation import gettext as _

from audit.reports.content import Column, Note, Paragraph, Section, Table
from audit.reports.context import Context
from governance.models import DutyRecord
from governance.register.law_words import in_words
from policies.frameworks import FRAMEWORKS, evidence_for, framework


def build(context: Context) -> Section:
    """Return section 18 of the report plan; a mapping is no presumption of conformity with either text."""
    rows = DutyRecord.objects.filter(use_case=context.use_case, noted_at__lte=context.at, state="shown")
    shown = set(rows.values_list("point", flat=True))
    lead = _("People have shown %(n)s points of the checklist of this use case, with evidence.") % {"n": len(shown)}
    tables = [_table(name, shown) for name in FRAMEWORKS]
    text = _("Best effort: a mapping is no presumption of conformity with either text.")
    return Section(
        id="crosswalk",
        title=_("Framework crosswalk"),
        blocks=(Paragraph(text=lead, role="lead"), *tables, Note(kind="limit", text=text)),
    )


def _table(name: str, shown: set[str]) -> Table:
    """Return a framework group by group: its controls, and those that at least one shown point answers."""
    found = framework(name)
    answered = {each.control for each in evidence_for(name) if shown.intersection(each.points)}
    groups: dict[str, list[str]] = {}
    for control in found.controls:
        groups.setdefault(control.id.rpartition(".")[0] or control.id, []).append(control.id)
    rows = tuple(
        (
            group,
            str(len(ids)),
            ", ".join(id_ for id_ in ids if id_ in answered) or "–",
            ", ".join(id_ for id_ in ids if id_ not in answered) or "–",
        )
        for group, ids in groups.items()
    )
    columns = (
        Column(key="group", label=_("Group")),
        Column(key="n", label=_("Controls"), align="right"),
        Column(key="shown", label=_("Answered by evidence that is shown"), weight=3),
        Column(key="open", label=_("Not answered"), weight=3),
    )
    return Table(id=f"crosswalk-{name}", title=in_words(found.title), columns=columns, rows=rows)
