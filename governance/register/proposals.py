"""What people outside the register propose: taken in through a public form, sorted by a registrar."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from governance.access import DomainError, Invalid, record_change
from governance.access.codes import code_hash, new_code
from governance.models import Change, Person, Proposal, Unit, UseCase, User, next_reference
from governance.register.submit import free_key, register_system, submit_use_case


class AlreadyDecided(DomainError):
    """Somebody has decided this before."""

    code = "already_decided"


def propose(
    *,
    at: datetime,
    name: str,
    purpose: str,
    sender: str,
    contact: str = "",
    system: str = "",
    supplier: str = "",
    affected_people: str = "",
    unit: str = "",
) -> tuple[Proposal, str]:
    """Keep a proposal and return it with the code by which the sender follows it; the code is not stored."""
    for field, value, text in (
        ("name", name, _("Give the use of AI a name, for example “Ranking of job applications”.")),
        ("purpose", purpose, _("Say what it is meant to do, for whom and with what effect.")),
        ("sender", sender, _("Say who you are, so that somebody can ask.")),
    ):
        if not value.strip():
            raise Invalid(text, field=field)
    code = new_code()
    with transaction.atomic():
        proposal = Proposal.objects.create(
            ref=next_reference("IN"),
            name=name.strip(),
            purpose=purpose.strip(),
            system=system.strip(),
            supplier=supplier.strip(),
            affected_people=affected_people.strip(),
            unit=unit.strip(),
            sender=sender.strip(),
            contact=contact.strip(),
            code_hash=code_hash(code),
            received_at=at,
        )
        record_change(
            actor=None,
            at=at,
            action="register.proposal.received",
            obj=proposal,
            before=None,
            after={"name": proposal.name, "purpose": proposal.purpose, "sender": proposal.sender},
        )
    return proposal, code


def proposal_of(code: str) -> Proposal | None:
    """The proposal whose sender holds ``code``, or None."""
    return Proposal.objects.select_related("use_case").filter(code_hash=code_hash(code)).first()


def accept_proposal(
    *,
    actor: User,
    at: datetime,
    proposal: Proposal,
    owner: Person,
    unit: Unit,
    roles: Sequence[str],
    key: str = "",
) -> UseCase:
    """Register what was proposed as a planned use case and close the proposal."""
    with transaction.atomic():
        current = _open(proposal)
        systems = (
            [register_system(actor=actor, at=at, name=current.system, supplier=current.supplier)]
            if current.system
            else []
        )
        use_case = submit_use_case(
            actor=actor,
            at=at,
            key=key or free_key(current.name),
            name=current.name,
            purpose=current.purpose,
            owner=owner,
            unit=unit,
            roles=roles,
            systems=systems,
            affected_people=current.affected_people,
        )
        current.use_case = use_case
        _decide(actor, at, current, Proposal.State.ACCEPTED, "")
    return use_case


def decline_proposal(*, actor: User, at: datetime, proposal: Proposal, reason: str) -> Proposal:
    """Close a proposal with a reason its sender will read."""
    if not reason.strip():
        raise Invalid(_("Say why; the sender reads it."), field="reason")
    with transaction.atomic():
        current = _open(proposal)
        _decide(actor, at, current, Proposal.State.DECLINED, reason.strip())
    return current


def ask_sender(*, actor: User, at: datetime, proposal: Proposal, question: str) -> Proposal:
    """Ask the sender something before deciding; they read it with their code, and the proposal stays new."""
    if not question.strip():
        raise Invalid(_("Write what you want to know; the sender reads it."), field="question")
    with transaction.atomic():
        current = _open(proposal)
        current.reason = question.strip()
        current.save(update_fields=["reason"])
        _said(actor, at, current, "asked", {"question": current.reason})
    return current


def answer_question(*, at: datetime, proposal: Proposal, text: str) -> Proposal:
    """Keep what the sender answers to the open question; it is open no more."""
    if not text.strip():
        raise Invalid(_("Write your answer."), field="reply")
    with transaction.atomic():
        current = _open(proposal)
        if not current.reason:
            raise Invalid(_("Nothing is asked at the moment."), field="reply")
        current.reason = ""
        current.save(update_fields=["reason"])
        _said(None, at, current, "replied", {"answer": text.strip()})
    return current


def talk_of(proposal: Proposal) -> list[Change]:
    """What was asked back and answered, oldest first; ``after`` holds ``question`` or ``answer``."""
    acts = ("register.proposal.asked", "register.proposal.replied")
    rows = Change.objects.filter(object_type="proposal", object_id=proposal.pk, action__in=acts)
    return list(rows.order_by("at", "pk"))


def _said(actor: User | None, at: datetime, proposal: Proposal, what: str, after: dict[str, str]) -> None:
    record_change(actor=actor, at=at, action=f"register.proposal.{what}", obj=proposal, before=None, after=after)


def _open(proposal: Proposal) -> Proposal:
    current = Proposal.objects.select_for_update().get(pk=proposal.pk)
    if current.state != Proposal.State.NEW:
        raise AlreadyDecided(_("Somebody has decided this proposal already."), state=current.state)
    return current


def _decide(actor: User, at: datetime, proposal: Proposal, state: str, reason: str) -> None:
    proposal.state, proposal.reason, proposal.decided_by, proposal.decided_at = state, reason, actor, at
    proposal.save()
    record_change(
        actor=actor,
        at=at,
        action=f"register.proposal.{state}",
        obj=proposal,
        before={"state": Proposal.State.NEW},
        after={"state": state, "reason": reason, "use_case": proposal.use_case.ref if proposal.use_case else None},
    )
