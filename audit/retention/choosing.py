"""Which entries a request means: everything recorded about one decision, or about one person in one use case."""

from collections.abc import Iterator
from uuid import UUID

import msgspec

from audit.events import evidence
from audit.events.fold import GROUP
from audit.models import Decision, Event, EventConflict
from audit.retention import copies
from governance.models import UseCase

CHUNK = 500


class _Data(msgspec.Struct):
    subject_ref: str | None = None


class _Event(msgspec.Struct):
    data: _Data | None = None


def of_decision(use_case: UseCase, decision_id: str) -> set[UUID]:
    """Return the entries of one decision: its events, its group data, contradicting deliveries of them, and what
    people wrote about it: appeals, acts on its findings and reviews.
    """
    events = set(Event.objects.filter(use_case=use_case, decision_id=decision_id).values_list("pk", flat=True))
    return events | _conflicts(events) | copies.entries_about(use_case, decision_id)


def decisions_of(use_case: UseCase, subject_ref: str) -> list[str]:
    """Return the decisions about one person."""
    rows = Decision.objects.filter(use_case=use_case, subject_ref=subject_ref)
    return list(rows.order_by("pk").values_list("decision_id", flat=True))


def of_subject(use_case: UseCase, subject_ref: str) -> set[UUID]:
    """Return the entries of all decisions about one person, and the group data told of them.

    The person is known by the pseudonym the system sends; group events name it in their content alone, so those of
    the use case are read through.
    """
    found: set[UUID] = set()
    for name in decisions_of(use_case, subject_ref):
        found |= of_decision(use_case, name)
    for entry, body in _group_payloads(use_case):
        try:
            data = msgspec.json.decode(body, type=_Event).data
        except msgspec.DecodeError:
            continue
        if data is not None and data.subject_ref == subject_ref:
            found.add(entry)
    return found | _conflicts(found)


def _group_payloads(use_case: UseCase) -> Iterator[tuple[UUID, bytes]]:
    ids = list(Event.objects.filter(use_case=use_case, type=GROUP).values_list("pk", flat=True))
    for start in range(0, len(ids), CHUNK):
        yield from evidence.payloads(ids[start : start + CHUNK]).items()


def _conflicts(events: set[UUID]) -> set[UUID]:
    listed = sorted(events)
    found: set[UUID] = set()
    for start in range(0, len(listed), CHUNK):
        rows = EventConflict.objects.filter(event__in=listed[start : start + CHUNK])
        found |= set(rows.values_list("entry", flat=True))
    return found
