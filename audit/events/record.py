"""Recording: ledger entries and event rows in one transaction, with a verdict for every event.

An event is identified by ``source`` and ``id``, for ever: the same again is answered with the first
receipt, the same with other content is a conflict and an integrity finding.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import DataError, IntegrityError, transaction

from audit.events import evidence, personal, rows, schema
from audit.events.arrivals import CONFLICT_TYPE, INTEGRITY_STREAM, STREAM
from audit.events.keys import Bearer, UseCaseName
from audit.events.problems import Problem
from audit.events.rows import Receipt
from audit.ledger import log
from audit.models import EventConflict

QUARANTINED: Final = "events.quarantined"  # the envelope's type; the sender's stands in the payload
_LARGE: Final = 20  # from so many events on a request is first tried as if all were new
_RACES: Final = 8  # how often others may commit one of our ids first before we give the request back

Item = schema.Event | Problem


class Contended(Exception):
    """Others kept committing the same ids; the same request can be sent again."""

    code = "contended"


class Overloaded(Exception):
    """More requests wait for a commit than will be served soon; nothing was stored."""

    code = "overloaded"


class ItemResult(msgspec.Struct, frozen=True, gc=False):
    """The verdict on one event, in the order sent."""

    id: str | None
    status: int
    receipt: Receipt | None = None
    problem: Problem | None = None


class Submission(msgspec.Struct, frozen=True, gc=False):
    """One event that its key may send, for the use case it is about; ``identity`` is its source and id."""

    event: schema.Event
    use_case: UseCaseName
    bearer: Bearer
    identity: tuple[str, str]


def record(items: Sequence[Item], *, key: Bearer, at: datetime, atomic: bool = False) -> list[ItemResult]:
    """Record what can be recorded; returns after COMMIT, one result per item in the order given.

    ``atomic``: all or nothing; what would have been stored is then answered 424.
    Raises :class:`Contended` and Django's database errors: nothing was stored then.
    """
    admitted = [admit(item, key) for item in items]
    if atomic and any(isinstance(each, Problem) for each in admitted):
        results = [
            _refused(item, each) if isinstance(each, Problem) else None
            for item, each in zip(items, admitted, strict=True)
        ]
        return _withheld(items, results)
    return record_admitted(items, admitted, at=at, atomic=atomic)


def record_admitted(
    items: Sequence[Item], admitted: Sequence[Submission | Problem], *, at: datetime, atomic: bool = False
) -> list[ItemResult]:
    """Record submissions of one or of several keys in one transaction; problems among them pass through."""
    submissions = [(position, each) for position, each in enumerate(admitted) if isinstance(each, Submission)]
    results: list[ItemResult | None] = [
        _refused(items[position], each) if isinstance(each, Problem) else None for position, each in enumerate(admitted)
    ]
    for (position, _), result in zip(submissions, _commit([each for _, each in submissions], at, atomic), strict=True):
        results[position] = result
    if atomic and any(result is not None and result.problem for result in results):
        return _withheld(items, [result if result and result.problem else None for result in results])
    return [result for result in results if result is not None]


def admit(item: Item, key: Bearer) -> Submission | Problem:
    """Whether ``key`` may send this event; decided on names alone, before anything is looked up."""
    if isinstance(item, Problem):
        return item
    if item.data is not None:
        item = personal.screen(item, settings.PERSONAL_DATA)
        if isinstance(item, Problem):
            return item
    if not key.speaks_for(item.source):
        return Problem("wrong_source", f"This key may not send events of source {item.source[:200]!r}", 403, "/source")
    if item.usecase is None:
        only = key.only_use_case
        if only is None:
            names = ", ".join(sorted({name.key for name in key.use_cases.values()})[:20])
            return Problem("invalid_event", f"usecase is required: this key speaks for {names}", 422, "/usecase")
        return Submission(item, only, key, (item.source, item.id))
    use_case = key.use_cases.get(item.usecase)
    if use_case is None:
        return Problem("wrong_use_case", f"This key may not send events of use case {item.usecase!r}", 403, "/usecase")
    return Submission(item, use_case, key, (item.source, item.id))


def _refused(item: Item, problem: Problem) -> ItemResult:
    name = item.event_id if isinstance(item, Problem) else item.id
    return ItemResult(id=name, status=problem.status, problem=problem)


def _withheld(items: Sequence[Item], results: Sequence[ItemResult | None]) -> list[ItemResult]:
    """The answer of an atomic request that failed: the guilty keep their problem, the others are not stored."""
    problem = Problem("not_stored", "Not stored, because another event of this atomic request was refused", 424)
    return [_refused(item, problem) if result is None else result for item, result in zip(items, results, strict=True)]


def _commit(submissions: list[Submission], at: datetime, atomic: bool) -> list[ItemResult]:
    """One transaction; a row the database refuses is found by halving, so that it spoils only itself."""
    if not submissions:
        return []
    try:
        return _race(submissions, at, atomic)
    except DataError:
        if len(submissions) == 1:
            problem = Problem("invalid_event", "The database cannot hold a value of this event", 422, "")
            return [_refused(submissions[0].event, problem)]
    if atomic:
        problem = Problem("invalid_event", "The database cannot hold a value of one of these events", 422, "")
        return [_refused(each.event, problem) for each in submissions]
    half = len(submissions) // 2
    return _commit(submissions[:half], at, atomic) + _commit(submissions[half:], at, atomic)


def _race(submissions: list[Submission], at: datetime, atomic: bool) -> list[ItemResult]:
    """Store; when somebody was first with an id, look again, in a transaction of its own.

    A large request is taken to be new until the database says otherwise: asking for a thousand ids costs as much as
    storing them, and a request that is sent again is rare. There is no savepoint around the attempt: under one, SQLite
    copies every page each of our rows touches to a temporary file, which doubled the cost of a batch.
    """
    for attempt in range(_RACES):
        optimistic = attempt == 0 and len(submissions) >= _LARGE
        try:
            with transaction.atomic():
                known = {} if optimistic else rows.known({each.identity for each in submissions})
                return _store(submissions, known, at, atomic)
        except IntegrityError:
            continue
    raise Contended("Other requests kept committing the same ids; send the same request again")


def _store(
    submissions: list[Submission], known: dict[tuple[str, str], Receipt], at: datetime, atomic: bool
) -> list[ItemResult]:
    """Append what is not known and keep what contradicts what is; raises IntegrityError when somebody was first."""
    first: dict[tuple[str, str], Submission] = {}
    for each in submissions:
        if each.identity not in known:
            first.setdefault(each.identity, each)
    new = list(first.values())
    if len(new) == len(submissions):  # all new and no two alike, as nearly always
        made = zip(new, _append(new, at), strict=True)
        return [ItemResult(each.event.id, 201, receipt) for each, receipt in made]
    conflicts = _conflicts(submissions, known, first)
    receipts = {} if atomic and conflicts else dict(zip(first, _append(new, at), strict=True))
    if conflicts:
        entries = {identity: receipt.entry for identity, receipt in (known | receipts).items()}
        _ledger_conflicts(submissions, conflicts, entries, at)
    return _results(submissions, known, first, receipts, conflicts)


def _conflicts(
    submissions: list[Submission],
    known: dict[tuple[str, str], Receipt],
    first: dict[tuple[str, str], Submission],
) -> dict[int, Problem]:
    """Positions of events whose source and id stand for other content, or for content that was erased."""
    same = evidence.same_contents(
        [(known[each.identity].entry, each.event.payload) for each in submissions if each.identity in known]
    )
    verdicts = iter(same)
    problems: dict[int, Problem] = {}
    for position, each in enumerate(submissions):
        equal = next(verdicts) if each.identity in known else first[each.identity].event.payload == each.event.payload
        if equal is None:
            problems[position] = Problem("erased", "The content under this source and id was erased", 410, "/id")
        elif not equal:
            problems[position] = Problem(
                "content_conflict",
                "This source and id were recorded with other content; a correction is a new event with 'corrects'",
                409,
                "/id",
            )
    return problems


def _append(new: list[Submission], at: datetime) -> list[Receipt]:
    """Ledger entries and event rows of events nobody has seen; raises IntegrityError when somebody has."""
    if not new:
        return []
    recorded = log.append([_draft(each, at) for each in new], at=at)
    rows.insert(
        [(made.entry, each.event, each.use_case.id, each.bearer.id) for made, each in zip(recorded, new, strict=True)],
        at=at,
    )
    return [
        Receipt(made.entry, made.leaf_hash, made.recorded_at, each.use_case.ref)
        for made, each in zip(recorded, new, strict=True)
    ]


def _draft(each: Submission, at: datetime) -> log.Draft:
    event = each.event
    return log.Draft(
        stream=STREAM,
        type=QUARANTINED if event.quarantined else event.type,
        event_time=event.time or at,
        recorded_by=each.bearer.id,
        system=event.system,
        model_version=event.model,
        refs=(each.use_case.ref,),
        payload=event.payload,
        media_type="application/cloudevents+json",
        simulated=event.simulated,
    )


def _ledger_conflicts(
    submissions: list[Submission], conflicts: dict[int, Problem], entries: dict[tuple[str, str], UUID], at: datetime
) -> None:
    """Keep the first other content of each event as evidence; later ones of the same event add nothing."""
    found = {
        entries[submissions[position].identity]: submissions[position]
        for position, problem in conflicts.items()
        if problem.status == 409 and submissions[position].identity in entries
    }
    if not found:
        return
    for already in EventConflict.objects.filter(event_id__in=list(found)).values_list("event_id", flat=True):
        del found[already]
    if not found:
        return
    recorded = log.append([_conflict_draft(entry, each, at) for entry, each in found.items()], at=at)
    EventConflict.objects.bulk_create(
        [
            EventConflict(event_id=entry, entry=proof.entry, first_at=at)
            for entry, proof in zip(found, recorded, strict=True)
        ],
        ignore_conflicts=True,
    )


def _conflict_draft(first: UUID, each: Submission, at: datetime) -> log.Draft:
    body = {
        "source": each.event.source,
        "id": each.event.id,
        "first_entry": str(first),
        "key": str(each.bearer.id),
        "received": each.event.payload.decode(),
    }
    return log.Draft(
        stream=INTEGRITY_STREAM,
        type=CONFLICT_TYPE,
        event_time=each.event.time or at,
        recorded_by=each.bearer.id,
        refs=(each.use_case.ref, str(first)),
        payload=json.dumps(body, sort_keys=True, ensure_ascii=False).encode(),
        simulated=each.event.simulated,
    )


def _results(
    submissions: list[Submission],
    known: dict[tuple[str, str], Receipt],
    first: dict[tuple[str, str], Submission],
    receipts: dict[tuple[str, str], Receipt],
    conflicts: dict[int, Problem],
) -> list[ItemResult]:
    results = []
    for position, each in enumerate(submissions):
        if position in conflicts:
            results.append(_refused(each.event, conflicts[position]))
        elif first.get(each.identity) is each and each.identity in receipts:
            results.append(ItemResult(id=each.event.id, status=201, receipt=receipts[each.identity]))
        elif (earlier := known.get(each.identity) or receipts.get(each.identity)) is not None:
            results.append(
                ItemResult(id=each.event.id, status=200, receipt=msgspec.structs.replace(earlier, duplicate=True))
            )
        else:  # an atomic request that will be withheld as a whole
            results.append(ItemResult(id=each.event.id, status=424))
    return results
