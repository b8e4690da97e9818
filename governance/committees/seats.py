"""Who sits, in whose place, and who may lead a meeting."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from governance.access import NotAllowed, may
from governance.models import Committee, Membership, Person, User
from policies.committees import Rule, Seat


def serving(committee: Committee, at: datetime) -> QuerySet[Membership]:
    """Return the seats in their term at ``at``, in the order of appointment."""
    in_term = Q(term_until=None) | Q(term_until__gt=at)
    rows = Membership.objects.filter(in_term, committee=committee, term_from__lte=at)
    return rows.select_related("person__unit", "deputy__unit").order_by("term_from", "pk")


def person_of(user: User) -> Person | None:
    """Return the person behind a sign-in."""
    return Person.objects.filter(user=user).first()


def leads(user: User, committee: Committee, at: datetime) -> bool:
    """Whether ``user`` is in the chair, or deputises for the chair."""
    chair = serving(committee, at).filter(Q(person__user=user) | Q(deputy__user=user), chair=True)
    return user.is_active and chair.exists()


def check_leads(user: User, committee: Committee, at: datetime) -> None:
    """Raise :class:`NotAllowed` unless ``user`` leads the committee's meetings."""
    if not leads(user, committee, at):
        raise NotAllowed(_("The chair, or who deputises for the chair, does this."))


def check_convenes(user: User, committee: Committee, at: datetime) -> None:
    """Raise :class:`NotAllowed` unless ``user`` leads the meetings or keeps the register."""
    if not may(user, "register") and not leads(user, committee, at):
        raise NotAllowed(_("The chair or a registrar does this."))


def rule_for(committee: Committee, kind: str) -> Rule:
    """Return what a decision of ``kind`` needs under the charter; by default a majority of those who take sides."""
    wanted = committee.rules.get(kind) or committee.rules.get("default") or {}
    return Rule(
        quorum=committee.quorum,
        functions=frozenset(_plain(committee.quorum_functions)),
        rule=wanted.get("rule", "majority"),
        veto=frozenset(_plain(wanted.get("veto", ()))),
    )


def seat_of(membership: Membership) -> Seat:
    """Return the pure core's view of a seat."""
    return Seat(str(membership.pk), str(membership.person_id), plain(membership.function))


def plain(function: str) -> str:
    """Functions are compared without regard to case and spaces."""
    return " ".join(function.split()).casefold()


def _plain(functions: Iterable[str]) -> list[str]:
    return [plain(function) for function in functions]
