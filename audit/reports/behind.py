"""What stands behind a figure, room by room: the stored aggregate, and the things it counts, in order of their name.

Every reader yields from ``after`` on and stops when nobody asks for more, so that a page costs a page.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, time
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import Q, QuerySet, Sum, TextField
from django.db.models.functions import Cast

from audit.fairness.assessment import assess
from audit.fairness.contribution import final_decision
from audit.fairness.counts import Counts
from audit.fairness.declared import config_of, schema_of
from audit.fairness.issued import issued_counts_for
from audit.ledger.counting import Act
from audit.ledger.models import Leaf
from audit.models import Event, OversightDelta
from audit.oversight import aggregates as oversight
from audit.reports.basis import Basis, cell
from audit.reports.context import Context
from audit.retention import Removals, removals_in
from governance.models import Change
from policies.oversight.record import DecisionRecord

Cells = Mapping[str, int]
CHUNK = 500


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing a figure counts: a decision, a finding without one, an event, a change of the register.

    ``adds`` are the cells it brings to the aggregate; ``counted``: it is in the numerator, ``None`` where the answer
    would tell a person's group. ``entry`` is its ledger entry where it has one of its own.
    """

    name: str
    decision_id: str = ""
    adds: Cells = field(default_factory=dict)
    counted: bool | None = True
    entry: UUID | None = None
    index: int | None = None


def aggregate(context: Context, basis: Basis) -> Cells:
    """Return the stored counts below a figure, as of the checkpoint."""
    return {
        "oversight": _oversight_cells,
        "fairness": _group_cells,
        "findings": _finding_cells,
        "events": _event_cells,
        "register": _change_cells,
        "removals": _removal_cells,
    }[basis.room](context, basis)


def things(context: Context, basis: Basis, after: str = "") -> Iterator[Thing]:
    """Yield what the figure counts, from the name after ``after`` on."""
    return {
        "oversight": _deciding,
        "fairness": _assessed,
        "findings": _found,
        "events": _recorded,
        "register": _changed,
        "removals": _removed,
    }[basis.room](context, basis, after)


def _oversight_cells(context: Context, basis: Basis) -> Cells:
    counts = oversight.counts_for(context.use_case, window=context.bounds, as_of=context.as_of)
    return {cell(*words): count for words, count in sorted(counts.cells.items()) if basis.holds(words)}


def ordinals(context: Context) -> dict[str, int]:
    """Return the days of the window as the aggregates number them, for a filter on ``day``.

    A day the window ends within belongs to it.
    """
    end = context.window.end
    return {
        "day__gte": context.window.start.astimezone(UTC).toordinal(),
        "day__lt": end.astimezone(UTC).toordinal() + (end.astimezone(UTC).time() != time(0)),
    }


def _deciding(context: Context, basis: Basis, after: str) -> Iterator[Thing]:
    """Yield decisions by what they add, from the deltas that were written up to the checkpoint."""
    rows: Any = OversightDelta.objects.filter(
        use_case=context.use_case, index__lt=context.as_of, decision_id__gt=after, **ordinals(context)
    )
    wanted = Q()
    for words in (*basis.counted, *basis.among):
        wanted |= Q(text__contains=f'"{words[0]}"')
    rows = rows.annotate(text=Cast("cells", TextField())).filter(wanted).order_by("decision_id", "index", "pk")
    name, adds = "", Counter[tuple[str, ...]]()
    for decision_id, cells in rows.values_list("decision_id", "cells").iterator(chunk_size=CHUNK):
        if decision_id != name:
            yield from _decided(name, adds, basis)
            name, adds = decision_id, Counter()
        for words, count in cells:
            if basis.holds(words):
                adds[tuple(words)] += count
    yield from _decided(name, adds, basis)


def _decided(name: str, adds: Counter[tuple[str, ...]], basis: Basis) -> Iterator[Thing]:
    found = {words: count for words, count in sorted(adds.items()) if count}
    if found:
        counted = any(basis.counts(words) for words in found)
        yield Thing(name, name, {cell(*words): count for words, count in found.items()}, counted)


def _group_cells(context: Context, basis: Basis) -> Cells:
    """Return the counts of the groups a figure compares; a group, or an outcome, too rare to show is left out."""
    stage = (basis.counted[0][0] if basis.counted else "") or "final"
    wanted = {path[1] for path in (*basis.counted, *basis.among) if len(path) > 1}
    counts = released(context).stage(stage)
    found: dict[str, int] = {}
    for group in assess(counts, config_of(context.use_case.fairness)).groups:
        name = f"{group.attribute}={group.group}"
        if name in wanted and not group.hidden and not group.few:
            for word in ("tp", "fp", "fn", "tn", "selected_open", "rejected_open", "undecided"):
                if count := getattr(group.confusion, word):
                    found[cell(name, word)] = count
    return found


