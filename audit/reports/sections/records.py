"""Records and proof: what was recorded, what is missing, and under which signed checkpoint it stands."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Min, Q
from django.utils.translation import gettext as _

from audit.ledger import log
from audit.ledger.models import Leaf, Queued
from audit.models import Event, EventConflict, Heartbeat
from audit.reports import basis, display
from audit.reports.content import Block, Column, Fact, Facts, KeyFigures, Paragraph, Section, Statement, Table
from audit.reports.context import Context, exact
from audit.statistics import wilson


@dataclass
class Stream:
    """Recorded events of one type."""

    n: int = 0
    simulated: int = 0
    drill: int = 0
    quarantined: int = 0
    first: datetime | None = None
    last: datetime | None = None


def build(context: Context) -> Section:
    """Return section 14 of the report plan (AI Act Art 12, 19 and 26(6))."""
    streams = recorded(context)
    total = sum(stream.n for stream in streams.values())
    checkpoint = context.checkpoint
    lead = _(
        "%(n)s events of this use case are recorded, each under a signed checkpoint of %(size)s entries; the proof of "
        "any of them can be checked without us."
    ) % {"n": display.number(total), "size": display.number(checkpoint.size)}
    blocks: list[Block] = [Paragraph(text=lead, role="lead"), *_gaps(context), _table(streams)]
    blocks.append(KeyFigures(id="records", title=_("Completeness"), figures=_figures(context, streams)))
    blocks.append(proof_facts(context.checkpoint))
    return Section(id="records", title=_("Records and proof"), blocks=tuple(blocks))


def recorded(context: Context) -> dict[str, Stream]:
    """Return the recorded events of the use case by type, as of the checkpoint, whatever their window.

    All rows are counted by one grouped query; what came after the checkpoint is counted apart and taken off, so
    that the cost does not grow with a join over the whole ledger.
    """
    rows = Event.objects.filter(use_case=context.use_case)
    later = Q(pk__in=Leaf.objects.filter(idx__gte=context.as_of).values("entry_id")) | Q(
        pk__in=Queued.objects.values("entry_id")
    )
    found: dict[str, Stream] = {}
    for sign, chosen in ((1, rows), (-1, rows.filter(later))):
        for row in _grouped(chosen):
            stream = found.setdefault(row["type"], Stream())
            stream.n += sign * row["n"]
            stream.simulated += sign * row["simulated_n"]
            stream.drill += sign * row["drill_n"]
            stream.quarantined += sign * row["quarantined_n"]
            if sign == 1:
                stream.first, stream.last = row["first"], row["last"]
    return {kind: stream for kind, stream in sorted(found.items()) if stream.n > 0}


def _grouped(rows: Any) -> Any:
    return (
        rows.values("type")
        .annotate(
            n=Count("pk"),
            simulated_n=Count("pk", filter=Q(simulated=True)),
            drill_n=Count("pk", filter=Q(drill=True)),
            quarantined_n=Count("pk", filter=Q(quarantined=True)),
            first=Min("time"),
            last=Max("time"),
        )
        .order_by("type")
    )


def _table(streams: dict[str, Stream]) -> Table:
    rows = tuple(
        (
            kind,
            display.number(stream.n),
            display.number(stream.simulated),
            display.number(stream.drill),
            display.day(stream.first) if stream.first else "–",
            display.day(stream.last) if stream.last else "–",
        )
        for kind, stream in streams.items()
    )
    columns = (
        Column(key="type", label=_("Event type"), mono=True, weight=2),
        Column(key="n", label=_("Recorded"), align="right"),
        Column(key="simulated", label=_("Simulated"), align="right"),
        Column(key="drill", label=_("Drills"), align="right"),
        Column(key="first", label=_("First event time"), align="right"),
        Column(key="last", label=_("Last event time"), align="right"),
    )
    note = _("All recorded events of the use case up to the checkpoint, not only those of the window.")
    return Table(
        id="streams", title=_("Recorded events by type"), columns=columns, rows=rows, note=note,
        empty=_("No event has been recorded for this use case."),
    )  # fmt: skip


def sequences(context: Context) -> list[dict[str, Any]]:
    """Return per source the first and last sequence number seen and how many different ones arrived."""
    rows = Event.objects.filter(use_case=context.use_case, sequence__isnull=False)
    found: list[Any] = list(
        rows.values("source")
        .annotate(first=Min("sequence"), last=Max("sequence"), n=Count("sequence", distinct=True))
        .order_by("source")
    )
    return found


def _gaps(context: Context) -> list[Block]:
    blocks: list[Block] = []
    for row in sequences(context):
        missing = row["last"] - row["first"] + 1 - row["n"]
        if missing > 0:
            text = _("%(n)s numbers between %(first)s and %(last)s never arrived from %(source)s.") % {
                "n": display.number(missing), "first": row["first"], "last": row["last"], "source": row["source"],
            }  # fmt: skip
            blocks.append(Statement(kind="computed", text=text, against=True, source=_("sequence numbers")))
    conflicts = EventConflict.objects.filter(event__use_case=context.use_case).count()
    if conflicts:
        text = _("%(n)s events arrived a second time with other content; the first content stands.") % {"n": conflicts}
        blocks.append(Statement(kind="computed", text=text, against=True, source=_("identity of events")))
    return blocks


def _figures(context: Context, streams: dict[str, Stream]) -> tuple[Any, ...]:
    numbered = sequences(context)
    got = sum(row["n"] for row in numbered)
    expected = sum(row["last"] - row["first"] + 1 for row in numbered)
    query = "audit.reports.sections.records.recorded"
    found = [
        context.count(
            "records.events", _("Events recorded"), sum(s.n for s in streams.values()), query=query,
            basis=basis.events(), evidence_grade="A",
        ),
        context.count(
            "records.quarantined", _("Events of a type this version does not read"),
            sum(s.quarantined for s in streams.values()), query=query,
            basis=basis.events("quarantined"), evidence_grade="A",
        ),
    ]  # fmt: skip
    label = _("Share of numbered events that arrived")
    if expected:
        share = wilson(got, expected)
        found.append(
            context.figure(
                "records.complete", label, "share", value=exact(share.value), n=expected, evidence_grade="A",
                query="audit.reports.sections.records.sequences", basis=basis.events(),
            )
        )  # fmt: skip
    else:
        reason = _("the sources send no sequence numbers, so missing events cannot be told")
        found.append(context.figure("records.complete", label, "share", reason=reason))
    beats = Heartbeat.objects.filter(use_case=context.use_case, index__lt=context.as_of).count()
    found.append(
        context.count(
            "records.heartbeats",
            _("Signs of life received"),
            beats,
            basis=basis.events("ai.oversight.heartbeat.v1"),
            evidence_grade="A",
        )
    )
    return tuple(found)


def proof_facts(checkpoint: log.Checkpoint) -> Facts:
    """Return the ledger and its checkpoint as labelled values."""
    items = (
        Fact(label=_("Ledger"), text=log.origin()),
        Fact(label=_("Checkpoint"), text=_("%(n)s entries") % {"n": display.number(checkpoint.size)}),
        Fact(label=_("Signed"), text=display.moment(checkpoint.at)),
        Fact(label=_("Fingerprint"), text=checkpoint.fingerprint, mono=True),
        Fact(label=_("Root hash"), text=checkpoint.root.hex(), mono=True),
        Fact(label=_("Verifier key"), text=str(log.vkey()), mono=True),
    )
    return Facts(items=items)
