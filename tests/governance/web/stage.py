"""A house with something in every room, set up through the verbs, for tests of the pages."""

import json
import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from audit import tasks
from audit.control.acts import intervene, resume
from audit.control.public import publish_notice
from audit.control.sampling import keep_keys
from audit.events import schema
from audit.events.keys import authenticate, issue_key
from audit.events.record import record
from audit.ledger import log
from audit.models import Finding
from governance.incidents import open_incident
from governance.models import Committee, Incident, UseCase
from governance.register import classify_use_case, declare_fairness
from governance.register.assessments import save_assessment
from governance.rights import publish, receive_appeal
from tests.cast import Cast, a_live_use_case, a_use_case
from tests.governance.web.meeting_stage import set_meetings

SOURCE = "/benefits/classifier"
DAYS = 300
LANGUAGES = ("ελληνικά", "български")


@dataclass
class Stage:
    """What a test of a page needs to name."""

    cast: Cast
    live: UseCase
    planned: UseCase
    committee: Committee
    decision: str
    unreviewed: str
    finding: str
    held: str
    meeting: str
    incident: str

    def paths(self) -> dict[str, str]:
        """Every page of the people's door that shows something, by a short name."""
        live, planned = self.live.ref, self.planned.ref
        return {
            "today": "/",
            "register": "/register/",
            "register-filtered": "/register/?q=nothing-like-it&tier=high",
            "use-case": f"/register/{live}/",
            "use-case-planned": f"/register/{planned}/",
            "classification": f"/register/{live}/classification/",
            "duties": f"/register/{live}/duties/",
            "duties-unclassified": f"/register/{planned}/duties/",
            "paper": f"/register/{live}/papers/fria/",
            "people": f"/register/{live}/people/",
            "past": f"/register/{live}/past/",
            "case-notices": f"/register/{live}/notices/",
            "case-changes": f"/register/{live}/changes/",
            "systems": "/register/systems/",
            "incidents": "/incidents/",
            "incident": f"/incidents/{self.incident}/",
            "appeals": "/appeals/",
            "oversight": "/oversight/",
            "oversight-case": f"/oversight/{live}/",
            "oversight-empty": f"/oversight/{planned}/",
            "oversight-filtered": f"/oversight/{live}/?review=reviewed&q=d-0&sort=confidence",
            "sources": f"/oversight/{live}/sources/",
            "sources-empty": f"/oversight/{planned}/sources/",
            "measure": f"/oversight/{live}/measures/M1/",
            "measure-empty": f"/oversight/{planned}/measures/M12/",
            "overrides": f"/oversight/{live}/overrides/",
            "my-figures": f"/oversight/{live}/my-figures/",
            "decision": f"/oversight/{live}/decisions/{self.decision}/",
            "decision-unreviewed": f"/oversight/{live}/decisions/{self.unreviewed}/",
            "public": "/public/",
            "public-notice": f"/public/{self.live.key}/",
            "policy": f"/oversight/{live}/policy/",
            "policy-empty": f"/oversight/{planned}/policy/",
            "policy-version": f"/oversight/{live}/policy/1/",
            "control": f"/oversight/{live}/control/",
            "control-empty": f"/oversight/{planned}/control/",
            "reviews": "/reviews/",
            "notices": "/notices/",
            "notice-settings": "/notices/settings/",
            "fairness": "/fairness/",
            "fairness-case": f"/fairness/{live}/",
            "fairness-data": f"/fairness/{live}/group-data/",
            "fairness-step": f"/fairness/{live}/human-step/",
            "fairness-over-time": f"/fairness/{live}/over-time/",
            "fairness-strata": f"/fairness/{live}/strata/",
            "fairness-scores": f"/fairness/{live}/scores/",
            "fairness-shares": f"/fairness/{live}/shares/",
            "fairness-published": f"/fairness/{live}/publication/",
            "fairness-undeclared": f"/fairness/{planned}/",
            "fairness-empty": f"/fairness/{live}/?since=2001-01-01&until=2001-02-01",
            "findings": "/findings/",
            "findings-inbox": "/findings/?state=open&judged=no",
            "findings-empty": "/findings/?q=none-such",
            "finding": f"/findings/{self.finding}/",
            "committee": f"/committee/{self.committee.ref}/",
            "meeting": f"/committee/meetings/{self.meeting}/",
            "meeting-held": f"/committee/meetings/{self.held}/",
            "meeting-item": f"/committee/meetings/{self.meeting}/items/2/",
            "meeting-decided": f"/committee/meetings/{self.held}/items/2/",
            "meeting-minutes": f"/committee/meetings/{self.held}/minutes/",
            "my-work": "/committee/mine/",
            "charter": f"/committee/{self.committee.ref}/charter/",
            "members": f"/committee/{self.committee.ref}/members/",
            "interests": "/committee/interests/",
            "competence": "/committee/competence/",
            "experts": "/committee/experts/",
            "pilot": f"/register/{live}/pilot/",
            "pilot-empty": f"/register/{planned}/pilot/",
            "oversight-tests": f"/register/{live}/oversight-tests/",
            "authority": f"/committee/authority/?use_case={live}&act=stop&at=2026-03-03T14:00",
            "reports": "/reports/",
            "report-new": "/reports/new/",
            "report-schedules": "/reports/schedules/",
            "ledger": "/ledger/",
            "trail": "/ledger/trail/",
            "trail-empty": "/ledger/trail/?q=nothing-like-it",
            "keeping": "/ledger/keeping/",
            "help": "/help/",
        }


