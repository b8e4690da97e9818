"""The committee of the example: one meeting that was held on the figures of the log, and the next one convened."""

import time
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from governance.committees import (
    add_item,
    amend_charter,
    arrive,
    cast,
    close_meeting,
    close_vote,
    convene,
    declare_interest,
    discuss,
    name_deputy,
    open_meeting,
    open_vote,
)
from governance.competence import complete, grant, offer
from governance.models import AgendaItem, Committee, Meeting, Membership, Minutes, Person, UseCase, User
from governance.register.pilots import plan_phase, record_oversight_test

TERMS: dict[str, Any] = {
    "quorum_functions": ["legal", "data protection"],
    "rules": {
        "suspend": {"rule": "majority"},
        "risk": {"rule": "two_thirds"},
        "default": {"veto": ["data protection"]},
    },
    "checkpoints": [
        {"code": "load", "text": "Do reviewers have the time the policy asks of them?"},
        {"code": "groups", "text": "Is anybody treated worse, and do we know enough to say so?"},
    ],
    "prompts": ["Who is most affected if this is wrong?", "What would change your mind?"],
    "evidence": [{"kind": "classification", "max_age_days": 400}, {"kind": "stop_authority"}],
    "approval_days": 365,
}
ANSWERS = {
    "Who is most affected if this is wrong?": "People who wait for the supplement, and their children.",
    "What would change your mind?": "A catch rate below the policy's threshold in the next report.",
}
OPTIONS = [
    {
        "key": "go-on",
        "text": "Go on for a year, with conditions",
        "pros": ["Reviews happen before anything is decided", "Figures by group are read each quarter"],
        "cons": ["Hours for reviews are not budgeted yet"],
    },
    {
        "key": "pause",
        "text": "Pause until the hours are budgeted",
        "pros": ["Nobody is reviewed in a hurry"],
        "cons": ["People wait longer for the supplement"],
    },
]
PILOT: dict[str, Any] = {
    "name": "One office, eight weeks",
    "cohort": "Applications of first-time buyers at the town hall",
    "criteria": [
        {"code": "errors", "text": "Fewer than 2 % of proposals are changed for a plain error"},
        {"code": "waiting", "text": "Nobody waits longer for an answer than before"},
    ],
}
TESTS: dict[int, dict[str, Any]] = {
    90: {
        "scenario": "Ten wrong rankings among two hundred (invented).",
        "expected": "Recruiters find at least nine.",
        "observed": "Seven were found; the reason stood behind the score, not beside it.",
        "passed": False,
    },
    30: {
        "scenario": "A stop at 19:40 with the owner on leave (invented).",
        "expected": "The deputy stops the system within ten minutes.",
        "observed": "Stopped after nine minutes; the first number called was out of date.",
        "passed": True,
    },
}
GO_ON = {
    "Nadia Haddad": ("yes", ""),
    "Markus Weber": ("yes", ""),
    "Jānis Bērziņš": ("yes", ""),
    "Rafael Costa": ("yes", ""),
    "Elena Petrova": ("abstain", "The hours are still not in the budget."),
    "Paula Ozola": ("no", "Without budgeted hours the reviews will become a formality. I want this on record."),
}
SMALL_SAMPLE = {
    "Nadia Haddad": ("yes", ""),
    "Markus Weber": ("yes", ""),
    "Rafael Costa": ("yes", ""),
    "Elena Petrova": ("yes", ""),
    "Jānis Bērziņš": ("recuse", "I own the use case."),
    "Paula Ozola": ("recuse", "I belong to the unit that uses it."),
}


def meet(*, at: datetime) -> None:
    """Hold one meeting and convene the next; what is there already stays."""
    if Meeting.objects.exists():
        return
    chair = User.objects.get(email="chair@demo.invalid")
    registrar = User.objects.get(email="registrar@demo.invalid")
    committee = Committee.objects.get()
    _prepare(committee, registrar, at=at)
    _before_going_live(registrar, at=at)
    held = convene(
        actor=chair, at=at, committee=committee, title="Oversight, autumn", starts_at=at + timedelta(seconds=1),
        place="Room 4.12", simulated=True,
    )  # fmt: skip
    go_on, sample = _points(held, chair, at=at)
    _hold(held, chair, go_on, sample)
    following = at.replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=9)
    convene(
        actor=chair, at=timezone.now(), committee=committee, title="Oversight, winter", starts_at=following,
        place="Room 4.12", simulated=True,
    )  # fmt: skip


