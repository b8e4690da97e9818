"""Method and limits: how figures were made, who set the thresholds, what could not be computed."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from audit.reports import display
from audit.reports.content import Block, Column, Figure, KeyFigures, Note, Paragraph, Section, Table, figures_of
from audit.reports.context import VERSION, Context
from policies.eu_ai_act import CURRENT_LAW


def build(contexts: Sequence[Context], sections: Sequence[Section]) -> Section:
    """Return section 20 of the report plan; ``sections`` are those before it, read for what they lack."""
    blocks: list[Block] = [
        Paragraph(text=text)
        for text in (
            _(
                "A figure stands on decisions proposed within the window, whenever their reviews came, and on what the "
                "ledger held at the checkpoint. Drills and canaries are left out. An unknown value is counted as "
                "unknown, never as no."
            ),
            _(
                "Shares carry Wilson 95 %% intervals, differences Newcombe's, ratios the log-Wald (Katz) or Koopman "
                "interval; p values of several comparisons are corrected by Holm's method. A verdict needs at least "
                "30 cases on each side and 5 expected events; below 10 cases no rate is shown."
            )
            % (),
            _(
                "Evidence grades: A recorded by an authenticated person or by this system itself; B asserted by the "
                "sending system; C stated by a person. A report never states that the law is met: it gives evidence, "
                "gaps and open questions."
            ),
        )
    ]
    blocks += [_thresholds(contexts), _unavailable(sections)]
    invented = next((each for each in contexts if each.simulated_reviews or each.use_case.simulated), None)
    if invented is not None:
        blocks.append(Note(kind="simulated", text=simulated_text(invented)))
    text = _("A ledger proves that records were not changed after they were recorded, not that they are true.")
    blocks.append(Note(kind="limit", text=text))
    return Section(id="method", title=_("Method and limits"), blocks=tuple(blocks))


def simulated_text(context: Context) -> str:
    """Say what in this report is invented."""
    if context.simulated_reviews:
        return _(
            "Human reviews in this report are simulated: they were made by a program for an example, and say nothing "
            "about real people."
        )
    return _("This use case belongs to an example organisation.")


def _thresholds(contexts: Sequence[Context]) -> Table:
    many, rows = len(contexts) > 1, []
    for context in contexts:
        of = f"{context.use_case.ref} " if many else ""
        threshold = display.localised(str(context.use_case.fairness.get("threshold") or "–"))
        rows.append((of + _("Impact ratio"), threshold, _("declared for the use case")))
        for row in context.policies():
            text = f"{row.policy.ref} v{row.policy.version}"
            rows.append((of + _("Oversight policy"), text, _("signed off as %(ref)s") % {"ref": row.sign_off.ref}))
    rows.append((_("Law data"), CURRENT_LAW.version, _("rows with sources, versioned")))
    rows.append((_("Method version"), VERSION, _("raised when a definition changes")))
    columns = (
        Column(key="what", label=_("Threshold or version")),
        Column(key="value", label=_("Value")),
        Column(key="who", label=_("Set by"), weight=2),
    )
    return Table(id="thresholds", title=_("Thresholds and versions"), columns=columns, rows=tuple(rows))


def _unavailable(sections: Sequence[Section]) -> Table:
    rows = [(section.title, section.reason) for section in sections if section.status == "not_available"]
    for section in sections:
        for block in section.blocks:
            if isinstance(block, KeyFigures):
                rows += [(f.label, f.reason) for f in block.figures if not f.available]
            elif isinstance(block, Table) and block.id == "unmeasured":
                rows += [(str(row[0]), str(row[1])) for row in block.rows]
    columns = (Column(key="what", label=_("Figure or section")), Column(key="why", label=_("Why"), weight=3))
    return Table(
        id="unavailable", title=_("What could not be computed"), columns=columns, rows=tuple(rows),
        empty=_("Everything this report asks for could be computed."),
    )  # fmt: skip


def sources(numbers: dict[str, str], sections: Sequence[Section]) -> Section:
    """Return the list of all figures: number, identifier, and the query that made each."""
    first: dict[str, Figure] = {}
    for section in sections:
        for figure in figures_of(section):
            first.setdefault(figure.id, figure)
    rows = tuple(
        (
            numbers[figure.id],
            figure.id,
            figure.evidence_grade,
        )
        for figure in first.values()
        if figure.id in numbers
    )
    columns = (
        Column(key="number", label=_("No.")),
        Column(key="id", label=_("Identifier"), mono=True),
        Column(key="grade", label=_("Grade"), align="right"),
    )
    table = Table(id="sources", title=_("All figures of this report"), columns=columns, rows=rows)
    lead = _(
        "The small number beside each figure leads here. Under the identifier the attached data give the query, the "
        "window, the filter and the checkpoint of the figure."
    )
    return Section(id="sources", title=_("Figures and their sources"), blocks=(Paragraph(text=lead), table))
