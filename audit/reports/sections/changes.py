"""What changed since the report before: figures that moved clearly, and readings that turned."""

from django.utils.translation import gettext as _

from audit.reports import display
from audit.reports.compare import Change, compare
from audit.reports.content import (
    Checkpoint,
    Column,
    Figure,
    Meta,
    OversightReport,
    Paragraph,
    Section,
    Table,
)
from audit.reports.context import Context

LISTED = 40


def build(context: Context, previous: OversightReport, sections: list[Section]) -> Section:
    """Return the comparison of the sections computed now with the ``previous`` report."""
    now = OversightReport(meta=previous.meta, sections=tuple(sections))
    found = [change for change in compare(previous, now) if not _is_word_only(change)]
    marked = [change for change in found if change.clear or _turned(change)]
    lead = _(
        "Compared with %(ref)s (%(period)s): %(n)s figures differ, %(clear)s of them by more than their intervals or "
        "with another reading."
    ) % {
        "ref": previous.meta.ref,
        "period": display.period(previous.window),
        "n": display.number(len(found)),
        "clear": display.number(len(marked)),
    }
    why = _reasons(context, previous.meta)
    return Section(
        id="changes",
        title=_("Changes since the previous report"),
        blocks=(Paragraph(text=lead, role="lead"), Paragraph(text=why), _table(marked[:LISTED])),
    )


def _is_word_only(change: Change) -> bool:
    return (change.after or change.before or Figure(id="", label="", unit="text")).unit == "text"


def _turned(change: Change) -> bool:
    before, after = change.before, change.after
    return before is not None and after is not None and before.state != after.state


def _reasons(context: Context, before: Meta) -> str:
    """Say what else changed between the two cuts: window, ledger, law, software."""
    said = []
    if before.window != context.window:
        said.append(_("the period is another one"))
    old: Checkpoint | None = before.checkpoint
    if old is not None and old.size != context.as_of:
        said.append(_("the ledger has %(n)s more entries") % {"n": display.number(context.as_of - old.size)})
    versions = {f"{row.policy.ref} v{row.policy.version}" for row in context.policies()}
    if versions:
        said.append(_("policy in force now: %(names)s") % {"names": ", ".join(sorted(versions))})
    return _("Between the two: %(reasons)s.") % {"reasons": "; ".join(said) or _("nothing but the day")}


def _table(marked: list[Change]) -> Table:
    rows = tuple(
        (
            change.label,
            _shown(change.before),
            _shown(change.after),
            _("yes") if change.clear else _("no"),
            display.state_word(change.after.state) if change.after else _("gone"),
        )
        for change in marked
    )
    columns = (
        Column(key="label", label=_("Figure"), weight=3),
        Column(key="before", label=_("Previous value"), align="right"),
        Column(key="after", label=_("Now"), align="right"),
        Column(key="clear", label=_("Beyond both intervals")),
        Column(key="state", label=_("Reading now")),
    )
    return Table(
        id="changes", title=_("Figures that moved clearly or read differently"), columns=columns, rows=rows,
        empty=_("No figure moved beyond its interval, and none reads differently."),
    )  # fmt: skip


def _shown(figure: Figure | None) -> str:
    if figure is None:
        return "–"
    bounds = display.interval(figure.interval, figure.unit) if figure.interval else ""
    return f"{display.figure_value(figure)} {bounds}".strip()
