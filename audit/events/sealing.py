"""Before payloads are removed: the figures of what goes are sealed, so that a rebuild gives them again.

When the ledger sends its signal (:data:`audit.ledger.removal.removing`), the decisions that stand on the payloads are
found, each room turns its share into counts that name no decision (:data:`sealing`), the sum is stored as a
:class:`~audit.models.Seal` with its digest in the ledger, and the decisions leave the projections. A rebuild puts the
sealed figures back first and does not fold those entries again: live and rebuilt projections stay the same.

What is sealed keeps no ledger index of its own: it stands under the last index of the next issued report, so that
every issued report can still be recomputed, or under that of the removal.
"""

import hashlib
import json
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Q
from django.dispatch import Signal

from audit.events import arrivals, fold, groups
from audit.events.changes import Change
from audit.events.folding import Batch, Folding, Key, decision_key
from audit.events.signals import INTERVENTION
from audit.ledger import log
from audit.ledger.bundle import as_ranges
from audit.ledger.models import Entry, Leaf
from audit.models import (
    Decision,
    Event,
    EventConflict,
    FollowerCursor,
    GroupAttributes,
    Intervention,
    IssuedReport,
    Seal,
)
from governance.models import UseCase

FORMAT: Final = "custodes-seal/1"
SEALED: Final = "figures.sealed"
CHUNK: Final = 500
COUNTED: Final = ("n", "reviewed", "overridden", "simulated")
sealing = Signal()  # sealed: Sealing; each room adds its figures and takes the decisions out of its tables
restoring = Signal()  # figures: dict by room; each room puts back what it sealed, for a rebuild


class SealBroken(Exception):
    """Sealed figures are not what the ledger holds the digest of; nothing is rebuilt on them."""

    code = "seal_broken"


@dataclass
class Sealing:
    """One removal, as the rooms see it. ``changes``: decisions that stay and lose group attributes."""

    kind: str
    index: int
    at: datetime
    decisions: list[Decision]
    changes: list[Change]
    figures: dict[str, Any] = field(default_factory=dict)
    _reports: dict[UUID, list[int]] = field(default_factory=dict)

    @property
    def keys(self) -> set[Key]:
        """Use case and id of the decisions that go."""
        return {(row.use_case_id, row.decision_id) for row in self.decisions}

    def coarse(self, use_case: UUID, index: int) -> int:
        """Return the index under which a sealed figure stands: the last one before the next issued report."""
        if use_case not in self._reports:
            reports = IssuedReport.objects.filter(use_case=use_case, checkpoint_size__lt=self.index)
            self._reports[use_case] = sorted(set(reports.values_list("checkpoint_size", flat=True)))
        sizes = self._reports[use_case]
        place = bisect_right(sizes, index)
        return (sizes[place] if place < len(sizes) else self.index) - 1


def seal_before_removal(*, kind: str, ranges: Sequence[Sequence[int]], at: datetime, **_: Any) -> None:
    """Receiver of the ledger's signal; runs in the removal's transaction, before anything is deleted."""
    cursor, _made = FollowerCursor.objects.get_or_create(name=fold.CURSOR)
    cursor = FollowerCursor.objects.select_for_update().get(name=fold.CURSOR)
    removed = _entries(ranges, cursor.index)
    events = {row.pk: row for row in _in_chunks(Event.objects.all(), "pk__in", removed)}
    conflicts = _in_chunks(EventConflict.objects.select_related("event"), "entry__in", removed)
    of = [*events.values(), *(each.event for each in conflicts)]
    keys = {(row.use_case_id, row.decision_id) for row in of if row.decision_id and row.type in fold.FOLDED}
    decisions = _in_chunks(Decision.objects.all(), "pk__in", [decision_key(*key) for key in sorted(keys)])
    changes = _without_groups([row for row in events.values() if row.type == fold.GROUP], keys, cursor.index, at)
    interventions = _interventions(events.values())
    if not (decisions or changes or interventions):
        return
    skipped = _skipped(decisions, interventions, cursor.index)
    sealed = Sealing(kind, cursor.index, at, decisions, changes)
    sealed.figures["events"] = {
        "decisions": _decisions(decisions),
        "interventions": [_row(row) for row in interventions],
    }
    sealing.send(sender=None, sealed=sealed)
    _drop(decisions)
    if decisions or interventions:
        _store(sealed, skipped)