def _assessed(context: Context, basis: Basis, after: str) -> Iterator[Thing]:
    """Yield the decisions assessed, all groups together: AI's proposal, what took effect, and the outcome."""
    schema = schema_of(context.use_case.fairness)
    rows = context.decisions().filter(decision_id__gt=after).order_by("decision_id")
    for decision_id, state in rows.values_list("decision_id", "state").iterator(chunk_size=CHUNK):
        record = msgspec.convert(state, type=DecisionRecord)
        if record.withdrawn_at is None and schema is not None:
            final = final_decision(schema, record)
            proposal = None if record.proposal_value is None else record.proposal_value == schema.favourable
            adds = {cell("proposal", _word(proposal)): 1, cell("final", _word(final)): 1}
            yield Thing(decision_id, decision_id, adds, None)


def _word(favourable: bool | None) -> str:
    return {True: "favourable", False: "unfavourable", None: "unknown"}[favourable]


def _findings(context: Context, basis: Basis) -> QuerySet[Any]:
    code, severity, state = basis.counted[0]
    return context.findings().filter(code=code, severity=severity, state=state)


def _finding_cells(context: Context, basis: Basis) -> Cells:
    total = _findings(context, basis).aggregate(n=Sum("count"))["n"] or 0
    return {cell(*basis.counted[0]): total}


def _found(context: Context, basis: Basis, after: str) -> Iterator[Thing]:
    rows = _findings(context, basis).filter(ref__gt=after).order_by("ref")
    for row in rows.iterator(chunk_size=CHUNK):
        adds = {cell(*basis.counted[0]): row.count}
        yield Thing(row.ref, row.decision_id, adds, True, None, None if row.decision_id else row.opened_index)


def _events(context: Context, basis: Basis) -> QuerySet[Event]:
    placed = Leaf.objects.filter(idx__lt=context.as_of).values("entry_id")
    rows = Event.objects.filter(use_case=context.use_case, pk__in=placed)
    for path in basis.counted:
        rows = rows.filter(quarantined=True) if path == ("quarantined",) else rows.filter(type=path[0])
    return rows


def _event_cells(context: Context, basis: Basis) -> Cells:
    counted = Counter(_events(context, basis).values_list("type", flat=True))
    return {cell(name): count for name, count in sorted(counted.items())}


def _recorded(context: Context, basis: Basis, after: str) -> Iterator[Thing]:
    """Yield recorded events by the id of their entry."""
    rows = _events(context, basis).order_by("pk")
    if after:
        rows = rows.filter(pk__gt=UUID(after))
    for key, kind, decision_id in rows.values_list("pk", "type", "decision_id").iterator(chunk_size=CHUNK):
        yield Thing(str(key), decision_id, {cell(kind): 1}, True, key)


def _changes(context: Context, basis: Basis) -> QuerySet[Change]:
    """Return the changes of objects of the named kinds that belong to the use case, up to the day of the report."""
    case, wanted = context.use_case, Q(pk=None)
    about = Q(object_id=case.pk) | Q(after__use_case=case.ref) | Q(before__use_case=case.ref)
    for kind, *refs in basis.counted:
        wanted |= Q(object_type=kind, object_ref=refs[0]) if refs else Q(about, object_type=kind)
    return Change.objects.filter(wanted, at__lte=context.at)


def _change_cells(context: Context, basis: Basis) -> Cells:
    counted = Counter(_changes(context, basis).values_list("action", flat=True))
    return {cell(name): count for name, count in sorted(counted.items())}


def _changed(context: Context, basis: Basis, after: str) -> Iterator[Thing]:
    rows = _changes(context, basis).order_by("pk")
    if after:
        rows = rows.filter(pk__gt=UUID(after))
    for row in rows.iterator(chunk_size=CHUNK):
        yield Thing(str(row.pk), "", {cell(row.action, row.object_ref or str(row.object_id)): 1}, True, row.entry)


def released(context: Context) -> Counts:
    """Return what a report counts of groups: everything of the whole record, parcels as pages give them of a part."""
    counts: Counts = context.once(
        "released groups",
        lambda: issued_counts_for(context.use_case, window=context.bounds, as_of=context.as_of),
    )
    return counts


def removals_of(context: Context) -> Removals:
    """Return what was removed and held in the window, as of the checkpoint."""
    found: Removals = context.once(
        "removals",
        lambda: removals_in(context.use_case, context.window.start, context.window.end, as_of=context.as_of),
    )
    return found


def _acts(context: Context, basis: Basis) -> list[Act]:
    when, kind = basis.counted[0]
    found = removals_of(context)
    return [act for act in (found.done if when == "done" else found.missing) if act.kind == kind]


def _removal_cells(context: Context, basis: Basis) -> Cells:
    return {cell(*basis.counted[0]): sum(act.total for act in _acts(context, basis))}


def _removed(context: Context, basis: Basis, after: str) -> Iterator[Thing]:
    """Yield the acts that removed payloads, by the id of the entry that explains each."""
    for act in sorted(_acts(context, basis), key=lambda act: str(act.entry)):
        if str(act.entry) > after:
            yield Thing(str(act.entry), "", {cell(*basis.counted[0]): act.total}, True, act.entry)
