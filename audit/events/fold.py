"""Folding: ledger entries, in the order of their index, into one row per decision.

Runs inside the follower's transaction, which also moves the cursor: a batch is folded wholly or not at all,
and where a batch begins or ends does not change the result.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db.models import Q, Sum

from audit.events import arrivals, groups, holes, sealed, signals
from audit.events.arrivals import Placed
from audit.events.changes import Change
from audit.events.folding import COLUMNS, Batch, Folding, Key, decision_key
from audit.events.signals import INTERVENTION
from audit.ledger import log
from audit.ledger.models import Queued
from audit.models import Decision, FollowerCursor, GroupAttributes, Heartbeat, Intervention
from governance.models import UseCase

CURSOR: Final = "fold"
PATIENCE: Final = timedelta(minutes=1)  # so long after a look is due may entries recorded before it still be committed
MOST_REJUDGED: Final = 20_000  # the newest; older decisions meet a hole at their own next look
GROUP: Final = "ai.oversight.group.v1"
FOLDED: Final = frozenset(
    f"ai.oversight.{kind}.v1" for kind in ("decision", "review", "outcome", "appeal", "escalation")
)
ChangedGroups = dict[groups.Key, tuple[int, dict[str, Any]]]


class Step(NamedTuple):
    """What one step found: changes of decisions in ledger order, and holes in the log that opened or closed."""

    changes: list[Change]
    holes: list[holes.Found]


def step(*, limit: int = 2000, before: Callable[[Step, datetime], None] | None = None) -> Step:
    """Fold up to ``limit`` further entries and move the cursor; needs the caller's transaction.

    ``before`` is told, while nothing of the batch is folded, what the sources' looks found and until when time alone
    may be judged: nothing that is still to be folded was recorded earlier.
    """
    cursor = _locked()
    end = min(_size(), cursor.index + limit)
    if end <= cursor.index:
        return Step([], [])
    entries = list(log.entries(cursor.index, end, streams=(arrivals.STREAM, arrivals.INTEGRITY_STREAM)))
    watcher = holes.Watcher(entry.entry for entry in entries)
    first = next((at for entry in entries if (at := watcher.recorded_at(entry.entry)) is not None), None)
    found = watcher.settle(first) if first is not None else []
    rejudged = _rejudged(found)
    if before is not None and first is not None:
        before(Step(rejudged, found), first if entries[0].parsed["type"] == INTERVENTION else first - PATIENCE)
    entries, end = _cut(entries, end, watcher)
    changes = [*rejudged, *_fold(sealed.unsealed(entries))]
    watcher.save()
    cursor.index = end
    cursor.save(update_fields=["index"])
    return Step(changes, found)


def _locked() -> FollowerCursor:
    """The cursor, held until the transaction ends: one follower, or one rebuild, at a time."""
    FollowerCursor.objects.get_or_create(name=CURSOR)
    return FollowerCursor.objects.select_for_update().get(name=CURSOR)


def settle(*, at: datetime) -> Step | None:
    """Take the looks at the sources that fell due :data:`PATIENCE` before ``at``; needs a transaction.

    ``None`` while something recorded is not folded: what it says may come before the look, and a rebuild must look at
    the same moments at the same things. So it is for whoever judges by the clock, too.
    """
    _locked()
    if lag():
        return None
    watcher = holes.Watcher()
    found = watcher.settle(at - PATIENCE)
    if found:
        watcher.save()
    return Step(_rejudged(found), found)


def _cut(entries: Iterable[log.LedgerEntry], end: int, watcher: holes.Watcher) -> tuple[list[log.LedgerEntry], int]:
    """End a batch where what came before must be judged without what follows, whatever the batch size.

    That is before and after an intervention, and where a look at the sources' holes falls due.
    """
    kept: list[log.LedgerEntry] = []
    for entry in entries:
        at = watcher.recorded_at(entry.entry)
        if kept and at is not None and watcher.is_due(at):
            return kept, entry.index
        if entry.parsed["type"] == INTERVENTION and kept:
            return kept, entry.index
        watcher.observe(entry.entry, entry.index)
        kept.append(entry)
        if entry.parsed["type"] == INTERVENTION:
            return kept, entry.index + 1
    return kept, end


def lag() -> int:
    """How many recorded entries are not folded yet, sequenced or not."""
    cursor = FollowerCursor.objects.filter(name=CURSOR).values_list("index", flat=True).first() or 0
    return _size() - cursor + (Queued.objects.aggregate(waiting=Sum("size"))["waiting"] or 0)


def folded() -> int:
    """How many entries of the ledger the projections stand for."""
    return FollowerCursor.objects.filter(name=CURSOR).values_list("index", flat=True).first() or 0


def clear() -> None:
    """Drop the projections and go back to the ledger's first entry, for a rebuild."""
    FollowerCursor.objects.update_or_create(name=CURSOR, defaults={"index": 0})
    holes.clear()
    for rows in (Decision, GroupAttributes, Heartbeat, Intervention):
        rows.objects.all().delete()


def _size() -> int:
    checkpoint = log.latest_checkpoint()
    return checkpoint.size if checkpoint else 0


