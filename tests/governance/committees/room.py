"""A committee that meets: everybody present, one point on the agenda."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from governance.access import assign_roles
from governance.committees import add_item, arrive, cast, close_vote, convene, draft_policy, open_meeting, open_vote
from governance.models import AgendaItem, Committee, ItemVote, Meeting, Membership, Person, Resolution, UseCase, User
from tests.cast import PASSWORD, POLICY, Cast, a_committee, a_use_case


def apart(people: Cast) -> None:
    """Lena, Ivan and Dora belong to no unit, so that none is of the use case's own team; Carl stays in it."""
    Person.objects.filter(name__in=["Lena", "Ivan", "Dora"]).update(unit=None)
    for name in ("lena", "ivan", "dora"):
        people.people[name].refresh_from_db()


def seat(committee: Committee, name: str) -> Membership:
    """The seat of the member with this first name."""
    return Membership.objects.select_related("person").get(committee=committee, person__name=name.title())


def login_for(people: Cast, name: str) -> User:
    """A sign-in for a member who has none yet."""
    user = User.objects.create_user(f"{name}@example.org", PASSWORD, name=name.title())
    assign_roles(user=user, codes=["committee"])
    person = people.people[name]
    person.user = user
    person.save()
    return user


def convened(people: Cast, committee: Committee, *, deadline: datetime | None = None, **fields: Any) -> Meeting:
    """A meeting of ``committee`` with an empty agenda."""
    now = timezone.now()
    apart(people)
    return convene(
        actor=people.carl, at=now, committee=committee, title="Autumn", starts_at=now + timedelta(minutes=1),
        deadline=deadline, **{"with_agenda": False, **fields},
    )  # fmt: skip


def policy_item(people: Cast, meeting: Meeting, use_case: UseCase, **fields: Any) -> AgendaItem:
    """The point that brings a drafted policy into force."""
    now = timezone.now()
    policy = draft_policy(actor=people.anna, at=now, use_case=use_case, content=POLICY)
    return add_item(
        actor=people.carl, at=now, meeting=meeting, kind="policy", title="Policy", question="Put it into force?",
        use_case=use_case, policy=policy, **fields,
    )  # fmt: skip


def in_session(people: Cast, meeting: Meeting, *names: str) -> Meeting:
    """Open ``meeting`` with these members present."""
    now = timezone.now()
    opened = open_meeting(actor=people.carl, at=now, meeting=meeting)
    for name in names or ("carl", "lena", "ivan", "dora"):
        arrive(actor=people.carl, at=now, meeting=opened, membership=seat(meeting.committee, name))
    return opened


def vote(people: Cast, item: AgendaItem, name: str, choice: str, **fields: Any) -> ItemVote:
    """The chair notes what a member says."""
    item.refresh_from_db()
    return cast(
        actor=people.carl, at=timezone.now(), item=item, choice=choice, digest=item.digest,
        reason=fields.pop("reason", "As discussed." if choice in {"no", "recuse"} else ""),
        membership=seat(item.meeting.committee, name), **fields,
    )  # fmt: skip


def decided(people: Cast, item: AgendaItem, **choices: str) -> Resolution | None:
    """Open the vote, cast ``choices`` and close it."""
    open_vote(actor=people.carl, at=timezone.now(), item=item)
    for name, choice in choices.items():
        vote(people, item, name, choice)
    return close_vote(actor=people.carl, at=timezone.now(), item=item, text="It is resolved.")


def ready(people: Cast, **fields: Any) -> AgendaItem:
    """A point on a policy, in an open meeting with everybody present; Carl is of the use case's own team."""
    use_case, committee = a_use_case(people), a_committee(people)
    meeting = convened(people, committee)
    item = policy_item(people, meeting, use_case, **fields)
    in_session(people, meeting)
    item.refresh_from_db()
    return item
