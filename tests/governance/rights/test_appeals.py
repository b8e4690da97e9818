"""Appeals and explanation requests: a code instead of an account, an independent reviewer, a clock, an answer."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from governance.access import Invalid
from governance.models import Appeal, Change, Disclosure
from governance.register import name_person
from governance.rights import answer_appeal, appeal_of, assign_reviewer, place_appeal, publish, receive_appeal
from governance.rights.appeals import AlreadyAnswered, NotIndependent
from governance.rights.read import (
    appeals_visible_to,
    counts,
    current_disclosures,
    readable_in,
    told_before,
    workers_told,
)
from tests.cast import Cast, a_use_case
from tests.governance.web.stage import set_stage

pytestmark = pytest.mark.django_db


def received(**fields: str) -> tuple[Appeal, str]:
    given = {"kind": "appeal", "text": "I was refused.", "about": "benefit", **fields}
    return receive_appeal(at=timezone.now(), **given)


def test_a_person_reads_the_answer_with_a_code_and_nobody_else_can(cast: Cast) -> None:
    a_use_case(cast)
    appeal, code = received()
    assert appeal_of(code.lower()) == appeal
    assert appeal_of(code[:-1]) is None
    assert code not in str(Appeal.objects.values().get())
    assert Change.objects.get(object_ref=appeal.ref).actor_id is None
    assert appeal.due_at - appeal.received_at >= timedelta(days=28)


def test_what_the_register_does_not_know_is_taken_in_all_the_same(cast: Cast) -> None:
    appeal, code = received(about="no such thing")
    assert appeal.use_case is None
    assert code
    assert appeals_visible_to(cast.otto).get() == appeal
    assert not appeals_visible_to(cast.olga).exists()


def test_neither_the_owner_nor_whoever_reviewed_the_decision_answers(cast: Cast) -> None:
    stage = set_stage(cast, decisions=3)
    appeal, _ = received(about=stage.live.key, decision_id="d-0001")
    now = timezone.now()
    cast.people["rita"].pseudonym = "rev-1"
    cast.people["rita"].save()
    for name in ("olga", "rita"):
        with pytest.raises(NotIndependent):
            assign_reviewer(actor=cast.anna, at=now, appeal=appeal, reviewer=cast.people[name])
    assign_reviewer(actor=cast.anna, at=now, appeal=appeal, reviewer=cast.people["carl"])
    with pytest.raises(NotIndependent):
        answer_appeal(actor=cast.anna, at=now, appeal=appeal, outcome="upheld", explanation="Because.")
    with pytest.raises(Invalid):
        answer_appeal(actor=cast.carl, at=now, appeal=appeal, outcome="changed", explanation="Because.")
    answer_appeal(
        actor=cast.carl, at=now, appeal=appeal, outcome="changed", explanation="Because.", correction="Granted."
    )
    with pytest.raises(AlreadyAnswered):
        answer_appeal(actor=cast.carl, at=now, appeal=appeal, outcome="upheld", explanation="Again.")


def test_placing_it_elsewhere_takes_it_from_a_reviewer_who_is_not_independent_there(cast: Cast) -> None:
    first = a_use_case(cast)
    second = a_use_case(cast, key="credit", owner=cast.people["carl"])
    appeal, _ = received(about=first.key)
    now = timezone.now()
    assign_reviewer(actor=cast.anna, at=now, appeal=appeal, reviewer=cast.people["carl"])
    moved = place_appeal(actor=cast.anna, at=now, appeal=appeal, use_case=second)
    assert (moved.reviewer, moved.state) == (None, "received")


def test_counts_say_what_is_late(cast: Cast) -> None:
    use_case = a_use_case(cast)
    appeal, _ = received()
    received(kind="explanation")
    now = timezone.now()
    window = {"start": now - timedelta(days=1), "end": now + timedelta(days=1)}
    assert counts(use_case, now=now, **window).late == 0
    found = counts(use_case, now=appeal.due_at + timedelta(seconds=1), **window)
    assert (found.received, found.late, found.explanations) == (2, 2, 1)


def test_whoever_cannot_sign_in_is_not_given_a_request(cast: Cast) -> None:
    a_use_case(cast)
    appeal, _ = received()
    outside = name_person(actor=cast.anna, at=timezone.now(), name="Outside")
    with pytest.raises(Invalid) as caught:
        assign_reviewer(actor=cast.anna, at=timezone.now(), appeal=appeal, reviewer=outside)
    assert caught.value.data["field"] == "reviewer"


def test_workers_count_as_told_from_the_version_that_names_them() -> None:
    noon, first_use = datetime(2026, 3, 10, 12, tzinfo=UTC), date(2026, 3, 10)
    versions: list[tuple[int, list[str]]] = [(2, ["workers", "representatives"]), (-9, []), (-3, ["workers"])]
    rows = [
        Disclosure(kind="workers", audience=audience, published_at=noon + timedelta(days=days))
        for days, audience in versions
    ]
    told = workers_told(rows)
    assert told == {"representatives": date(2026, 3, 12), "workers": date(2026, 3, 7)}
    assert not told_before(told, first_use)
    assert told_before(told, date(2026, 3, 13))
    assert told_before(told, None)
    assert not told_before(workers_told([]), None)


def test_the_public_reads_a_notice_in_its_own_language_where_there_is_one(cast: Cast) -> None:
    use_case = a_use_case(cast)
    for kind, language in (("people", "en"), ("people", "de"), ("interaction", "lv"), ("workers", "en")):
        publish(actor=cast.olga, at=timezone.now(), use_case=use_case, kind=kind, text="T", language=language)
    rows = current_disclosures(use_case)
    assert [(row.kind, row.language) for row in readable_in("de", rows)] == [("people", "de"), ("interaction", "lv")]


def test_a_new_notice_is_a_new_version(cast: Cast) -> None:
    use_case = a_use_case(cast)
    now = timezone.now()
    for text in ("First.", "Second."):
        publish(actor=cast.olga, at=now, use_case=use_case, kind="people", text=text)
    publish(
        actor=cast.olga, at=now, use_case=use_case, kind="workers", text="Told.", audience=["workers"], language="de"
    )
    found = {row.kind: (row.version, row.text) for row in current_disclosures(use_case)}
    assert found == {"people": (2, "Second."), "workers": (1, "Told.")}
    with pytest.raises(Invalid):
        publish(actor=cast.olga, at=now, use_case=use_case, kind="workers", text="X", audience=["everybody"])