def _fold(entries: Sequence[log.LedgerEntry]) -> list[Change]:
    use_cases = list(UseCase.objects.only("id", "ref", "key"))
    placed = arrivals.place(entries, {use_case.ref: use_case.pk for use_case in use_cases})
    batch = _load(placed, {use_case.pk: use_case.key for use_case in use_cases})
    changes: list[Change] = []
    changed_groups: ChangedGroups = {}
    touched: dict[Key, Folding] = {}
    for each in placed:
        event = each.arrival.event
        if event.type == GROUP:
            changes += _regroup(batch, each, changed_groups)
        elif event.decision_id and event.type in FOLDED:
            folding = batch.decisions[each.use_case_id, event.decision_id]
            before = batch.state(folding)
            folding.add(each.arrival, each.entry)
            touched[folding.key] = folding
            after = batch.state(folding)
            if after is not None:  # also where nothing changed: time went by until this entry
                changes.append(Change(each.arrival.index, each.arrival.recorded_at, before, after))
    groups.save(changed_groups)
    _save(touched.values())
    signals.save(placed)
    if placed and placed[-1].arrival.event.type == INTERVENTION:
        changes += _after_intervention(placed[-1])
    return changes


def _load(placed: Sequence[Placed], keys: Mapping[UUID, str]) -> Batch:
    """Read what is known of the decisions, subjects and groups a batch touches; no query per event."""
    wanted = {(each.use_case_id, each.arrival.event.decision_id) for each in placed if each.arrival.event.decision_id}
    decisions = {key: Folding(key, keys[key[0]]) for key in wanted}
    rows = {row.pk: row for row in Decision.objects.filter(pk__in=[decision_key(*key) for key in wanted])}
    rows |= {row.pk: row for row in _of_subjects(placed)}
    known = arrivals.history([entry for row in rows.values() for entry in row.entries])
    for row in rows.values():
        folding = Folding((row.use_case_id, row.decision_id), keys[row.use_case_id])
        folding.resume(row, known)
        decisions[folding.key] = folding
    return Batch(decisions, groups.load(_group_keys(placed, decisions.values())))


def _of_subjects(placed: Sequence[Placed]) -> Iterable[Decision]:
    """Decisions about the subjects whose groups a batch tells."""
    subjects = defaultdict(list)
    for each in placed:
        data = each.arrival.event.data or {}
        if each.arrival.event.type == GROUP and "decision_id" not in data:
            subjects[each.use_case_id].append(data["subject_ref"])
    for use_case, refs in subjects.items():
        yield from Decision.objects.filter(use_case_id=use_case, subject_ref__in=refs)


def _group_keys(placed: Sequence[Placed], foldings: Iterable[Folding]) -> set[groups.Key]:
    keys = {(folding.key[0], folding.key[1], "") for folding in foldings}
    keys |= {(folding.key[0], "", folding.subject) for folding in foldings if folding.subject}
    for each in placed:
        data = each.arrival.event.data or {}
        if each.arrival.event.type == GROUP:
            keys.add(groups.key_of(each.use_case_id, data))
        elif isinstance(data.get("subject_ref"), str):
            keys.add((each.use_case_id, "", data["subject_ref"]))
    return keys


def _regroup(batch: Batch, each: Placed, changed: ChangedGroups) -> list[Change]:
    """Merge one group event; every decision it is about changes at this index."""
    if each.arrival.conflict:
        return []
    key = groups.key_of(each.use_case_id, each.arrival.event.data or {})
    about = list(batch.about(key))
    before = [batch.state(folding) for folding in about]
    batch.attributes[key] = groups.merge(batch.attributes.get(key, {}), each.arrival)
    changed[key] = (each.arrival.index, batch.attributes[key])
    changes = []
    for folding, earlier in zip(about, before, strict=True):
        after = batch.state(folding)
        if after is not None and after != earlier:
            changes.append(Change(each.arrival.index, each.arrival.recorded_at, earlier, after))
    return changes


def _after_intervention(each: Placed) -> list[Change]:
    """Decisions executed since the intervention, to be judged again though nothing of them changed."""
    since = each.arrival.happened_at or each.arrival.recorded_at
    rows = list(Decision.objects.filter(use_case_id=each.use_case_id, executed_at__gte=since).order_by("decision_id"))
    foldings = [Folding.stored(row) for row in rows]
    batch = Batch({folding.key: folding for folding in foldings}, groups.load(_group_keys([], foldings)))
    states = [batch.state(folding) for folding in foldings]
    return [Change(each.arrival.index, each.arrival.recorded_at, state, state) for state in states if state is not None]


def _rejudged(found: Iterable[holes.Found]) -> list[Change]:
    """The decisions whose evidence a hole may hold, to be judged again though nothing of them changed."""
    changes = []
    for each in found:
        since = min(hole.since for hole in each.holes)
        ends = [hole.until for hole in each.holes]
        rows = Decision.objects.filter(Q(executed_at=None) | Q(executed_at__gte=since), use_case_id=each.use_case_id)
        if None not in ends:
            rows = rows.filter(Q(proposed_at=None) | Q(proposed_at__lte=max(end for end in ends if end is not None)))
        foldings = [Folding.stored(row) for row in rows.order_by("-last_index", "decision_id")[:MOST_REJUDGED]]
        batch = Batch({folding.key: folding for folding in foldings}, groups.load(_group_keys([], foldings)))
        for folding in foldings:
            state = batch.state(folding)
            if state is not None:
                changes.append(Change(folding.last_index, each.at, state, state))
    return changes


def _save(foldings: Iterable[Folding]) -> None:
    Decision.objects.bulk_create(
        [folding.row(folding.record) for folding in foldings if folding.record is not None],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=list(COLUMNS),
        batch_size=500,
    )
