"""Checking as events arrive and as time passes, and the findings that come of it.

A verdict is a function of the decision as known, the policy that bound it, and the moment of looking. Looks are
taken at each event's own recording time and at moments that follow from the record, never at "now": so a rebuild
finds the same.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from django.db import connection

from audit.evaluation.context import Context
from audit.evaluation.due import next_look
from audit.events.changes import Change, DecisionState
from audit.events.folding import decision_key
from audit.findings.board import Board
from audit.findings.raising import restore
from audit.models import Decision, Finding
from policies.oversight.record import DecisionRecord

_MOST_LOOKS = 100  # between two events; more due moments than that and the rest is looked at once, at the end


def check_changes(changes: Sequence[Change]) -> None:
    """Judge every change in ledger order; needs the caller's transaction."""
    if not changes:
        return
    use_cases = {change.after.use_case_id for change in changes}
    keys = {_key(change.after) for change in changes}
    context, board = Context(use_cases), Board.load(keys)
    looks = _stored_looks(keys)
    for change in changes:
        key = _key(change.after)
        looks[key] = _catch_up(context, board, change, looks.get(key))
        _judge(context, board, change.after, index=change.index, as_of=change.at)
        looks[key] = next_look(change.after.record, context.policy_for(key[0], change.after.record), after=change.at)
        board.count_without_policy(key[0], _delta(context, change), index=change.index, at=change.at)
    board.save()
    _save_looks(looks)


def check_due(*, at: datetime, limit: int) -> int:
    """Judge decisions whose moment has come by ``at``, each as of that moment; return how many."""
    rows = list(Decision.objects.filter(recheck_at__lte=at).order_by("recheck_at", "id")[:limit])
    if not rows:
        return 0
    keys = {(row.use_case_id, row.decision_id) for row in rows}
    context, board = Context({key[0] for key in keys}), Board.load(keys)
    looks: dict[tuple[UUID, str], datetime | None] = {}
    for row in rows:
        if row.recheck_at is None:
            continue
        record = msgspec.convert(row.state, type=DecisionRecord)
        state = DecisionState(record=record, use_case_id=row.use_case_id)
        _judge(context, board, state, index=row.last_index, as_of=row.recheck_at)
        policy = context.policy_for(row.use_case_id, record)
        looks[row.use_case_id, row.decision_id] = next_look(record, policy, after=row.recheck_at)
    board.save()
    _save_looks(looks)
    return len(rows)


def clear() -> None:
    """Drop the projection, for a rebuild; numbers and what people decided stay."""
    Finding.objects.all().delete()
    restore()


def _key(state: DecisionState) -> tuple[UUID, str]:
    return (state.use_case_id, state.record.decision_id)


def _catch_up(context: Context, board: Board, change: Change, look: datetime | None) -> datetime | None:
    """Take the looks that fell due before this event was recorded, with what was known then."""
    if change.before is None:
        return None
    record = change.before.record
    policy = context.policy_for(change.before.use_case_id, record)
    for _ in range(_MOST_LOOKS):
        if look is None or look > change.at:
            break
        _judge(context, board, change.before, index=change.before.last_index, as_of=look)
        look = next_look(record, policy, after=look)
    return look


def _judge(context: Context, board: Board, state: DecisionState, *, index: int, as_of: datetime) -> None:
    verdicts = context.check(state.use_case_id, state.record, as_of=as_of)
    board.put(state.use_case_id, state.record, verdicts, index=index, at=as_of)


def _delta(context: Context, change: Change) -> int:
    """How the number of decisions taken without a policy changes: -1, 0 or 1."""
    return _without(context, change.after) - (_without(context, change.before) if change.before else 0)


def _without(context: Context, state: DecisionState) -> int:
    return int(not state.record.drill and context.policy_for(state.use_case_id, state.record) is None)


def _stored_looks(keys: Iterable[tuple[UUID, str]]) -> dict[tuple[UUID, str], datetime | None]:
    rows = Decision.objects.filter(pk__in=[decision_key(*key) for key in keys], recheck_at__isnull=False)
    return {(use_case, name): at for use_case, name, at in rows.values_list("use_case_id", "decision_id", "recheck_at")}


def _save_looks(looks: dict[tuple[UUID, str], datetime | None]) -> None:
    keys = {decision_key(*key): at for key, at in looks.items()}
    stored = dict(Decision.objects.filter(pk__in=list(keys)).values_list("pk", "recheck_at"))
    field = Decision._meta.pk
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE audit_decision SET recheck_at = %s WHERE id = %s",
            [
                (connection.ops.adapt_datetimefield_value(at), field.get_db_prep_value(key, connection))
                for key, at in keys.items()
                if key in stored and stored[key] != at
            ],
        )
