"""After an erasure nothing that was said about the person is left in any table: planted words are looked for in all."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from audit import retention
from audit.evaluation.gate import gate_of
from audit.evaluation.tokens import issue_token, redeem_token
from audit.findings.acts import judge as judge_finding
from audit.ledger import doctor
from audit.models import ApprovalToken, Decision, Event, Finding, FindingAct, ReviewEscalation
from audit.reviews import timers
from audit.reviews.acts import claim, judge, show
from audit.reviews.submitting import Opinion, submit
from audit.tasks import rebuild
from governance.access import Invalid
from governance.models import Appeal
from governance.notices.endpoints import add_endpoint
from governance.rights.appeals import answer_appeal, assign_reviewer, receive_appeal
from tests.audit.reviews.house import POLICY, House, build

pytestmark = pytest.mark.django_db
PLANTED = "zqplanted"


def word(name: str) -> str:
    """A word of its own for each place, so that a failure says where it came from."""
    return f"{PLANTED}-{name}"


def rows() -> Iterator[tuple[str, str]]:
    """Every row of every table as text, with hexadecimal for bytes left readable."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                yield (
                    table,
                    " ".join(bytes(v).decode("latin-1") if isinstance(v, bytes | memoryview) else str(v) for v in row),
                )


def left() -> set[tuple[str, str]]:
    """Where planted words stand: table and word."""
    found = set()
    for table, text in rows():
        place = text.find(PLANTED)
        while place >= 0:
            found.add((table, text[place:].split('"')[0].split(" ")[0].rstrip("\\,}]'")))
            place = text.find(PLANTED, place + 1)
    return found


@pytest.fixture
def house() -> House:
    rule = {"id": "R1", "when": "true", "require": {"reviews": 1, "level": "caseworker", "own_judgement_first": 1}}
    return build({**POLICY, "rules": [rule]})


def tell(house: House, name: str) -> None:
    """A decision with personal words wherever a system may put them, an open review, an appeal, groups."""
    house.propose(
        name,
        value=word("value"),
        subject_ref=word("subject"),
        rationale=word("rationale"),
        decision_class="grant",
        **{"evidence": [{"id": "payroll", "ref": word("evidence")}]},
    )
    house.send("appeal", {"decision_id": name, "appeal_id": "AP-1", "phase": "filed", "note": word("appealed")})
    halted = {"intervention_id": f"I-{name}", "decision_id": name, "kind": "override_live", "phase": "issued"}
    house.send("intervention", {**halted, "reason": word("halted"), "reason_code": "care"})
    house.send("group", {"subject_ref": word("subject"), "attributes": {"origin": word("group")}})
    house.fold()


def review(house: House, name: str, value: str = word("final")) -> None:
    task, user = house.task(name), house.reviewers["rita"]
    claim(task=task, actor=user, at=timezone.now())
    show(task=task, actor=user, at=timezone.now())
    task.refresh_from_db()
    if task.own_first:
        judge(task=task, judgement=word("judgement"), actor=user, at=timezone.now())
    opinion = Opinion(
        outcome="override",
        digest=task.action_digest,
        final={"value": value},
        reason_text=word("reason"),
        extra_information=word("extra"),
    )
    submit(task=task, opinion=opinion, actor=user, at=timezone.now())
    house.fold()


def appeal(house: House, name: str, *, answered: bool = True) -> Appeal:
    found, _code = receive_appeal(
        at=timezone.now(), kind="appeal", text=word("asked"), about=house.use_case.ref, decision_id=name,
        sender=word("sender"), contact=word("contact"),
    )  # fmt: skip
    if answered:
        person = house.person("lead", "lena")
        assign_reviewer(actor=house.cast.anna, at=timezone.now(), appeal=found, reviewer=person)
        assert person.user is not None
        answer_appeal(
            actor=person.user, at=timezone.now(), appeal=found, outcome="changed", explanation=word("explained"),
            correction=word("corrected"),
        )  # fmt: skip
    return found


def erase(house: House, **named: str) -> Any:
    asked = retention.ask_erasure(
        use_case=house.use_case, actor=house.cast.anna, at=timezone.now(), reason="Art 17 GDPR", **named
    )
    done = retention.agree(request=asked, actor=house.cast.adam, at=timezone.now())
    house.fold()
    return done


GROUP_ONLY = {
    (table, word(name))
    for table, name in (
        ("audit_group_attributes", "group"), ("audit_group_attributes", "subject"),
        ("ledger_payload", "group"), ("ledger_payload", "subject"),
    )
}  # fmt: skip


