"""Asking and agreeing: every removal, and everything that would allow one, takes two people."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from audit.ledger import log, removal
from audit.ledger.models import Hold
from audit.models import RemovalRequest, RetentionPeriod
from audit.retention import choosing, copies
from audit.retention.periods import STREAMS, floor_of, in_force, rule_of
from governance.access import Invalid, NotAllowed, record_change, roles_of
from governance.access.errors import DomainError
from governance.models import UseCase, User
from governance.models.base import next_reference

ROLES = frozenset({"legal", "registrar"})
Kind, State = RemovalRequest.Kind, RemovalRequest.State


class SamePerson(DomainError):
    """Who asked cannot also agree."""

    code = "same_person"


class AlreadyAnswered(DomainError):
    """The request was agreed to or refused before."""

    code = "already_answered"


def may_remove(user: User) -> bool:
    """Whether an account may ask for removals and agree to them: administrators, legal, registrars."""
    return user.is_active and (user.is_administrator or bool(ROLES & roles_of(user)))


def place_hold(*, actor: User, at: datetime, reason: str, stream: str = "") -> Hold:
    """Keep the payloads of one stream, or all of them, until two people lift the hold. One person may place it."""
    _check(actor, reason)
    if stream and stream not in STREAMS:
        raise Invalid(_("There is no stream of this name."), field="stream", allowed=sorted(STREAMS))
    return removal.place_hold(actor=actor.pk, at=at, reason=reason.strip(), stream=stream)


def ask_erasure(
    *, use_case: UseCase, actor: User, at: datetime, reason: str, subject_ref: str = "", decision_id: str = ""
) -> RemovalRequest:
    """Ask that everything recorded about one person, or one decision, of a use case be erased.

    The reason stays in the ledger for ever: it names the legal ground, never the person.
    """
    if bool(subject_ref) == bool(decision_id):
        raise Invalid(_("Name either a person's reference or a decision."), field="subject_ref")
    arguments = {
        "use_case": str(use_case.pk),
        "ref": use_case.ref,
        "subject_ref": subject_ref,
        "decision_id": decision_id,
    }
    _refuse_unanswered(use_case, arguments)
    if not _entries(use_case, arguments):
        raise Invalid(
            _("Nothing is recorded under this reference."), field="subject_ref" if subject_ref else "decision_id"
        )
    return _ask(Kind.ERASE, arguments, actor, at, reason)


def ask_prune(*, stream: str, actor: User, at: datetime, reason: str) -> RemovalRequest:
    """Ask that what is older than the stream's period in force be removed."""
    if stream not in STREAMS:
        raise Invalid(_("There is no stream of this name."), field="stream", allowed=sorted(STREAMS))
    return _ask(Kind.PRUNE, {"stream": stream}, actor, at, reason)


def ask_lift(*, hold: Hold, actor: User, at: datetime, reason: str) -> RemovalRequest:
    """Ask that a legal hold end."""
    if hold.lifted_at is not None:
        raise Invalid(_("This hold was lifted already."), field="hold")
    return _ask(Kind.LIFT_HOLD, {"hold": str(hold.pk)}, actor, at, reason)


def ask_period(*, stream: str, months: int, actor: User, at: datetime, reason: str) -> RemovalRequest:
    """Ask that a stream be kept for ``months`` calendar months; never below the law's floor."""
    if stream not in STREAMS:
        raise Invalid(_("There is no stream of this name."), field="stream", allowed=sorted(STREAMS))
    if months < floor_of(stream):
        rule = rule_of(stream)
        message = _("%(article)s: this stream is kept for at least %(months)s calendar months.")
        raise Invalid(
            message % {"article": rule.article, "months": floor_of(stream)}, field="months", at_least=floor_of(stream)
        )
    return _ask(Kind.RETENTION, {"stream": stream, "months": months}, actor, at, reason)


def _ask(kind: str, arguments: dict[str, Any], actor: User, at: datetime, reason: str) -> RemovalRequest:
    _check(actor, reason)
    with transaction.atomic():
        request = RemovalRequest.objects.create(
            ref=next_reference("RM"),
            kind=kind,
            arguments=arguments,
            reason=reason.strip(),
            asked_by_id=actor.pk,
            asked_by_name=actor.name,
            asked_at=at,
        )
        _trail(actor, at, "retention.asked", request)
    return request


def _check(actor: User, reason: str) -> None:
    if not may_remove(actor):
        raise NotAllowed(_("Only administrators, legal and registrars may keep or remove records."))
    if not reason.strip():
        raise Invalid(_("Say why: the reason stays in the ledger."), field="reason")


def _trail(actor: User, at: datetime, action: str, request: RemovalRequest) -> None:
    """Who asked or answered, without what for: the arguments may name a person."""
    after = {"kind": request.kind, "state": request.state, "reason": request.reason, "answer": request.answer}
    record_change(actor=actor, at=at, action=action, obj=request, before=None, after=after)


