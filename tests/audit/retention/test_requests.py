"""One person asks, another agrees: erasure, pruning, holds and periods, through the verbs and the command."""

import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from audit import retention
from audit.ledger import counting, log, removal
from audit.management.commands.follow import catch_up
from audit.models import Decision, Event, RemovalRequest, RetentionPeriod
from audit.retention.requests import AlreadyAnswered
from governance.access import Invalid, NotAllowed
from governance.models import Change, UseCase
from policies.eu_ai_act.retention import retention_rules
from tests.audit.events.samples import event, executed, proposed, reviewed
from tests.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.urls("audit.api.urls")]


def about(subject: str, name: str) -> list[dict[str, Any]]:
    return [proposed(name, subject_ref=subject), reviewed(name), executed(name)]


@pytest.fixture
def logged(send: Any, live_use_case: UseCase) -> UseCase:
    groups = [
        event("group", event_id=f"g-{s}", data={"subject_ref": s, "attributes": {"sex": "F"}}) for s in ("s-1", "s-2")
    ]
    send([*about("s-1", "A-1"), *about("s-1", "A-2"), *about("s-2", "A-3"), *groups])
    send([reviewed("A-1", "override")])  # the same event again with other content: a contradiction, kept as evidence
    catch_up()
    return live_use_case


def ask(use_case: UseCase, cast: Cast, **named: str) -> RemovalRequest:
    given = named or {"subject_ref": "s-1"}
    return retention.ask_erasure(
        use_case=use_case, actor=cast.anna, at=timezone.now(), reason="Art 17 GDPR, case 4", **given
    )


def payloads_left() -> set[str]:
    texts = [found.payload for found in log.entries(streams=("events", "integrity")) if found.payload]
    return {word for word in ("s-1", "s-2", "A-1", "A-2", "A-3") if any(word.encode() in text for text in texts)}


def test_an_erasure_waits_for_a_second_person_and_then_takes_everything_about_the_first(logged, cast: Cast) -> None:
    request = ask(logged, cast)
    with pytest.raises(retention.SamePerson):
        retention.agree(request=request, actor=cast.anna, at=timezone.now())
    assert payloads_left() == {"s-1", "s-2", "A-1", "A-2", "A-3"}
    done = retention.agree(request=request, actor=cast.adam, at=timezone.now())
    catch_up()
    assert (done.state, done.payloads) == ("done", 8)  # six events, the group, and the contradiction
    assert payloads_left() == {"s-2", "A-3"}
    assert set(Decision.objects.values_list("decision_id", flat=True)) == {"A-3"}
    assert Event.objects.filter(decision_id="A-1").count() == 3  # identities stay: a resend is answered 410
    assert done.arguments == {"ref": logged.ref}
    assert "s-1" not in json.dumps([*Change.objects.values_list("before", "after")])
    with pytest.raises(AlreadyAnswered):
        retention.agree(request=request, actor=cast.adam, at=timezone.now())
    counted = {(each.kind, each.stream): (each.payloads, each.acts) for each in counting.counts()}
    assert counted == {("subject.erased", "events"): (7, 1), ("subject.erased", "integrity"): (1, 1)}
    assert counting.counts(until=timezone.now() - timedelta(hours=1)) == []


def test_who_may_not_and_what_is_not_there(logged, cast: Cast) -> None:
    for user in (cast.rita, cast.eve, cast.otto):
        with pytest.raises(NotAllowed):
            retention.ask_prune(stream="events", actor=user, at=timezone.now(), reason="r")
    request = ask(logged, cast)
    for verb in (retention.agree, retention.refuse):
        with pytest.raises(NotAllowed):
            verb(
                request=request,
                actor=cast.otto,
                at=timezone.now(),
                **({"reason": "x"} if verb is retention.refuse else {}),
            )
    with pytest.raises(Invalid):
        ask(logged, cast, subject_ref="nobody")
    with pytest.raises(Invalid):
        ask(logged, cast, subject_ref="s-1", decision_id="A-1")
    with pytest.raises(Invalid):
        retention.ask_prune(stream="events", actor=cast.anna, at=timezone.now(), reason=" ")