def set_stage(cast: Cast, *, decisions: int = 40, at: datetime | None = None) -> Stage:
    """One live use case with decisions, reviews, groups and outcomes, and one that is only planned."""
    now = at or timezone.now()
    live = a_live_use_case(cast, at=now)
    declare_fairness(
        actor=cast.anna,
        at=now,
        use_case=live,
        declaration={
            "favourable": "grant",
            "positive": "entitled",
            "attributes": {"sex": "male", "язык": "ελληνικά"},
            "crosses": [["sex", "язык"]],
            "threshold": "0.8",
        },
    )
    planned = a_use_case(cast, key="credit", name="Κεντρική αξιολόγηση – Оценка на кредити – Žemės", at=now)
    _, secret = issue_key(
        use_cases=[live], sources=[SOURCE], scopes=["events:write"], label="tests", actor=cast.anna, at=now
    )
    send(secret, range(decisions))
    pause = intervene(use_case=live, kind="pause", reason="Looked odd.", actor=cast.olga, at=now)
    resume(intervention=pause, reason="It was the test data.", actor=cast.olga, at=now)
    intervene(use_case=live, kind="stop", reason="Rehearsal.", actor=cast.olga, at=now, drill=True)
    keep_keys(at=now)
    publish_notice(use_case=live, statement="It sorts requests.", contact="Town hall", actor=cast.olga, at=now)
    live.refresh_from_db()
    held, meeting = set_meetings(cast, live)
    catch_up()
    committee = Committee.objects.get()
    return Stage(cast=cast, live=live, planned=planned, committee=committee, decision="d-0001", unreviewed="d-0000",
                 finding=Finding.objects.order_by("opened_index", "code")[0].ref, held=held.ref,
                 meeting=meeting.ref, incident=set_rights(cast, live, now).ref)  # fmt: skip


def set_rights(cast: Cast, live: UseCase, now: datetime) -> Incident:
    """A high-risk classification, a draft paper, a notice, a request of a person and a serious incident."""
    answers = {"otherwise": "no", "Q1": "yes", "Q2": "yes", "role": "deployer", "Q20a": "yes", "Q26": "yes"}
    classify_use_case(actor=cast.anna, at=now, use_case=live, answers=answers, on_date=now.date(), reason="Read.")
    save_assessment(actor=cast.olga, at=now, use_case=live, kind="fria", answers={"27(1)(a)": "Requests are sorted."})
    publish(actor=cast.olga, at=now, use_case=live, kind="people", text="A system helps to decide.")
    receive_appeal(at=now, kind="explanation", text="Why?", about=live.key)
    return open_incident(
        actor=cast.olga, at=now, use_case=live, title="Wrong refusals", text="A batch.", role="deployer",
        kinds=["fundamental_rights"], aware_on=now.date(),
    )  # fmt: skip


def send(secret: str, numbers: Iterable[int]) -> None:
    """Record the events of these decisions under an API key, then sequence, sign and fold them."""
    now = timezone.now()
    parsed = [schema.parse(json.dumps(event).encode()) for number in numbers for event in _events(number, now)]
    results = record(parsed, key=authenticate(secret, at=now), at=now)
    assert {result.status for result in results} == {201}
    catch_up()


def catch_up() -> None:
    """Sequence, sign and fold everything recorded so far."""
    while log.integrate(at=timezone.now()) is not None:
        pass
    while tasks.follow(at=timezone.now()):
        pass


def _events(number: int, now: datetime) -> list[dict[str, Any]]:
    """One decision from proposal to outcome; each third is never reviewed, each eleventh is changed."""
    rng = random.Random(number)
    at = now - timedelta(days=number * DAYS / 40)
    name, sex = f"d-{number:04d}", rng.choice(["male", "female"])
    proposed = "grant" if rng.random() < (0.6 if sex == "male" else 0.3) else "refuse"
    changed = number % 11 == 1
    final = "grant" if changed else proposed
    base = {"decision_id": name, "decision_class": proposed}
    made = [
        _event(name, "decision", at, {**base, "phase": "proposed", "proposal": {"value": proposed},
               "confidence": {"value": f"{rng.random():.4f}", "kind": "raw"}, "model": {"name": "m", "version": "1"}}),
        _event(name, "group", at, {"decision_id": name, "attributes": {"sex": sex, "язык": rng.choice(LANGUAGES)}}),
    ]  # fmt: skip
    if number % 3:
        review = {
            "decision_id": name,
            "review_id": f"r-{name}",
            "phase": "submitted",
            "actor": {"ref": "rev-1", "authn": "oidc", "roles": ["caseworker"]},
            "outcome": "override" if changed else "approve",
            "submitted_at": (at + timedelta(minutes=9)).isoformat(),
            "active_ms": 48_000,
            "evidence_required": ["payroll"],
            "evidence_opened": ["payroll"],
            "final": {"value": final},
        }
        made.append(_event(name, "review", at + timedelta(minutes=9), review, simulated=True))
    done = {
        **base,
        "phase": "executed",
        "proposal": {"value": final},
        "executed_at": (at + timedelta(hours=1)).isoformat(),
    }
    made.append(_event(name, "decision", at + timedelta(hours=1), done, suffix="executed"))
    truth = {"decision_id": name, "truth": {"value": rng.choice(["entitled", "not_entitled"])}, "truth_source": "real"}
    made.append(_event(name, "outcome", at + timedelta(hours=2), truth))
    return made


def _event(
    name: str, kind: str, at: datetime, data: dict[str, Any], *, suffix: str = "", simulated: bool = False
) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"{name}-{kind}-{suffix}",
        "source": SOURCE,
        "type": f"ai.oversight.{kind}.v1",
        "time": at.isoformat(),
        "datacontenttype": "application/json",
        **({"simulated": "true"} if simulated else {}),
        "data": data,
    }