def refuse(*, request: RemovalRequest, actor: User, at: datetime, reason: str) -> RemovalRequest:
    """Answer no. Who asked may take the request back in the same way."""
    _check(actor, reason)
    with transaction.atomic():
        held = _open(request)
        _answer(held, State.REFUSED, actor, at, reason.strip())
    return held


def agree(*, request: RemovalRequest, actor: User, at: datetime) -> RemovalRequest:
    """Agree as the second person, and do it. Raises :class:`SamePerson`, and what the removal itself refuses."""
    if not may_remove(actor):
        raise NotAllowed(_("Only administrators, legal and registrars may keep or remove records."))
    if actor.pk == request.asked_by_id:
        raise SamePerson(_("Another person than %(name)s must agree.") % {"name": request.asked_by_name})
    if request.kind == Kind.PRUNE:  # in steps of its own, so that a large one does not hold everything up
        _open(request)
        done = removal.prune(
            actor=request.asked_by_id, second=actor.pk, at=at, reason=request.reason,
            stream=request.arguments["stream"], keep_months=in_force(request.arguments["stream"]).months,
        )  # fmt: skip
        with transaction.atomic():
            return _finish(_open(request), actor, at, done)
    with transaction.atomic():
        held = _open(request)
        return _finish(held, actor, at, _do(held, actor, at))


def _do(request: RemovalRequest, actor: User, at: datetime) -> removal.Removed:
    asked, given = request.asked_by_id, request.arguments
    if request.kind == Kind.ERASE:
        use_case = UseCase.objects.get(pk=given["use_case"])
        _refuse_unanswered(use_case, given)
        entries = _entries(use_case, given)
        return removal.erase_entries(actor=asked, second=actor.pk, at=at, entries=entries, reason=request.reason)
    if request.kind == Kind.LIFT_HOLD:
        hold = Hold.objects.get(pk=given["hold"])
        removal.lift_hold(actor=asked, second=actor.pk, at=at, hold=hold, reason=request.reason)
        return removal.Removed(0, ())
    return removal.Removed(0, (_set_period(request, actor, at),))


def _set_period(request: RemovalRequest, actor: User, at: datetime) -> UUID:
    stream, months = request.arguments["stream"], request.arguments["months"]
    rule = rule_of(stream)
    body = {"stream": stream, "months": months, "rule": rule.id, "agreed_by": str(actor.pk), "reason": request.reason}
    draft = log.Draft(
        stream="ledger",
        type="retention.set",
        event_time=at,
        recorded_by=request.asked_by_id,
        refs=(stream,),
        payload=json.dumps(body, sort_keys=True).encode(),
    )
    [entry] = log.append([draft], at=at)
    RetentionPeriod.objects.create(
        stream=stream,
        months=months,
        rule=rule.id,
        reason=request.reason,
        set_by_id=request.asked_by_id,
        set_by_name=request.asked_by_name,
        agreed_by_id=actor.pk,
        agreed_by_name=actor.name,
        at=at,
        entry=entry.entry,
    )
    return entry.entry


def _entries(use_case: UseCase, arguments: dict[str, Any]) -> set[UUID]:
    if arguments["decision_id"]:
        return choosing.of_decision(use_case, arguments["decision_id"])
    return choosing.of_subject(use_case, arguments["subject_ref"])


def _refuse_unanswered(use_case: UseCase, arguments: dict[str, Any]) -> None:
    """An appeal that waits keeps what it is about: nobody could answer it afterwards."""
    named = arguments["decision_id"]
    decisions = [named] if named else choosing.decisions_of(use_case, arguments["subject_ref"])
    waiting = [ref for each in decisions for ref in copies.open_appeals(use_case, each)]
    if waiting:
        message = _("An appeal about it waits for its answer: %(refs)s. Answer it first.")
        raise Invalid(message % {"refs": ", ".join(waiting)}, field="reason", appeals=waiting)


def _open(request: RemovalRequest) -> RemovalRequest:
    rows = RemovalRequest.objects
    held = (rows.select_for_update() if transaction.get_connection().in_atomic_block else rows).get(pk=request.pk)
    if held.state != State.OPEN:
        raise AlreadyAnswered(_("%(ref)s was answered by %(name)s.") % {"ref": held.ref, "name": held.answered_by_name})
    return held


def _finish(request: RemovalRequest, actor: User, at: datetime, done: removal.Removed) -> RemovalRequest:
    request.payloads = done.payloads
    request.entry = done.entries[0] if done.entries else None
    if request.kind == Kind.ERASE:
        request.arguments = {"ref": request.arguments["ref"]}
    _answer(request, State.DONE, actor, at, "")
    return request


def _answer(request: RemovalRequest, state: str, actor: User, at: datetime, answer: str) -> None:
    request.state, request.answer = state, answer
    request.answered_by_id, request.answered_by_name, request.answered_at = actor.pk, actor.name, at
    request.save()
    _trail(actor, at, f"retention.{'agreed' if state == State.DONE else 'refused'}", request)
