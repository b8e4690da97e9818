"""Appeals, explanation requests (AI Act Art 86, GDPR Art 22(3)) and concerns, from intake to an answer.

The person holds a code and needs no account. Whoever reviewed the decision, and whoever owns the use case, cannot
answer the appeal.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from audit.models import Decision
from governance.access import DomainError, Invalid, record_change
from governance.access.codes import code_hash, new_code
from governance.models import Appeal, Person, UseCase, User, next_reference
from governance.notices import tell
from policies.eu_ai_act.retention import add_months

ANSWER_WITHIN_MONTHS = 1  # GDPR Art 12(3); the Act names no time for Art 86
STREAM = "rights"


class NotIndependent(DomainError):
    """This person took part in the decision, or owns the use case."""

    code = "not_independent"


class AlreadyAnswered(DomainError):
    """An answer was given; it stays."""

    code = "already_answered"


def receive_appeal(
    *,
    at: datetime,
    kind: str,
    text: str,
    about: str = "",
    decision_id: str = "",
    sender: str = "",
    contact: str = "",
    language: str = "",
) -> tuple[Appeal, str]:
    """Keep what a person asks and return it with the code by which they read the answer; the code is not stored.

    ``about`` is the use case's key or reference as their letter gives it. The answer to the person is the same whether
    it is known or not, so that nobody learns from this form what the register holds.
    """
    if kind not in Appeal.Kind.values:
        raise Invalid(_("Choose what you ask for."), field="kind")
    if not text.strip():
        raise Invalid(_("Say in your own words what this is about."), field="text")
    named = about.strip()
    use_case = UseCase.objects.filter(key=named.lower()).first() or UseCase.objects.filter(ref=named.upper()).first()
    code = new_code()
    with transaction.atomic():
        appeal = Appeal.objects.create(
            ref=next_reference("AP"),
            use_case=use_case,
            about=named,
            decision_id=decision_id.strip(),
            kind=kind,
            text=text.strip(),
            sender=sender.strip(),
            contact=contact.strip(),
            language=language,
            code_hash=code_hash(code),
            received_at=at,
            due_at=add_months(at, ANSWER_WITHIN_MONTHS),
        )
        after = {"kind": kind, "text": appeal.text, "about": named, "decision_id": appeal.decision_id}
        _record(None, at, appeal, "received", before=None, after=after)
        if use_case is not None:
            tell(
                people=[use_case.owner],
                kind="appeal",
                subject=_("%(ref)s has arrived: %(kind)s") % {"ref": appeal.ref, "kind": appeal.get_kind_display()},
                url=f"/appeals/{appeal.ref}/",
                at=at,
                key=f"appeal:{appeal.pk}",
            )
    return appeal, code


def appeal_of(code: str) -> Appeal | None:
    """The appeal whose sender holds ``code``, or None."""
    return Appeal.objects.select_related("use_case").filter(code_hash=code_hash(code)).first()


def place_appeal(*, actor: User, at: datetime, appeal: Appeal, use_case: UseCase, decision_id: str = "") -> Appeal:
    """Say which use case, and which decision, an appeal is about."""
    with transaction.atomic():
        current = _open(appeal)
        before = {"use_case": current.use_case.ref if current.use_case else None, "decision_id": current.decision_id}
        current.use_case, current.decision_id = use_case, decision_id.strip()
        if current.reviewer is not None and not_independent(current.reviewer, use_case, current.decision_id):
            current.reviewer, current.state = None, Appeal.State.RECEIVED
        current.save()
        after = {"use_case": use_case.ref, "decision_id": current.decision_id}
        _record(actor, at, current, "placed", before=before, after=after)
    return current


def assign_reviewer(*, actor: User, at: datetime, appeal: Appeal, reviewer: Person) -> Appeal:
    """Give the appeal to somebody independent; raises :class:`NotIndependent` with the reason."""
    with transaction.atomic():
        current = _open(appeal)
        if current.use_case is None:
            raise Invalid(_("Say first which use case it is about."), field="use_case")
        if reviewer.user is None or not reviewer.user.is_active:
            text = _("%(name)s cannot sign in here and so could not answer; choose somebody with an account.")
            raise Invalid(text % {"name": reviewer.name}, field="reviewer")
        why = not_independent(reviewer, current.use_case, current.decision_id)
        if why:
            raise NotIndependent(why, person=reviewer.ref)
        before = {"reviewer": current.reviewer.ref if current.reviewer else None}
        current.reviewer, current.state = reviewer, Appeal.State.ASSIGNED
        current.save()
        _record(actor, at, current, "assigned", before=before, after={"reviewer": reviewer.ref})
        tell(
            people=[reviewer],
            kind="appeal",
            subject=_("%(ref)s is yours to answer") % {"ref": current.ref},
            url=f"/appeals/{current.ref}/",
            at=at,
            key=f"appeal:{current.pk}:{reviewer.pk}",
        )
    return current


def answer_appeal(
    *, actor: User, at: datetime, appeal: Appeal, outcome: str, explanation: str, correction: str = ""
) -> Appeal:
    """Answer: outcome, the AI's role and the main elements in plain words, and what was corrected.

    Only the reviewer it was given to answers. A changed decision says what was corrected.
    """
    if outcome not in Appeal.Outcome.values:
        raise Invalid(_("Choose an outcome."), field="outcome")
    if not explanation.strip():
        raise Invalid(
            _("Explain the role of the system and the main elements of the decision in plain words."),
            field="explanation",
        )
    if outcome in {"changed", "partly"} and not correction.strip():
        raise Invalid(_("Say what was corrected."), field="correction")
    with transaction.atomic():
        current = _open(appeal)
        if current.reviewer is None or current.reviewer.user_id != actor.pk:
            raise NotIndependent(_("Only the independent reviewer it was given to answers it."))
        why = not_independent(current.reviewer, current.use_case, current.decision_id) if current.use_case else ""
        if why:
            raise NotIndependent(why, person=current.reviewer.ref)
        current.outcome, current.explanation, current.correction = outcome, explanation.strip(), correction.strip()
        current.state, current.answered_by, current.answered_at = Appeal.State.ANSWERED, actor, at
        current.save()
        after = {"outcome": outcome, "explanation": current.explanation, "correction": current.correction}
        _record(actor, at, current, "answered", before=None, after=after)
    return current


def not_independent(person: Person, use_case: UseCase, decision_id: str) -> str:
    """Why ``person`` may not answer, as a sentence; empty where they may."""
    if use_case.owner_id == person.pk:
        return _("%(name)s owns the use case.") % {"name": person.name}
    decision = Decision.objects.filter(use_case=use_case, decision_id=decision_id).first() if decision_id else None
    if decision is not None and person.pseudonym and person.pseudonym in _actors(decision.state):
        return _("%(name)s took part in the decision.") % {"name": person.name}
    return ""


def _actors(state: Mapping[str, Any]) -> set[str]:
    """References of everybody who reviewed, decided or started the decision, as systems sent them."""
    found = set()
    for review in state.get("reviews") or []:
        actor = review.get("actor") if isinstance(review, Mapping) else None
        found.add(str(actor.get("ref", "")) if isinstance(actor, Mapping) else str(actor or ""))
    return found - {""}


def _open(appeal: Appeal) -> Appeal:
    current = Appeal.objects.select_for_update(of=("self",)).select_related("use_case", "reviewer").get(pk=appeal.pk)
    if current.state == Appeal.State.ANSWERED:
        raise AlreadyAnswered(_("It has been answered; the answer stays."), ref=current.ref)
    return current


def _record(
    actor: User | None,
    at: datetime,
    appeal: Appeal,
    what: str,
    *,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any],
) -> None:
    record_change(
        actor=actor,
        at=at,
        action=f"rights.appeal.{what}",
        stream=STREAM,
        obj=appeal,
        before=before,
        after=after,
        simulated=bool(appeal.use_case and appeal.use_case.simulated),
    )