def test_a_refused_request_removes_nothing(logged, cast: Cast) -> None:
    request = retention.refuse(
        request=ask(logged, cast), actor=cast.adam, at=timezone.now(), reason="a claim is pending"
    )
    assert (request.state, request.answer) == ("refused", "a claim is pending")
    with pytest.raises(AlreadyAnswered):
        retention.agree(request=request, actor=cast.adam, at=timezone.now())
    assert "s-1" in payloads_left()


def test_a_hold_stops_what_two_people_agreed_to(logged, cast: Cast) -> None:
    hold = retention.place_hold(actor=cast.anna, at=timezone.now(), reason="court order", stream="events")
    request = ask(logged, cast)
    with pytest.raises(removal.OnHold):
        retention.agree(request=request, actor=cast.adam, at=timezone.now())
    request.refresh_from_db()
    assert request.state == "open"
    lift = retention.ask_lift(hold=hold, actor=cast.anna, at=timezone.now(), reason="closed")
    retention.agree(request=lift, actor=cast.adam, at=timezone.now())
    assert retention.agree(request=request, actor=cast.adam, at=timezone.now()).payloads == 8


def test_periods_have_the_laws_floor_and_take_two_people(logged, cast: Cast) -> None:
    law = {rule.id: rule.length for rule in retention_rules()}
    assert retention.in_force("events").floor == law["logs_deployer"] == 6
    assert retention.in_force("committee").floor == 12 * law["documentation"] == 120
    for stream, months in (("events", 5), ("reports", 119)):
        with pytest.raises(Invalid) as refused:
            retention.ask_period(stream=stream, months=months, actor=cast.anna, at=timezone.now(), reason="r")
        assert refused.value.data["at_least"] == months + 1
    request = retention.ask_period(stream="events", months=6, actor=cast.anna, at=timezone.now(), reason="minimisation")
    assert retention.in_force("events").months == 24
    retention.agree(request=request, actor=cast.adam, at=timezone.now())
    assert (retention.in_force("events").months, retention.in_force("events").agreed_by) == (6, "Adam")
    prune = retention.ask_prune(stream="events", actor=cast.anna, at=timezone.now(), reason="retention")
    assert retention.agree(request=prune, actor=cast.adam, at=timezone.now()).payloads == 0


def test_the_database_refuses_one_person_in_both_places(cast: Cast) -> None:
    row = {"stream": "events", "rule": "logs_deployer", "reason": "r", "at": timezone.now(), "entry": cast.anna.pk}
    people = {"set_by_id": cast.anna.pk, "set_by_name": "A", "agreed_by_id": cast.anna.pk, "agreed_by_name": "A"}
    with pytest.raises(IntegrityError), transaction.atomic():
        RetentionPeriod.objects.create(months=24, **row, **people)
    with pytest.raises(IntegrityError), transaction.atomic():
        RetentionPeriod.objects.create(months=5, **row, **(people | {"agreed_by_id": cast.adam.pk}))


def run(*words: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command("ledger", *words, "--json", stdout=out)
    return dict(json.loads(out.getvalue()))


def test_a_shell_lists_what_waits_and_can_neither_ask_nor_agree(logged, cast: Cast) -> None:
    request = ask(logged, cast)
    hold = retention.place_hold(actor=cast.anna, at=timezone.now(), reason="court")
    found = run("requests")
    assert found["requests"] == [{"request": request.ref, "kind": "erase", "asked_by": "Anna"}]
    assert found["holds"] == [{"hold": str(hold.pk), "stream": "", "reason": "court"}]
    for verb in ("erase", "prune", "keep", "hold", "lift", "agree", "refuse"):
        with pytest.raises(CommandError, match="invalid choice"):
            run(verb)
    assert "s-1" in payloads_left()
