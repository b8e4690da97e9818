"""Annexes: a sample of decisions that nobody could choose, and the index of the evidence with its ledger entries."""

import hashlib
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from audit.models import Decision
from audit.reports import display
from audit.reports.content import Column, Paragraph, Section, Table
from audit.reports.context import Context
from governance.models import Change

SAMPLE, LOOKED_AT = 12, 400
LISTED = 40
# Written out, for the twelve of a report would else be put together twelve times.
NEXT = (
    "SELECT id, use_case_id, decision_id, proposed_at, proposal_value, reviewed, final_value, entries, first_index, "
    "drill FROM audit_decision WHERE id >= %s ORDER BY id LIMIT %s"
)


def build(context: Context) -> Section:
    """Return section 21 of the report plan (AI Act Art 12, 21(2))."""
    lead = _(
        "The sample is drawn by the checkpoint itself: its root hash, hashed with the numbers 0 to 11, gives twelve "
        "points; from each the next decision of the window by its key is taken. Nobody could choose them, and anybody "
        "can draw them again."
    )
    blocks = (Paragraph(text=lead), _sample(context), _evidence(context))
    return Section(id="annex", title=_("Annexes: sample and evidence"), blocks=blocks)


def drawn(context: Context) -> list[Decision]:
    """Return the sample: after each of twelve points that the root hash gives, the next decision of the window.

    Keys of decisions are hashes, so that any point is as near to any decision. A decision is looked for among the
    next ``LOOKED_AT`` keys only: in a window with few of all decisions the sample is smaller.
    """
    found: dict[UUID, Decision] = {}
    start, end = context.window.start, context.window.end
    field = Decision._meta.get_field("id")
    for number in range(SAMPLE):
        point = UUID(bytes=hashlib.sha256(context.checkpoint.root + bytes([number])).digest()[:16])
        for row in Decision.objects.raw(NEXT, [field.get_db_prep_value(point, connection), LOOKED_AT]).iterator():
            inside = row.proposed_at is not None and start <= row.proposed_at < end and row.first_index < context.as_of
            if inside and row.use_case_id == context.use_case.pk and not row.drill and row.pk not in found:
                found[row.pk] = row
                break
    return [found[key] for key in sorted(found, key=str)]


def _sample(context: Context) -> Table:
    words = {True: _("yes"), False: _("no")}
    rows = tuple(
        (
            row.decision_id,
            display.moment(row.proposed_at) if row.proposed_at else "–",
            row.proposal_value or "–",
            words[row.reviewed],
            row.final_value or "–",
            str(len(row.entries)),
        )
        for row in drawn(context)
    )
    columns = (
        Column(key="decision", label=_("Decision"), mono=True, weight=2),
        Column(key="at", label=_("Proposed")),
        Column(key="proposal", label=_("AI proposal")),
        Column(key="reviewed", label=_("Reviewed")),
        Column(key="final", label=_("Final")),
        Column(key="entries", label=_("Entries"), align="right"),
    )
    empty = _("No decision of the window lies near the points that were drawn.")
    note = _("State of the decision on the day of the report.")
    title = _("Sample of decisions")
    return Table(id="sample", title=title, columns=columns, rows=rows, empty=empty, note=note)


def _evidence(context: Context) -> Table:
    about = {context.use_case.pk, *context.use_case.systems.values_list("pk", flat=True)}
    about |= {row.policy_id for row in context.policies()} | {row.sign_off_id for row in context.policies()}
    rows = Change.objects.filter(object_id__in=about, at__lte=context.at).order_by("-at", "-pk")[:LISTED]
    listed = tuple(
        (display.moment(row.at), row.object_ref or row.object_type, row.action, str(row.entry)) for row in rows
    )
    columns = (
        Column(key="at", label=_("Recorded")),
        Column(key="what", label=_("About")),
        Column(key="action", label=_("What was done"), mono=True, weight=2),
        Column(key="entry", label=_("Ledger entry"), mono=True, weight=2),
    )
    title = _("The last %(n)s acts on use case, systems and policy, newest first") % {"n": len(listed)}
    return Table(id="evidence", title=title, columns=columns, rows=listed, empty=_("No act is recorded."))
