"""A small named cast, used everywhere.

Anna registers, Olga owns the use case, Rita reviews it, Carl chairs the committee, Lena, Ivan and Dora sit on it,
Otto audits (reads all, changes nothing), Adam administers (and may not read group data), Eve has no access.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone

from governance.access import assign_roles
from governance.committees import Ballot, add_member, appoint_committee, draft_policy, sign_off_policy
from governance.models import Committee, Membership, Person, Unit, UseCase, User
from governance.register import change_lifecycle, choose_mode, name_person, register_system, submit_use_case

PASSWORD = "a long password for tests"
POLICY = {
    "mode": "HITL",
    "rules": [{"id": "R1", "when": "true", "require": {"reviews": 1, "level": "caseworker"}}],
    "review": {"min_active_s": 15, "max_turnaround": "PT8H", "reasons": ["override"], "evidence": ["payroll"]},
    "timeout_default": "hold",
}


@dataclass
class Cast:
    """Users by name, and the people behind them."""

    anna: User
    olga: User
    rita: User
    carl: User
    otto: User
    adam: User
    eve: User
    unit: Unit
    people: dict[str, Person] = field(default_factory=dict)


def assemble(*, at: datetime | None = None) -> Cast:
    """Bring everybody on stage, with the roles they play."""
    now = at or timezone.now()
    users = {
        name: User.objects.create_user(f"{name}@example.org", PASSWORD, name=name.title())
        for name in ("anna", "olga", "rita", "carl", "otto", "adam", "eve")
    }
    unit = Unit.objects.create(name="Benefits")
    cast = Cast(**users, unit=unit)
    for name, roles in {
        "anna": ["registrar"],
        "carl": ["committee"],
        "otto": ["auditor"],
        "rita": ["reviewer"],
    }.items():
        assign_roles(user=users[name], codes=roles)
    cast.adam.is_administrator = True
    cast.adam.save()
    for name in ("olga", "rita", "carl"):
        cast.people[name] = name_person(actor=cast.anna, at=now, name=name.title(), unit=unit, user=users[name])
    for name in ("lena", "ivan", "dora"):
        cast.people[name] = name_person(actor=cast.anna, at=now, name=name.title(), unit=unit)
    return cast


def a_use_case(cast: Cast, *, key: str = "benefit", at: datetime | None = None, **fields: Any) -> UseCase:
    """A planned use case owned by Olga, with human-in-the-loop oversight."""
    now = at or timezone.now()
    system = register_system(actor=cast.anna, at=now, name="Classifier", supplier="Northlight", version="1.0")
    given: dict[str, Any] = {
        "key": key,
        "name": "Benefit check",
        "purpose": "Helps to decide who gets a benefit without further papers.",
        "owner": cast.people["olga"],
        "unit": cast.unit,
        "roles": ["deployer"],
        "systems": [system],
        **fields,
    }
    use_case = submit_use_case(actor=cast.anna, at=now, **given)
    return choose_mode(actor=cast.anna, at=now, use_case=use_case, mode="HITL", reason="It decides about money.")


def a_committee(cast: Cast, *, quorum: int = 3, at: datetime | None = None) -> Committee:
    """Carl in the chair, with Lena, Ivan and Dora."""
    now = at or timezone.now()
    committee = appoint_committee(
        actor=cast.anna, at=now, name="Oversight committee", charter="Decides on AI that affects people.", quorum=quorum
    )
    for name, function in {"carl": "data protection", "lena": "legal", "ivan": "IT", "dora": "HR"}.items():
        add_member(
            actor=cast.anna,
            at=now,
            committee=committee,
            person=cast.people[name],
            function=function,
            chair=name == "carl",
        )
    return committee


def ballots(committee: Committee, *choices: str) -> list[Ballot]:
    """Ballots of the committee's members, in the order they were appointed."""
    seats = Membership.objects.filter(committee=committee).select_related("person").order_by("id")
    return [Ballot(membership=seat, choice=choice) for seat, choice in zip(seats, choices, strict=False)]


def a_live_use_case(
    cast: Cast, *, at: datetime | None = None, policy: dict[str, Any] | None = None, **fields: Any
) -> UseCase:
    """A use case that went live under a signed-off policy."""
    now = at or timezone.now()
    use_case = a_use_case(cast, at=now, **fields)
    committee = Committee.objects.first() or a_committee(cast, at=now)
    draft = draft_policy(actor=cast.anna, at=now, use_case=use_case, content=policy or POLICY)
    sign_off_policy(
        actor=cast.carl,
        at=now,
        committee=committee,
        use_case=use_case,
        policy=draft,
        digest=draft.digest,
        ballots=ballots(committee, "yes", "yes", "yes", "abstain"),
        resolution="Put the policy into force.",
    )
    return change_lifecycle(actor=cast.anna, at=now, use_case=use_case, to="live", reason="Signed off.")
