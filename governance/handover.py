"""Closing an account: what the person held goes to another, the sign-in ends, the record stays."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from audit.findings.acts import held, write
from audit.models import Finding, FindingAct, ReviewTask
from audit.reviews.asserted import release_as
from governance.access import Invalid, record_change
from governance.access.roles import assign_roles
from governance.competence import withdraw
from governance.models import (
    AISystemUserGrant,
    Appeal,
    AuthorityGrant,
    CommitteeUserGrant,
    CorrectiveAction,
    Membership,
    Person,
    UnitUserGrant,
    UseCaseUserGrant,
    User,
)
from governance.register import hand_over
from governance.register.accounts import only_administrators, refuse_last_administrator


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a person holds: references by kind; empty: nothing has to be handed over."""

    use_cases: tuple[str, ...]
    duties: int
    reviews: tuple[str, ...]
    findings: tuple[str, ...]
    actions: int
    appeals: tuple[str, ...]
    seats: tuple[str, ...]

    @property
    def needs_successor(self) -> bool:
        """Whether something stays without a person unless somebody takes it."""
        return bool(self.use_cases or self.duties or self.findings or self.actions or self.appeals)


def holdings(person: Person) -> Holdings:
    """What ``person`` holds now."""
    open_duties = person.assignments.filter(until__isnull=True)
    findings = Finding.objects.filter(owner=person).exclude(state="closed")
    appeals = person.appeals.exclude(state=Appeal.State.ANSWERED)
    seats = person.memberships.filter(term_until__isnull=True).select_related("committee")
    return Holdings(
        use_cases=tuple(person.owned_use_cases.order_by("ref").values_list("ref", flat=True)),
        duties=open_duties.exclude(duty="owner").count(),
        reviews=tuple(_claimed(person).order_by("decision_id").values_list("decision_id", flat=True)),
        findings=tuple(findings.order_by("ref").values_list("ref", flat=True)),
        actions=person.corrective_actions.filter(done_at__isnull=True).count(),
        appeals=tuple(appeals.order_by("ref").values_list("ref", flat=True)),
        seats=tuple(seat.committee.ref for seat in seats),
    )


def close_account(*, actor: User, at: datetime, user: User, successor: Person | None, reason: str) -> Holdings:
    """Close an account and hand everything over, in one transaction; return what was handed over.

    Use cases, duties, findings, corrective actions go to ``successor``; claimed reviews go back into the queue, open
    appeals back to be assigned (their reviewer must be independent), seats and authority end, roles and grants go.
    """
    only_administrators(actor)
    if actor.pk == user.pk:
        raise Invalid(_("Another administrator closes your account."), field="user")
    if not reason.strip():
        raise Invalid(_("Say why the account is closed."), field="reason")
    with transaction.atomic():
        current = User.objects.select_for_update().get(pk=user.pk)
        if current.is_administrator:
            refuse_last_administrator(current)
        person = Person.objects.filter(user=current).first()
        held_now = holdings(person) if person else Holdings((), 0, (), (), 0, (), ())
        if held_now.needs_successor and successor is None:
            raise Invalid(_("Name who takes over what this person answers for."), field="successor")
        if person is not None:
            _give_away(actor, at, person, successor, reason.strip())
        _end(current)
        record_change(
            actor=actor,
            at=at,
            action="access.account.closed",
            stream="access",
            obj=current,
            before={"active": True},
            after={
                "active": False,
                "reason": reason.strip(),
                "successor": successor.ref if successor else None,
                "use_cases": list(held_now.use_cases),
                "findings": list(held_now.findings),
                "reviews": list(held_now.reviews),
                "appeals": list(held_now.appeals),
                "seats": list(held_now.seats),
            },
        )
    return held_now


def _give_away(actor: User, at: datetime, person: Person, successor: Person | None, reason: str) -> None:
    for task in _claimed(person):
        release_as(task=task, person=person, at=at)
    person.appeals.exclude(state=Appeal.State.ANSWERED).update(reviewer=None, state=Appeal.State.RECEIVED)
    for grant in AuthorityGrant.objects.filter(person=person, valid_until__isnull=True):
        withdraw(actor=actor, at=at, grant=grant, reason=reason)
    for seat in person.memberships.filter(term_until__isnull=True).select_related("committee"):
        _end_seat(actor, at, seat)
    if successor is not None:
        hand_over(actor=actor, at=at, person=person, to=successor)
        for finding in Finding.objects.filter(owner=person).exclude(state="closed"):
            _pass_finding(actor, at, finding, successor)
        CorrectiveAction.objects.filter(responsible=person, done_at__isnull=True).update(responsible=successor)
        person.duties.update(responsible=successor)
    person.left_at = at
    person.save(update_fields=["left_at"])


def _claimed(person: Person) -> "QuerySet[ReviewTask]":
    return ReviewTask.objects.filter(claimed_by=person, state="claimed")


def _pass_finding(actor: User, at: datetime, finding: Finding, successor: Person) -> None:
    with held(finding) as current:
        data = {"owner": {"id": str(successor.pk), "ref": successor.ref, "name": successor.name}}
        write(current, FindingAct.Kind.ASSIGNED, actor=actor, at=at, data=data)


def _end_seat(actor: User, at: datetime, seat: Membership) -> None:
    seat.term_until = at
    seat.save(update_fields=["term_until"])
    record_change(
        actor=actor,
        at=at,
        action="committee.member_left",
        stream="committee",
        obj=seat.committee,
        before={"person": seat.person.ref, "function": seat.function},
        after={"term_until": at.isoformat()},
    )


def _end(user: User) -> None:
    """End the sign-in: no roles, no grants, no password; open sessions end with the next request."""
    assign_roles(user=user, codes=())
    for grants in (UseCaseUserGrant, UnitUserGrant, AISystemUserGrant, CommitteeUserGrant):
        grants.objects.filter(user=user).delete()
    user.is_active, user.is_administrator = False, False
    user.set_unusable_password()
    user.save(update_fields=["is_active", "is_administrator", "password"])