def _entries(ranges: Sequence[Sequence[int]], end: int) -> list[UUID]:
    found: list[UUID] = []
    for low, high in ranges:
        rows = Leaf.objects.filter(idx__gte=low, idx__lt=min(high, end))
        found += rows.values_list("entry_id", flat=True)
    return found


def _in_chunks(rows: Any, condition: str, values: Sequence[Any]) -> list[Any]:
    found: list[Any] = []
    for start in range(0, len(values), CHUNK):
        found += rows.filter(**{condition: values[start : start + CHUNK]})
    return found


def _without_groups(events: Sequence[Event], going: set[Key], index: int, at: datetime) -> list[Change]:
    """Take the attributes that removed group events had set away; the decisions that stay become of unknown group."""
    stamps: dict[groups.Key, set[str]] = {}
    for entry, arrival in arrivals.history([str(row.pk) for row in events]).items():
        use_case = next(row.use_case_id for row in events if str(row.pk) == entry)
        key = groups.key_of(use_case, arrival.event.data or {})
        stamps.setdefault(key, set()).add(groups.stamp_of(arrival))
    changes: list[Change] = []
    for key, gone in sorted(stamps.items()):
        row = GroupAttributes.objects.filter(use_case=key[0], decision_id=key[1], subject_ref=key[2]).first()
        if row is None:
            continue
        left = {name: each for name, each in row.attributes.items() if each["stamp"] not in gone}
        changes += _changes(key, row.attributes, left, going, index, at)
        if left:
            row.attributes = left
            row.save(update_fields=["attributes"])
        else:
            row.delete()
    return changes


def _changes(
    key: groups.Key, before: dict[str, Any], after: dict[str, Any], going: set[Key], index: int, at: datetime
) -> list[Change]:
    about = Q(decision_id=key[1]) if key[1] else Q(subject_ref=key[2])
    rows = [row for row in Decision.objects.filter(about, use_case=key[0]) if (key[0], row.decision_id) not in going]
    foldings = [Folding.stored(row) for row in sorted(rows, key=lambda row: row.decision_id)]
    keys = {k for f in foldings for k in ((*f.key, ""), (key[0], "", f.subject))}
    known = groups.load(keys)
    held = Batch({f.key: f for f in foldings}, {**known, key: before})
    left = Batch({f.key: f for f in foldings}, {**known, key: after})
    pairs = [(held.state(f), left.state(f)) for f in foldings]
    return [Change(index - 1, at, old, new) for old, new in pairs if new is not None and old != new]


def _interventions(removed: Iterable[Event]) -> list[Intervention]:
    """Interventions hold what a system may do; they stay when the events that told of them go."""
    names = {str(row.pk) for row in removed if row.type == INTERVENTION}
    return [row for row in Intervention.objects.all() if names & set(row.entries)] if names else []


def _skipped(decisions: Sequence[Decision], interventions: Sequence[Intervention], end: int) -> list[list[int]]:
    """The places of all entries that stand in the seal, also of those whose payload stays."""
    named = [*(row.entries for row in decisions), *(row.entries for row in interventions)]
    entries = {UUID(entry) for listed in named for entry in listed}
    for use_case in {row.use_case_id for row in decisions}:
        names = [row.decision_id for row in decisions if row.use_case_id == use_case]
        own = Event.objects.filter(use_case=use_case, type=fold.GROUP)
        entries |= {row.pk for row in _in_chunks(own, "decision_id__in", names)}
    places = [row.idx for row in _in_chunks(Leaf.objects.only("idx"), "entry_id__in", sorted(entries))]
    return as_ranges(sorted(place for place in places if place < end))


