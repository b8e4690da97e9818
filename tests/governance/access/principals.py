"""Who knocks at every door, and with which addresses: set up through the verbs, one house for the whole matrix."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.test import Client
from django.utils import timezone
from guardian.shortcuts import assign_perm

from audit.events.keys import SCOPES, issue_key
from audit.models import ApiKey, Event, ReviewTask
from governance.access import assign_roles
from governance.committees import declare_interest
from governance.incidents import add_action, open_incident
from governance.models import Assignment, UseCaseUserGrant, User
from governance.register import assign_person, classify_use_case, propose, request_change
from governance.register.assessments import save_assessment
from governance.rights import publish, receive_appeal
from tests.cast import Cast
from tests.governance.web.stage import SOURCE, Stage

# The order of the columns of the matrix; API rows have the keys on top.
PEOPLE = (
    "anonymous", "nobody", "reviewer", "owner", "auditor", "legal", "registrar", "committee", "administrator",
    "integrator", "lead",
)  # fmt: skip
KEYS = ("key", "key_of_another", "key_without_scope")
NOWHERE = "00000000-0000-7000-8000-000000000000"
HIGH = {"otherwise": "no", "Q1": "yes", "Q2": "yes", "role": "deployer", "Q20a": "yes", "Q26": "yes"}


@dataclass
class House:
    """Clients by principal, header values by key, and what addresses are made of."""

    clients: dict[str, Client] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    args: dict[str, dict[str, Any]] = field(default_factory=dict)
    default: dict[str, Any] = field(default_factory=dict)

    def arguments(self, name: str, wanted: dict[str, Any]) -> dict[str, Any]:
        """Arguments of the address ``name``: its own, else those of the house, else something that is not there."""
        own = {**self.default, **self.args.get(name, {})}
        return {
            parameter: own[parameter] if parameter in own and _fits(own[parameter], converter) else _nothing(converter)
            for parameter, converter in wanted.items()
        }


def _fits(value: Any, converter: Any) -> bool:
    wanted = {"UUIDConverter": UUID, "IntConverter": int}.get(type(converter).__name__)
    return wanted is None or isinstance(value, wanted)


def _nothing(converter: Any) -> Any:
    kind = type(converter).__name__
    return UUID(NOWHERE) if kind == "UUIDConverter" else 9999 if kind == "IntConverter" else "NONE-9999"


def furnish(stage: Stage) -> House:
    """Put something behind every address and give everybody their roles and grants on the live use case."""
    cast, now = stage.cast, timezone.now()
    live, house = stage.live, House()
    users = _users(cast, stage)
    for name, user in users.items():
        client = Client(raise_request_exception=False)
        if user is not None:
            client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        house.clients[name] = client
    for name, case, scopes in (
        ("key", live, SCOPES),
        ("key_of_another", stage.planned, SCOPES),
        ("key_without_scope", live, ["events:write"]),
    ):
        _, house.tokens[name] = issue_key(
            use_cases=[case], sources=[SOURCE], scopes=scopes, label=name, actor=cast.anna, at=now
        )
    classify_use_case(actor=cast.anna, at=now, use_case=live, answers=HIGH, on_date=now.date())
    incident = open_incident(
        actor=cast.olga, at=now, use_case=live, title="T", text="T", role="deployer", aware_on=now.date()
    )
    action = add_action(
        actor=cast.olga, at=now, incident=incident, text="T", responsible=cast.people["rita"], due_on=now.date()
    )
    appeal, _code = receive_appeal(at=now, kind="appeal", text="T", about=live.key)
    proposal, _code = propose(at=now, name="N", purpose="P", sender="S")
    change = request_change(
        actor=cast.olga, at=now, use_case=live, kind="other", title="T", text="T",
        flips={"flip_a": "no", "flip_b": "no", "flip_c": "no"},
    )  # fmt: skip
    save_assessment(actor=cast.olga, at=now, use_case=live, kind="fria", answers={})
    publish(actor=cast.olga, at=now, use_case=live, kind="people", text="T")
    duty = Assignment.objects.get(use_case=live, duty="technical")
    system = live.systems.get()
    task, event = ReviewTask.objects.order_by("pk").first(), Event.objects.filter(use_case=live).first()
    house.default = {
        "ref": live.ref, "decision_id": stage.decision, "key": live.key, "task": task.pk if task else UUID(NOWHERE),
        "entry": event.pk if event else UUID(NOWHERE), "number": 1, "point": "26(1)", "role": "deployer",
        "view": "scores", "kind": "json", "name": stage.finding, "level": 0, "path": "000", "slug": "register",
        "user": cast.eve.pk, "uid": cast.eve.pk.hex, "supplier": system.supplier_id,
    }  # fmt: skip
    given = UseCaseUserGrant.objects.get(user=users["integrator"], permission__codename="view_usecase")
    interest = declare_interest(actor=cast.carl, at=now, person=cast.people["lena"], use_case=live, reason="Shares")
    meeting, committee = {"ref": stage.meeting}, {"ref": stage.committee.ref}
    house.args = {
        "incident": {"ref": incident.ref},
        "incident-act": {"ref": incident.ref, "what": "freeze"},
        "incident-action-done": {"ref": incident.ref, "action": action.pk},
        "api-incident": {"name": incident.ref},
        "appeal": {"ref": appeal.ref},
        "appeal-act": {"ref": appeal.ref, "what": "place"},
        "proposal": {"ref": proposal.ref},
        "system": {"ref": system.ref},
        "system-edit": {"ref": system.ref},
        "api-system": {"ref": system.ref},
        "use-case-change-act": {"change": change.ref, "what": "approve"},
        "use-case-duty-end": {"assignment": duty.pk},
        "paper": {"kind": "fria"},
        "paper-data": {"kind": "fria"},
        "paper-act": {"kind": "fria", "what": "sign"},
        "api-paper": {"kind": "fria"},
        "register-export": {"kind": "csv"},
        "key": {"key": ApiKey.objects.get(label="key").pk},
        "key-act": {"key": ApiKey.objects.get(label="key").pk, "what": "revoke"},
        "account-act": {"what": "roles"},
        "use-case-access-end": {"scope": "use-case", "grant": given.pk},
        "account-reach-end": {"scope": "use-case", "grant": given.pk, "user": given.user_id},
        "finding": {"ref": stage.finding},
        "finding-act": {"ref": stage.finding, "kind": "assign"},
        "measure": {"name": "M1"},
        **dict.fromkeys(("committee-page", "charter", "charter-amend", "committee-members"), committee),
        "committee-members-act": {**committee, "act": "deputy"},
        "interest-end": {"interest": str(interest.pk)},
        "competence-act": {"act": "offer"},
        "pilot-act": {"act": "plan"},
        "meeting-new": committee,
        **dict.fromkeys(("meeting", "meeting-pack", "meeting-act"), meeting),
        **{name: {**meeting, "number": 2} for name in ("meeting-item", "meeting-item-act")},
        **{name: {"ref": stage.held} for name in ("minutes", "minutes-file")},
        "help-image": {"name": "today-light-wide.webp"},
        "fairness-export": {"kind": "csv"},
        "theme": {},
    }
    return house


def _users(cast: Cast, stage: Stage) -> dict[str, User | None]:
    now = timezone.now()
    made = {
        name: User.objects.create_user(f"{name}@example.org", None, name=name.title())
        for name in ("lara", "ivan_login", "leo")
    }
    assign_roles(user=made["lara"], codes=["legal"])
    assign_roles(user=made["ivan_login"], codes=["integrator"])
    assign_roles(user=made["leo"], codes=["lead"])
    assign_perm("governance.view_usecase", made["ivan_login"], stage.live)
    assign_perm("governance.view_usecase", made["leo"], stage.live)
    assign_person(actor=cast.anna, at=now, use_case=stage.live, person=cast.people["rita"], duty="reviewer")
    assign_person(actor=cast.anna, at=now, use_case=stage.live, person=cast.people["dora"], duty="technical")
    return {
        "anonymous": None, "nobody": cast.eve, "reviewer": cast.rita, "owner": cast.olga, "auditor": cast.otto,
        "legal": made["lara"], "registrar": cast.anna, "committee": cast.carl, "administrator": cast.adam,
        "integrator": made["ivan_login"], "lead": made["leo"],
    }  # fmt: skip
