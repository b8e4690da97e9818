"""What was erased, pruned and held: the part of the records that can no longer be read, and why."""

from django.utils.translation import gettext as _

from audit.ledger.counting import Act
from audit.ledger.removal import ERASED, PRUNED
from audit.reports import basis, display
from audit.reports.behind import removals_of
from audit.reports.content import Block, Column, Figure, KeyFigures, Note, Table
from audit.reports.context import Context
from audit.retention import Removals

QUERY = "audit.retention.removals_in"
LISTED = 20


def blocks(context: Context) -> list[Block]:
    """Return the counts of removed contents, the acts that removed them, and the legal holds of the window."""
    found = removals_of(context)
    made: list[Block] = [KeyFigures(id="removals", title=_("Erased, pruned, held"), figures=_figures(context, found))]
    if found.done:
        made.append(_acts(found.done))
    if found.holds:
        made.append(_holds(found))
    text = _("Of a removed content the ledger keeps the commitment: that it was there, and when, can still be proven.")
    return [*made, Note(text=text)]


def _figures(context: Context, found: Removals) -> tuple[Figure, ...]:
    listed = (
        ("done", ERASED, _("Contents erased in the window, on request"), found.erased),
        ("done", PRUNED, _("Contents pruned in the window, their period over"), found.pruned),
        ("missing", ERASED, _("Contents recorded in the window and erased since"), found.missing_erased),
        ("missing", PRUNED, _("Contents recorded in the window and pruned since"), found.missing_pruned),
    )
    return tuple(
        context.count(
            f"records.{when}.{kind}", label, n, query=QUERY, basis=basis.removals(when, kind), evidence_grade="A"
        )
        for when, kind, label, n in listed
    )


def _acts(acts: tuple[Act, ...]) -> Table:
    words = {ERASED: _("erased on request"), PRUNED: _("pruned, the period over")}
    rows = tuple(
        (
            display.moment(act.at),
            words.get(act.kind, act.kind),
            display.number(act.total),
            "–" if act.index is None else display.number(act.index),
            str(act.entry),
        )
        for act in acts[-LISTED:]
    )
    columns = (
        Column(key="at", label=_("When")),
        Column(key="kind", label=_("What was done"), weight=2),
        Column(key="n", label=_("Contents"), align="right"),
        Column(key="index", label=_("Place in the ledger"), align="right"),
        Column(key="entry", label=_("Ledger entry"), mono=True, weight=2),
    )
    title = _("The last %(n)s removals of the window") % {"n": len(rows)}
    return Table(id="removed", title=title, columns=columns, rows=rows)


def _holds(found: Removals) -> Table:
    rows = tuple(
        (
            display.moment(hold.placed_at),
            display.moment(hold.lifted_at) if hold.lifted_at else _("stands"),
            hold.stream or _("everything"),
            hold.reason,
        )
        for hold in found.holds
    )
    columns = (
        Column(key="placed", label=_("Placed")),
        Column(key="lifted", label=_("Lifted")),
        Column(key="what", label=_("Covers")),
        Column(key="why", label=_("Reason"), weight=3),
    )
    return Table(id="holds", title=_("Legal holds of the window"), columns=columns, rows=rows)
