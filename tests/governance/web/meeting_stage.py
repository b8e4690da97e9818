"""Two meetings for the stage: one that was held, one that is open with a vote."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from governance.committees import (
    add_item,
    agree,
    arrive,
    cast,
    close_meeting,
    close_vote,
    convene,
    discuss,
    open_meeting,
    open_vote,
)
from governance.competence import grant
from governance.models import AgendaItem, Committee, Meeting, Membership, UseCase
from tests.cast import Cast

OPTIONS = [
    {"key": "a", "text": "Accept it until spring", "pros": ["The sample grows"], "cons": ["People wait longer"]},
    {"key": "b", "text": "Stop the system", "pros": ["No further harm"], "cons": ["Backlog"]},
]


def set_meetings(people: Cast, live: UseCase) -> tuple[Meeting, Meeting]:
    """One meeting closed with a decision, a dissent and a recusal; one open, with the vote on the second point open."""
    committee = Committee.objects.get()
    held, item = _meeting(people, committee, live, "Summer")
    for name, choice in {"carl": "yes", "lena": "yes", "ivan": "no", "dora": "recuse"}.items():
        _vote(people, item, name, choice)
    close_vote(actor=people.carl, at=timezone.now(), item=item, text="Accepted until spring; the sample is doubled.")
    discuss(actor=people.carl, at=timezone.now(), item=held.items.get(number=1), note="The override rate was read out.")
    agree(
        actor=people.carl, at=timezone.now(), meeting=held, text="Double the sample", owner=people.people["carl"],
        due_at=timezone.now() + timedelta(days=9), use_case=live,
    )  # fmt: skip
    held = close_meeting(actor=people.carl, at=timezone.now(), meeting=held)
    now_open, item = _meeting(people, committee, live, "Autumn")
    _vote(people, item, "lena", "yes")
    grant(
        actor=people.anna, at=timezone.now(), person=people.people["rita"], act="stop", use_case=live, reason="On duty"
    )
    return held, now_open


def _meeting(people: Cast, committee: Committee, live: UseCase, title: str) -> tuple[Meeting, AgendaItem]:
    now = timezone.now()
    common: dict[str, Any] = {"actor": people.carl, "at": now}
    meeting = convene(
        **common,
        committee=committee,
        title=title,
        starts_at=now + timedelta(minutes=1),
        place="Room 4",
        with_agenda=False,
    )
    add_item(**common, meeting=meeting, kind="discuss", title="What reviewers changed", use_case=live)
    item = add_item(
        **common, meeting=meeting, kind="risk", title="Small groups", options=OPTIONS,
        prompts=["Who is most affected?"],
        question="Shall we accept that some groups are too small to assess?",
        effect={"until": (now + timedelta(days=120)).date().isoformat()},
    )  # fmt: skip
    meeting = open_meeting(**common, meeting=meeting)
    for seat in Membership.objects.filter(committee=committee):
        arrive(actor=people.carl, at=timezone.now(), meeting=meeting, membership=seat)
    return meeting, open_vote(actor=people.carl, at=timezone.now(), item=item, option="a")


def _vote(people: Cast, item: AgendaItem, name: str, choice: str) -> None:
    seat = Membership.objects.get(committee=item.meeting.committee, person__name=name.title())
    answered = [{"prompt": "Who is most affected?", "answer": "People in small groups"}]
    cast(
        actor=people.carl, at=timezone.now(), item=item, choice=choice, digest=item.digest, membership=seat,
        reason="Half a year is long." if choice in {"no", "recuse"} else "", reflections=answered,
    )  # fmt: skip
