"""Requests to change a use case; each asks the role flips of AI Act Art 25(1) again."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from governance.access import DomainError, Invalid, record_change
from governance.models import ChangeRequest, UseCase, User, next_reference
from policies import eu_ai_act


class NotYourOwn(DomainError):
    """Nobody decides what they asked for themselves."""

    code = "own_request"


class StepNotPossible(DomainError):
    """The request is not where this step starts from."""

    code = "step_not_possible"


def request_change(
    *, actor: User, at: datetime, use_case: UseCase, kind: str, title: str, text: str, flips: Mapping[str, str]
) -> ChangeRequest:
    """Ask for a change. ``flips`` answers the three questions of Art 25(1): ``{flip_a: yes | no | unsure, ...}``."""
    asked = {question.id for question in eu_ai_act.flip_questions()}
    if kind not in ChangeRequest.Kind.values:
        raise Invalid(_("Choose what changes."), field="kind")
    if not title.strip() or not text.strip():
        raise Invalid(_("Say what is to change, and why."), field="title" if not title.strip() else "text")
    open_questions = sorted(name for name in asked if flips.get(name) not in {"yes", "no", "unsure"})
    if open_questions:
        raise Invalid(_("Answer this question with yes, no or unsure."), field=open_questions[0])
    with transaction.atomic():
        request = ChangeRequest.objects.create(
            ref=next_reference("CR"),
            use_case=use_case,
            kind=kind,
            title=title.strip(),
            text=text.strip(),
            flips={name: flips[name] for name in sorted(asked)},
            asked_by=actor,
            asked_at=at,
        )
        after = {"kind": kind, "title": request.title, "text": request.text, "flips": request.flips}
        _record(actor, at, request, "asked", before=None, after=after)
    return request


def decide_change(*, actor: User, at: datetime, request: ChangeRequest, approve: bool, reason: str) -> ChangeRequest:
    """Approve or decline; raises :class:`NotYourOwn` for the person who asked."""
    if not reason.strip():
        raise Invalid(_("Give the reason of the decision."), field="reason")
    state = ChangeRequest.State.APPROVED if approve else ChangeRequest.State.DECLINED
    with transaction.atomic():
        current = _at(request, ChangeRequest.State.OPEN)
        if current.asked_by_id == actor.pk:
            raise NotYourOwn(_("Somebody else decides what you asked for."))
        current.state, current.reason, current.decided_by, current.decided_at = state, reason.strip(), actor, at
        current.save()
        _record(actor, at, current, state, before={"state": "open"}, after={"state": state, "reason": current.reason})
    return current


def finish_change(*, actor: User, at: datetime, request: ChangeRequest) -> ChangeRequest:
    """Note that an approved change is made. A flip answered "yes" or "unsure" still needs a new classification."""
    with transaction.atomic():
        current = _at(request, ChangeRequest.State.APPROVED)
        if needs_classification(current):
            raise StepNotPossible(
                _("Our role may have changed (Art 25): classify the use case again first, then close this."),
                use_case=current.use_case.ref,
            )
        current.state = ChangeRequest.State.DONE
        current.save()
        _record(actor, at, current, "done", before={"state": "approved"}, after={"state": "done"})
    return current


def needs_classification(request: ChangeRequest) -> bool:
    """Whether a possible role flip, or a new purpose, has not been classified since the request."""
    flipped = any(value != "no" for value in request.flips.values())
    if not flipped and request.kind != ChangeRequest.Kind.PURPOSE:
        return False
    return not request.use_case.classifications.filter(made_at__gt=request.asked_at).exists()


def _at(request: ChangeRequest, state: str) -> ChangeRequest:
    current = ChangeRequest.objects.select_for_update().get(pk=request.pk)
    if current.state != state:
        raise StepNotPossible(
            _("This request is %(state)s.") % {"state": ChangeRequest.State(current.state).label}, state=current.state
        )
    return current


def _record(
    actor: User,
    at: datetime,
    request: ChangeRequest,
    what: str,
    *,
    before: Mapping[str, object] | None,
    after: Mapping[str, object],
) -> None:
    record_change(
        actor=actor,
        at=at,
        action=f"register.change.{what}",
        obj=request,
        before=before,
        after={"use_case": request.use_case.ref, **after},
        simulated=request.use_case.simulated,
    )
