"""A use case that works in our queue, its reviewers, and what its system sends. Imports nothing of the queue's room."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone
from guardian.shortcuts import assign_perm

from audit.events import schema
from audit.events.keys import operator_bearer
from audit.events.record import record
from audit.management.commands.follow import catch_up
from audit.models import ReviewTask
from governance.access import assign_roles
from governance.models import Person, Qualification, UseCase, User
from governance.register import name_person
from tests.cast import PASSWORD, Cast, a_live_use_case, assemble

SOURCE = "/benefit/prod/scorer"
POLICY: dict[str, Any] = {
    "mode": "HITL",
    "rules": [{"id": "R1", "when": "true", "require": {"reviews": 1, "level": "caseworker"}}],
    "review": {
        "queue": "custodes",
        "max_turnaround": "PT8H",
        "reasons": ["override"],
        "evidence": ["payroll"],
        "guideline_version": "2026-10",
        "guideline": "required",
    },
    "timeout_default": "deny",
}


@dataclass
class House:
    """Everybody and everything a test of the queue needs."""

    cast: Cast
    use_case: UseCase
    reviewers: dict[str, User] = field(default_factory=dict)
    sent: int = 0

    def reviewer(self, name: str, *codes: str, at: datetime | None = None) -> User:
        """Somebody with the role, the grant, a pseudonym and the qualifications named."""
        now = at or timezone.now()
        user = User.objects.filter(email=f"{name}@example.org").first()
        if user is None:
            user = User.objects.create_user(f"{name}@example.org", PASSWORD, name=name.title())
            name_person(actor=self.cast.anna, at=now, name=name.title(), unit=self.cast.unit, user=user)
        assign_roles(user=user, codes=["reviewer"])
        assign_perm("governance.view_usecase", user, self.use_case)
        assign_perm("governance.review_usecase", user, self.use_case)
        Person.objects.filter(user=user, pseudonym=None).update(pseudonym=f"rev-{name}")
        person = Person.objects.get(user=user)
        for code in codes or ("caseworker",):
            Qualification.objects.create(person=person, code=code, valid_from=now)
        self.reviewers[name] = user
        return user

    def person(self, code: str, name: str, *, at: datetime | None = None) -> Person:
        """Somebody with a role and no part in the queue."""
        now = at or timezone.now()
        user = User.objects.create_user(f"{name}@example.org", PASSWORD, name=name.title())
        person = name_person(actor=self.cast.anna, at=now, name=name.title(), unit=self.cast.unit, user=user)
        Qualification.objects.create(person=person, code=code, valid_from=now)
        return person

    def send(self, kind: str, data: dict[str, Any], *, at: datetime | None = None, **attributes: Any) -> None:
        """One event of the system's, recorded as the API would."""
        now = at or timezone.now()
        self.sent += 1
        body = {
            "specversion": "1.0",
            "id": f"s-{self.sent}",
            "source": SOURCE,
            "type": f"ai.oversight.{kind}.v1",
            "time": now.isoformat(),
            "usecase": self.use_case.key,
            "data": data,
            **attributes,
        }
        [result] = record([schema.read(body)], key=operator_bearer(self.use_case, source=SOURCE), at=now)
        assert result.status == 201, result.problem

    def propose(self, decision_id: str = "B-1", value: str = "grant", at: datetime | None = None, **more: Any) -> None:
        given = {"decision_class": value, "confidence": 0.9, "language": "en", **more}
        attributes = {name: given.pop(name) for name in ("time", "drill", "simulated") if name in given}
        data = {"decision_id": decision_id, "phase": "proposed", "proposal": {"value": value}, **given}
        self.send("decision", data, at=at, **attributes)

    def execute(self, decision_id: str = "B-1", value: str = "grant", at: datetime | None = None, **more: Any) -> None:
        now = at or timezone.now()
        data = {
            "decision_id": decision_id,
            "phase": "executed",
            "executed_at": now.isoformat(),
            "executed_value": value,
        }
        self.send("decision", {**data, **more}, at=now)

    def fold(self) -> None:
        catch_up()

    def tasks(self, decision_id: str = "B-1") -> list[ReviewTask]:
        return list(ReviewTask.objects.filter(decision_id=decision_id).select_related("use_case").order_by("number"))

    def task(self, decision_id: str = "B-1") -> ReviewTask:
        [found] = [task for task in self.tasks(decision_id) if task.state in ("open", "claimed")]
        return found


def build(policy: dict[str, Any] | None = None, *, at: datetime | None = None, **review: Any) -> House:
    """A live use case under ``policy``; ``review`` changes its terms of review."""
    cast = assemble(at=at)
    chosen = policy or POLICY
    chosen = {**chosen, "review": {**chosen["review"], **review}}
    house = House(cast, a_live_use_case(cast, at=at, policy=chosen))
    house.reviewer("rita", at=at)
    return house
