"""Records and proof: what was recorded, what is missing, and under which signed checkpoint it stands."""

from typing import Any

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from audit.events.tally import Stream, Tally, tally
from audit.ledger import log
from audit.ledger.models import Leaf
from audit.models import Event, EventConflict
from audit.reports import basis, display
from audit.reports.content import Block, Column, Fact, Facts, KeyFigures, Paragraph, Section, Statement, Table
from audit.reports.context import Context, exact
from audit.reports.sections import removed
from audit.statistics import wilson

QUERY = "audit.events.tally.tally"
HEARTBEAT = "ai.oversight.heartbeat.v1"


def build(context: Context) -> Section:
    """Return section 14 of the report plan (AI Act Art 12, 19 and 26(6))."""
    streams = recorded(context).streams
    total = sum(stream.n for stream in streams.values())
    checkpoint = context.checkpoint
    lead = _(
        "%(n)s events of this use case are recorded, each under a signed checkpoint of %(size)s entries; the proof of "
        "any of them can be checked without us."
    ) % {"n": display.number(total), "size": display.number(checkpoint.size)}
    blocks: list[Block] = [Paragraph(text=lead, role="lead"), *_gaps(context), _table(streams)]
    blocks.append(KeyFigures(id="records", title=_("Completeness"), figures=_figures(context, streams)))
    blocks += removed.blocks(context)
    blocks.append(proof_facts(context.checkpoint))
    return Section(id="records", title=_("Records and proof"), blocks=tuple(blocks))


def recorded(context: Context) -> Tally:
    """Return the recorded events of the use case, as of the checkpoint, whatever their window."""
    found: Tally = context.once("tally", lambda: tally(context.use_case, as_of=context.as_of))
    return found


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


def _gaps(context: Context) -> list[Block]:
    blocks: list[Block] = []
    for source, numbers in recorded(context).numbers.items():
        if missing := numbers.expected - numbers.fresh:
            text = _("%(n)s numbers between %(first)s and %(last)s never arrived from %(source)s.") % {
                "n": display.number(missing), "first": numbers.low, "last": numbers.high, "source": source,
            }  # fmt: skip
            blocks.append(Statement(kind="computed", text=text, against=True, source=_("sequence numbers")))
    placed = Leaf.objects.filter(idx__lt=context.as_of, entry_id=OuterRef("entry"))
    # Asked of each conflict, of which there are few, and not of each event.
    own = Event.objects.filter(pk=OuterRef("event"), use_case=context.use_case)
    conflicts = EventConflict.objects.filter(Exists(placed), Exists(own)).count()
    if conflicts:
        text = _("%(n)s events arrived a second time with other content; the first content stands.") % {"n": conflicts}
        blocks.append(Statement(kind="computed", text=text, against=True, source=_("identity of events")))
    return blocks


def _figures(context: Context, streams: dict[str, Stream]) -> tuple[Any, ...]:
    numbers = recorded(context).numbers.values()
    got, expected = sum(each.fresh for each in numbers), sum(each.expected for each in numbers)
    found = [
        context.count(
            "records.events", _("Events recorded"), sum(s.n for s in streams.values()), query=QUERY,
            basis=basis.events(), evidence_grade="A",
        ),
        context.count(
            "records.quarantined", _("Events of a type this version does not read"),
            sum(s.quarantined for s in streams.values()), query=QUERY,
            basis=basis.events("quarantined"), evidence_grade="A",
        ),
    ]  # fmt: skip
    label = _("Share of numbered events that arrived")
    if expected:
        share = wilson(got, expected)
        found.append(
            context.figure(
                "records.complete", label, "share", value=exact(share.value), n=expected, evidence_grade="A",
                query=QUERY, basis=basis.events(),
            )
        )  # fmt: skip
    else:
        reason = _("the sources send no sequence numbers, so missing events cannot be told")
        found.append(context.figure("records.complete", label, "share", reason=reason))
    found.append(
        context.count(
            "records.heartbeats",
            _("Signs of life received"),
            streams[HEARTBEAT].n if HEARTBEAT in streams else 0,
            query=QUERY,
            basis=basis.events(HEARTBEAT),
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
