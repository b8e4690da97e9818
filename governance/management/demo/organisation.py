"""Set up the example organisation through the verbs, with a clock that is given."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from importlib import resources
from typing import Any

import yaml
from guardian.shortcuts import assign_perm

from governance.access import assign_roles
from governance.committees import Ballot, add_member, appoint_committee, draft_policy, sign_off_policy
from governance.management.demo.reviewers import PROFILES
from governance.models import Committee, Membership, Person, Unit, UseCase, User
from governance.register import (
    change_lifecycle,
    choose_mode,
    classify_use_case,
    declare_fairness,
    name_person,
    qualify,
    register_system,
    submit_use_case,
)
from policies import eu_ai_act

UNITS = ("Social services", "Human resources", "Finance", "IT", "Utilities", "Legal", "Data protection")
# (handle, name, function, unit, role) of everybody with a desk in the example.
PEOPLE = (
    ("P-registrar", "Anna Kalniņa", "Registrar of AI use cases", "Legal", "registrar"),
    ("P-legal", "Markus Weber", "General counsel", "Legal", "legal"),
    ("P-chair", "Nadia Haddad", "Chair of the oversight committee", "Data protection", "committee"),
    ("P-works", "Paula Ozola", "Works council", "Human resources", "committee"),
    ("P-auditor", "Edvard Lund", "Internal auditor", "Finance", "auditor"),
    ("P-head-benefits", "Sofia Novak", "Head of benefits", "Social services", ""),
    ("P-head-hr", "Jānis Bērziņš", "Head of human resources", "Human resources", "committee"),
    ("P-head-finance", "Elena Petrova", "Head of finance", "Finance", "committee"),
    ("P-head-it", "Rafael Costa", "Head of IT", "IT", "committee"),
    ("P-head-utilities", "Ingrid Sæther", "Head of utilities", "Utilities", ""),
)
SEATS = (
    ("P-chair", "data protection", True),
    ("P-legal", "legal", False),
    ("P-head-hr", "HR", False),
    ("P-head-it", "IT", False),
    ("P-head-finance", "business", False),
    ("P-works", "works council", False),
)
VOTES = {
    "P-chair": ("yes", "The rules say who looks before anything happens to a person."),
    "P-legal": ("yes", "Legal basis and notices are in place."),
    "P-head-hr": ("yes", ""),
    "P-head-it": ("yes", ""),
    "P-head-finance": ("abstain", "Caseworker hours for the reviews are not budgeted yet."),
    "P-works": ("no", "Review times of caseworkers must not be used to judge them; the policy does not say so."),
}


@dataclass
class Cast:
    """Everybody the example needs to act, by handle."""

    registrar: User
    people: dict[str, Person] = field(default_factory=dict)
    units: dict[str, Unit] = field(default_factory=dict)


def set_up(*, at: datetime, password: str) -> dict[str, UseCase]:
    """Build people, committee and use cases as of ``at``; return the use cases by key."""
    cast = _people(at=at, password=password)
    committee = _committee(cast, at=at)
    policies = _load("policies.yaml")
    made: dict[str, UseCase] = {}
    for entry in _load("use_cases.yaml"):
        made[entry["key"]] = _use_case(cast, committee, entry, policies, at=at)
    _grants(cast, made)
    return made


def classify_all(*, at: datetime) -> None:
    """Answer the wizard for every use case, under the law as it stands at ``at``."""
    answers = _load("answers.yaml")
    registrar = User.objects.get(email="registrar@demo.invalid")
    for entry in _load("use_cases.yaml"):
        classify_use_case(
            actor=registrar,
            at=at,
            use_case=UseCase.objects.get(key=entry["key"]),
            answers=_walk(answers[entry["template"]], on_date=at.date()),
            on_date=at.date(),
            reason="Answered by the registrar with the owner, checked by legal.",
        )


def _walk(given: dict[str, Any], *, on_date: date) -> dict[str, str]:
    """Walk the wizard as a person would: what is asked and not listed is answered "no"."""
    answers = {"role": given["role"]}
    while (asked := eu_ai_act.next_question(answers, on_date=on_date)) is not None:
        answers[asked.question.id] = "yes" if asked.question.id in given["affirmed"] else "no"
    return answers


def _people(*, at: datetime, password: str) -> Cast:
    registrar = User.objects.create_user("registrar@demo.invalid", password, name="Anna Kalniņa")
    cast = Cast(registrar=registrar)
    for name in UNITS:
        cast.units[name] = Unit.objects.create(name=name)
    for handle, name, function, unit, role in PEOPLE:
        user = registrar
        if handle != "P-registrar":
            user = User.objects.create_user(f"{handle.removeprefix('P-')}@demo.invalid", password, name=name)
        assign_roles(user=user, codes=[role] if role else [])
        cast.people[handle] = name_person(
            actor=registrar, at=at, name=name, function=function, unit=cast.units[unit], user=user
        )
    for profile in PROFILES:
        _reviewer(cast, profile.pseudonym, profile.name, "Caseworker", "caseworker", at=at)
    _reviewer(cast, "rev-5", "Dace Liepa", "Recruiter", "recruiter", at=at)
    return cast


def _reviewer(cast: Cast, pseudonym: str, name: str, function: str, level: str, *, at: datetime) -> None:
    unit = cast.units["Social services" if level == "caseworker" else "Human resources"]
    person = name_person(actor=cast.registrar, at=at, name=name, function=function, unit=unit, pseudonym=pseudonym)
    cast.people[pseudonym] = person
    qualify(actor=cast.registrar, at=at, person=person, code=level, valid_from=at)
    until = at + timedelta(days=730)
    qualify(actor=cast.registrar, at=at, person=person, code="oversight-2026", valid_from=at, valid_until=until)


def _committee(cast: Cast, *, at: datetime) -> Committee:
    committee = appoint_committee(
        actor=cast.registrar,
        at=at,
        name="Oversight committee",
        charter="Decides on every use of AI that affects people: oversight policy, start, pause and end. "
        "A member does not vote on a use case they own.",
        quorum=4,
    )
    for handle, function, chair in SEATS:
        add_member(
            actor=cast.registrar,
            at=at,
            committee=committee,
            person=cast.people[handle],
            function=function,
            chair=chair,
        )
    return committee


def _use_case(
    cast: Cast,
    committee: Committee,
    entry: dict[str, Any],
    policies: dict[str, Any],
    *,
    at: datetime,
) -> UseCase:
    actor = cast.registrar
    system = register_system(actor=actor, at=at, **entry["system"])
    use_case = submit_use_case(
        actor=actor,
        at=at,
        key=entry["key"],
        name=entry["name"],
        purpose=entry["purpose"],
        owner=cast.people[entry["owner"]],
        unit=cast.units[entry["unit"]],
        roles=entry["roles"],
        systems=[system],
        affected_people=entry["affected_people"],
        countries=entry["countries"],
        languages=entry["languages"],
        data_used=entry["data_used"],
        first_use=at.date() if entry["lifecycle"] == "live" else None,
        simulated=True,
    )
    if entry["mode"]:
        use_case = choose_mode(actor=actor, at=at, use_case=use_case, mode=entry["mode"], reason=entry["mode_reason"])
    if entry.get("fairness"):
        use_case = declare_fairness(actor=actor, at=at, use_case=use_case, declaration=entry["fairness"])
    if entry["key"] in policies:
        _sign_off(cast, committee, use_case, policies[entry["key"]], at=at)
    if entry["lifecycle"] == "live":
        use_case = change_lifecycle(actor=actor, at=at, use_case=use_case, to="live", reason="Signed off.")
    if entry["lifecycle"] == "retired":
        reason = "A prohibited practice under Art 5(1)(f); refused before first use."
        use_case = change_lifecycle(actor=actor, at=at, use_case=use_case, to="retired", reason=reason)
    return use_case


def _sign_off(cast: Cast, committee: Committee, use_case: UseCase, content: dict[str, Any], *, at: datetime) -> None:
    policy = draft_policy(actor=cast.registrar, at=at, use_case=use_case, content=content)
    seats = Membership.objects.filter(committee=committee).select_related("person", "committee")
    handles = {person.pk: handle for handle, person in cast.people.items()}
    ballots = []
    for seat in seats:
        choice, reason = VOTES[handles[seat.person_id]]
        own = seat.person_id == use_case.owner_id
        ballots.append(
            Ballot(
                membership=seat,
                choice="recuse" if own else choice,
                reason="Owner of the use case." if own else reason,
            )
        )
    sign_off_policy(
        actor=User.objects.get(email="chair@demo.invalid"),
        at=at,
        committee=committee,
        use_case=use_case,
        policy=policy,
        digest=policy.digest,
        ballots=ballots,
        resolution=f"The committee puts oversight policy {policy.ref} into force for {use_case.name}.",
        conditions=["Report on oversight and on differences between groups after twelve months."],
    )


def _grants(cast: Cast, made: dict[str, UseCase]) -> None:
    """Owners see their own; reviewers see what they review. Decisions of the ranking wait for the recruiter."""
    for handle, email, key in (
        ("rev-1", "reviewer@demo.invalid", "in-work-supplement"),
        ("rev-5", "recruiter@demo.invalid", "cv-ranking"),
    ):
        person = cast.people[handle]
        reviewer = User.objects.create_user(email, None, name=person.name)
        reviewer.password = cast.registrar.password
        reviewer.save(update_fields=["password"])
        assign_roles(user=reviewer, codes=["reviewer"])
        person.user = reviewer
        person.save(update_fields=["user"])
        assign_perm("governance.view_usecase", reviewer, made[key])
        assign_perm("governance.review_usecase", reviewer, made[key])


def _load(name: str) -> Any:
    text = resources.files("governance.management.demo").joinpath(name).read_text(encoding="utf-8")
    return yaml.safe_load(text)