@pytest.mark.parametrize("by", ["subject", pytest.param("decision", marks=pytest.mark.slow)])
def test_no_planted_word_survives_in_any_table(house: House, by: str) -> None:
    tell(house, "B-1")
    review(house, "B-1")
    appeal(house, "B-1")
    [finding, *_] = Finding.objects.filter(decision_id="B-1")
    judge_finding(
        finding=finding, disposition="true_positive", reason=word("judged"), actor=house.cast.anna, at=timezone.now()
    )
    tables = {table for table, _ in left()}
    assert tables >= {"ledger_payload", "audit_decision", "audit_review_task", "governance_appeal", "governance_change"}
    assert tables >= {"audit_finding_act", "audit_group_attributes"}
    house.propose("B-2", value="othermatter")
    house.fold()
    erase(house, **({"subject_ref": word("subject")} if by == "subject" else {"decision_id": "B-1"}))
    kept = GROUP_ONLY if by == "decision" else set()  # groups are told of a person, whatever was decided
    assert left() == kept
    rebuild(at=timezone.now())
    assert left() == kept
    found = doctor.examine()
    assert found.exit_code == 0, found.summary
    [task] = house.tasks("B-1")
    assert (task.state, task.outcome) == ("submitted", "override")  # that somebody reviewed, and how, stays
    assert FindingAct.objects.get(finding=finding.pk).kind == "judged"
    assert house.task("B-2").action_value == "othermatter"


def standing(digest: str) -> set[str]:
    """The tables in which a digest stands."""
    return {table for table, text in rows() if digest in text}


def test_no_digest_of_an_erased_proposal_survives_in_any_table(house: House) -> None:
    """Where few proposals are possible, whoever has the digest can guess which one it was."""
    add_endpoint(
        label="Case system", url="https://9.9.9.9/hook", use_cases=[house.use_case],
        kinds=["gate.decided", "review.opened", "review.closed"], actor=house.cast.adam, at=timezone.now(),
    )  # fmt: skip
    proposed, final = {}, {}
    for name in ("B-1", "B-2"):
        house.propose(name, value=f"grant {name}")
        house.fold()
        proposed[name] = str(house.task(name).action_digest)
        review(house, name, value=f"refuse {name}")
        gate = gate_of(house.use_case, name, at=timezone.now())
        assert gate is not None
        final[name] = str(gate.digest)
        given = {"use_case": house.use_case, "decision_id": name, "at": timezone.now()}
        _, secret = issue_token(digest=final[name], key=None, **given)
        redeem_token(token=secret, **given)
    house.fold()
    assert standing(proposed["B-1"]) >= {"governance_webhook_delivery", "audit_decision", "ledger_payload"}
    assert standing(final["B-1"]) >= {"governance_webhook_delivery", "audit_approval_token", "governance_change"}
    others = [standing(proposed["B-2"]), standing(final["B-2"])]
    erase(house, decision_id="B-1")
    assert standing(proposed["B-1"]) == standing(final["B-1"]) == set()
    assert [standing(proposed["B-2"]), standing(final["B-2"])] == others
    assert ApprovalToken.objects.filter(decision_id="B-1").exclude(redeemed_at=None).count() == 1
    assert doctor.examine().exit_code == 0


def test_what_waits_for_a_review_ends_and_does_not_come_back(house: House) -> None:
    tell(house, "B-1")
    task = house.task("B-1")
    climb = ReviewEscalation.objects.create(
        task=task, criteria="low_confidence", chain=[{"to": "head", "ack_s": 60}], last_hop="hold",
        raised_at=timezone.now(), notified_at=timezone.now(), due_at=timezone.now(),
    )  # fmt: skip
    erase(house, subject_ref=word("subject"))
    events = Event.objects.count()
    timers.sweep(at=timezone.now() + timedelta(days=30))
    house.fold()
    task.refresh_from_db()
    climb.refresh_from_db()
    assert (task.state, task.ended_why, task.action_value, climb.state) == ("closed", "removed", None, "resolved")
    assert Event.objects.count() == events
    assert not Decision.objects.filter(decision_id="B-1").exists()
    assert left() == set()


def test_an_appeal_that_waits_is_answered_first(house: House) -> None:
    tell(house, "B-1")
    waiting = appeal(house, "B-1", answered=False)
    with pytest.raises(Invalid, match=waiting.ref):
        erase(house, subject_ref=word("subject"))
    assert ("governance_appeal", word("asked")) in left()


@pytest.mark.slow
def test_the_pages_of_what_was_cleared_still_open(house: House, client: Client) -> None:
    tell(house, "B-1")
    review(house, "B-1")
    asked = appeal(house, "B-1")
    house.fold()  # an entry is removed once it has its place in the tree
    erase(house, subject_ref=word("subject"))
    [task] = house.tasks("B-1")
    client.force_login(house.reviewers["rita"])
    assert client.get(f"/reviews/{task.pk}/").status_code == 200
    client.force_login(house.cast.anna)
    for page in (f"/appeals/{asked.ref}/", "/appeals/", "/ledger/trail/", "/ledger/keeping/"):
        answer = client.get(page)
        assert answer.status_code == 200, page
        assert PLANTED not in answer.content.decode(), page