def wait_for_minutes(*, seconds: float = 120) -> bool:
    """Wait until the worker has signed the minutes; False when it has not in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not Meeting.objects.filter(state="closed", minutes=None).exists():
            return True
        time.sleep(0.3)
    return Minutes.objects.exists()


def _prepare(committee: Committee, registrar: User, *, at: datetime) -> None:
    """The charter's terms, a deputy, training, and who may stop what."""
    common: dict[str, Any] = {"actor": registrar, "at": at}
    amend_charter(**common, committee=committee, terms=TERMS, reason="Terms agreed after the first year.")
    seat = Membership.objects.get(committee=committee, person__name="Markus Weber")
    name_deputy(**common, membership=seat, deputy=Person.objects.get(name="Anna Kalniņa"))
    module = offer(
        **common, code="bias-awareness", name="Bias, the system's and one's own", topic="bias", valid_days=365
    )
    for person in Person.objects.filter(name__in=[*GO_ON]):
        day = at - timedelta(days=60)
        complete(**common, person=person, module=module, completed_at=day, evidence="Course of the example, invented")
    for key, name in {"in-work-supplement": "Sofia Novak", "cv-ranking": "Jānis Bērziņš"}.items():
        case = UseCase.objects.filter(key=key).first()
        if case is not None:
            person = Person.objects.get(name=name)
            grant(**common, person=person, act="stop", use_case=case, reason="Answers for the use case.")
    chair = Person.objects.get(name="Nadia Haddad")
    grant(**common, person=chair, act="stop", reason="Chair of the oversight committee.")


def _before_going_live(registrar: User, *, at: datetime) -> None:
    """A pilot that is planned with its exit criteria, an interest on record, and oversight played through twice."""
    common: dict[str, Any] = {"actor": registrar, "at": at}
    people = {person.name: person for person in Person.objects.all()}
    credit = UseCase.objects.filter(key="municipal-credit").first()
    ranking = UseCase.objects.filter(key="cv-ranking").first()
    if credit is not None:
        plan_phase(**common, use_case=credit, starts_on=(at + timedelta(days=40)).date(), **PILOT)
        reason = "Sits on the board of the bank that refinances the loans (invented)."
        declare_interest(**common, person=people["Elena Petrova"], use_case=credit, reason=reason)
    if ranking is not None:
        for days, told in TESTS.items():
            record_oversight_test(
                **common, use_case=ranking, held_at=at - timedelta(days=days), led_by=people["Rafael Costa"], **told
            )


def _points(meeting: Meeting, chair: User, *, at: datetime) -> tuple[AgendaItem, AgendaItem]:
    """The two points the chair puts on by hand; the rest of the agenda built itself."""
    main = UseCase.objects.get(key="in-work-supplement")
    ranking = UseCase.objects.get(key="cv-ranking")
    owner = Person.objects.get(name="Sofia Novak")
    due = (at + timedelta(days=60)).date().isoformat()
    go_on = add_item(
        actor=chair, at=at, meeting=meeting, kind="approve", title=f"{main.name}: the second year", use_case=main,
        question="Shall the system go on for another year, under the policy in force?", options=OPTIONS,
        conditions=[{"text": "Budget the hours that reviews take", "owner": owner.ref, "due": due}],
    )  # fmt: skip
    sample = add_item(
        actor=chair, at=at, meeting=meeting, kind="risk", title=f"{ranking.name}: too few decisions to assess",
        use_case=ranking, question="Shall we accept until spring that differences between groups cannot be assessed?",
        effect={"until": (at + timedelta(days=120)).date().isoformat()},
    )  # fmt: skip
    return go_on, sample


def _hold(meeting: Meeting, chair: User, go_on: AgendaItem, sample: AgendaItem) -> None:
    open_meeting(actor=chair, at=timezone.now(), meeting=meeting)
    seats = {seat.person.name: seat for seat in Membership.objects.filter(committee=meeting.committee_id)}
    for seat in seats.values():
        arrive(actor=chair, at=timezone.now(), meeting=meeting, membership=seat)
    for item in meeting.items.filter(mandatory=True):
        note = (
            "The committee read the figures of the data pack and asks for the next report before it changes anything."
        )
        discuss(actor=chair, at=timezone.now(), item=item, note=note)
    for item, choices, option, text in (
        (
            go_on,
            GO_ON,
            "go-on",
            "The system goes on for a year, on the condition that the hours of reviews are budgeted.",
        ),
        (sample, SMALL_SAMPLE, "", "Accepted until spring; until then no use of the ranking is extended."),
    ):
        put = open_vote(actor=chair, at=timezone.now(), item=item, option=option)
        reflections = [{"prompt": prompt, "answer": answer} for prompt, answer in ANSWERS.items()]
        for name, (choice, reason) in choices.items():
            cast(
                actor=chair, at=timezone.now(), item=put, choice=choice, digest=put.digest, reason=reason,
                membership=seats[name], reflections=reflections if choice != "recuse" else [],
            )  # fmt: skip
        close_vote(actor=chair, at=timezone.now(), item=put, text=text)
    close_meeting(actor=chair, at=timezone.now(), meeting=meeting)