def _decisions(rows: Sequence[Decision]) -> list[dict[str, Any]]:
    """How many decisions go, per use case and UTC day of the proposal."""
    refs = dict(UseCase.objects.filter(pk__in={row.use_case_id for row in rows}).values_list("pk", "ref"))
    counted: dict[tuple[str, str, bool], dict[str, int]] = {}
    for row in rows:
        day = row.proposed_at.date().isoformat() if row.proposed_at else ""
        place = counted.setdefault((refs[row.use_case_id], day, row.drill), dict.fromkeys(COUNTED, 0))
        place["n"] += 1
        for name in COUNTED[1:]:
            place[name] += bool(getattr(row, name))
    return [
        {"use_case": ref, "day": day, "drill": drill, **counts} for (ref, day, drill), counts in sorted(counted.items())
    ]


def _row(row: Intervention) -> dict[str, Any]:
    return {name.attname: getattr(row, name.attname) for name in Intervention._meta.concrete_fields}


def _drop(decisions: Sequence[Decision]) -> None:
    for start in range(0, len(decisions), CHUNK):
        part = decisions[start : start + CHUNK]
        Decision.objects.filter(pk__in=[row.pk for row in part]).delete()
        for row in part:
            GroupAttributes.objects.filter(use_case=row.use_case_id, decision_id=row.decision_id).delete()


def _store(sealed: Sealing, skipped: list[list[int]]) -> None:
    about = {"format": FORMAT, "kind": sealed.kind, "index": sealed.index}
    content = {**about, "skipped": skipped, "rooms": sealed.figures}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), cls=DjangoJSONEncoder).encode()
    digest = hashlib.sha256(text).hexdigest()
    body = {"digest": digest, "index": sealed.index, "kind": sealed.kind, "decisions": len(sealed.decisions)}
    draft = log.Draft(
        stream="ledger",
        type=SEALED,
        event_time=sealed.at,
        recorded_by=None,
        refs=(digest,),
        payload=json.dumps(body, sort_keys=True).encode(),
    )
    [entry] = log.append([draft], at=sealed.at)
    Seal.objects.create(
        index=sealed.index,
        kind=sealed.kind,
        skipped=skipped,
        figures=text,
        digest=digest,
        entry=entry.entry,
        at=sealed.at,
    )


def restore() -> None:
    """Put all sealed figures back, oldest first, after the projections were cleared; raises :class:`SealBroken`."""
    for seal in Seal.objects.order_by("index", "at", "pk"):
        text = bytes(seal.figures)
        envelope = Entry.objects.filter(pk=seal.entry).values_list("envelope", flat=True).first()
        named = json.loads(bytes(envelope))["refs"] if envelope is not None else []
        content = json.loads(text)
        digest = hashlib.sha256(text).hexdigest()
        if [digest] != named or digest != seal.digest or content["skipped"] != seal.skipped:
            raise SealBroken(f"The sealed figures of {seal.at:%Y-%m-%d} are not those entry {seal.entry} names.")
        for row in content["rooms"]["events"]["interventions"]:
            Intervention.objects.update_or_create(pk=row["id"], defaults=row)
        restoring.send(sender=None, figures=content["rooms"])


def sealed_decisions(use_case: UseCase, *, since: datetime, until: datetime) -> dict[str, int]:
    """Return how many decisions of a window were removed and stand in sealed figures: ``n``, ``reviewed`` and so on.

    Days are whole UTC days of the proposal; ``drill`` decisions are left out. To be printed beside every figure that
    is read from single decisions.
    """
    total = dict.fromkeys(COUNTED, 0)
    for figures in Seal.objects.values_list("figures", flat=True):
        for row in json.loads(bytes(figures))["rooms"]["events"]["decisions"]:
            inside = row["day"] and since.date().isoformat() <= row["day"] < until.date().isoformat()
            if row["use_case"] == use_case.ref and inside and not row["drill"]:
                for name in total:
                    total[name] += row[name]
    return total
