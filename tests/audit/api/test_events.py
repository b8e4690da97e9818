"""The contract of ``POST /api/v1/events``."""

import gzip
import json
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from audit.events.keys import issue_key, revoke_key
from audit.ledger import log, removal
from audit.models import ApiKey, Event, EventConflict
from governance.models import UseCase
from tests.audit.events.samples import SOURCE, dump, event, proposed, reviewed
from tests.cast import a_use_case

pytestmark = [pytest.mark.django_db, pytest.mark.urls("audit.api.urls")]


def test_one_event_is_answered_with_a_receipt_for_its_ledger_entry(send, live_use_case):
    answer = send(proposed())
    assert answer.status_code == 201
    receipt = answer.json()
    assert set(receipt) == {"entry", "leaf_hash", "recorded_at", "duplicate", "use_case"}
    assert (receipt["duplicate"], receipt["use_case"]) == (False, live_use_case.ref)
    row = Event.objects.get()
    assert str(row.pk) == receipt["entry"]
    assert json.loads(log.payload(row.pk)) == proposed()


def test_the_same_again_is_answered_with_the_first_receipt(send):
    first = send(proposed()).json()
    again = send(json.dumps(proposed(), indent=3, sort_keys=True).encode(), media="application/json")
    assert again.status_code == 200
    assert again.json() == {**first, "duplicate": True}
    assert Event.objects.count() == 1


def test_the_same_identity_with_other_content_is_a_conflict_and_kept_as_evidence(send):
    first = send(proposed()).json()
    for _ in range(2):
        answer = send(proposed(value="deny"))
        assert answer.status_code == 409
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["code"] == "content_conflict"
    assert Event.objects.count() == 1
    conflict = EventConflict.objects.get()
    kept = json.loads(log.payload(conflict.entry))
    assert kept["first_entry"] == first["entry"]
    assert json.loads(kept["received"])["data"]["proposal"] == {"value": "deny"}


def test_a_batch_gives_each_event_its_verdict_in_the_order_sent(send):
    send(proposed("A"))
    answer = send(
        [proposed("A"), proposed("B"), {"id": "broken"}, proposed("B"), proposed("A", value="no"), reviewed("B")]
    )
    assert answer.status_code == 207
    items = answer.json()["items"]
    assert [item["status"] for item in items] == [200, 201, 422, 200, 409, 201]
    assert [item["index"] for item in items] == list(range(6))
    assert [item["id"] for item in items] == ["p-A", "p-B", "broken", "p-B", "p-A", "r-B-1"]
    assert items[2]["problem"]["pointer"] == "/specversion"
    assert items[3]["receipt"]["entry"] == items[1]["receipt"]["entry"]
    assert Event.objects.count() == 3


def test_a_batch_of_good_events_and_duplicates_is_201(send):
    assert send([proposed("A"), proposed("B")]).status_code == 201
    assert send([proposed("A"), proposed("C")]).status_code == 201


def test_an_atomic_batch_keeps_all_or_nothing(send):
    answer = send([proposed("A"), proposed("x y")], query="?atomic=true")
    assert answer.status_code == 422
    assert [item["status"] for item in answer.json()["items"]] == [424, 422]
    assert Event.objects.count() == 0
    assert send([proposed("A"), proposed("B")], query="?atomic=true").status_code == 201
    answer = send([proposed("C"), proposed("A", value="other")], query="?atomic=true")
    assert [item["status"] for item in answer.json()["items"]] == [424, 409]
    assert Event.objects.count() == 2
    assert EventConflict.objects.count() == 1


def test_an_unknown_type_is_stored_and_quarantined(send):
    assert send(event(type="com.Example/thing.v9", data={"x": 1})).status_code == 201
    assert Event.objects.get().quarantined


@pytest.mark.parametrize(
    ("body", "media", "status"),
    [
        (b"not json", "application/cloudevents+json", 400),
        (b"{}", "application/cloudevents-batch+json", 400),
        (b"[]", "text/csv", 415),
        (dump([event(event_id=str(n)) for n in range(1001)]), "application/cloudevents-batch+json", 413),
        (b" " * 5_000_001, "application/cloudevents+json", 413),
        (b"{}", "application/cloudevents+json", 422),
    ],
)
def test_a_bad_body_is_refused_and_nothing_stored(send, body, media, status):
    answer = send(body, media=media)
    assert answer.status_code == status
    assert answer.json()["code"]
    assert answer.json()["status"] == status
    assert Event.objects.count() == 0


def test_gzip_and_ndjson_are_taken(send):
    lines = b"\n".join([dump(proposed("A")), b"{broken", dump(reviewed("A"))])
    answer = send(gzip.compress(lines), media="application/x-ndjson", **{"Content-Encoding": "gzip"})
    assert answer.status_code == 207
    assert [item["status"] for item in answer.json()["items"]] == [201, 422, 201]


def test_binary_mode_takes_attributes_from_headers(send):
    headers = {f"ce-{name}": value for name, value in proposed().items() if name != "data"}
    answer = send(dump(proposed()["data"]), media="application/json", **headers)
    assert answer.status_code == 201
    assert Event.objects.get().decision_id == "LN-1"


@pytest.mark.parametrize("auth", ["", "nonsense", "cst_0123456789abcdef_" + "x" * 43])
def test_without_a_live_key_nothing_is_taken(send, auth):
    answer = send(proposed(), auth=auth)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_revoked_key_is_refused_at_the_next_request_and_its_successor_works(send, cast, key):
    row = ApiKey.objects.get()
    from audit.events.keys import rotate_key

    _, text = rotate_key(key=row, actor=cast.anna, at=timezone.now())
    assert send(proposed("A")).status_code == send(proposed("B"), auth=text).status_code == 201
    revoke_key(key=row, actor=cast.anna, at=timezone.now())
    assert send(proposed("C")).status_code == 401
    assert send(proposed("D"), auth=text).status_code == 201
    assert key.split("_", 2)[2] not in json.dumps(list(ApiKey.objects.values()), default=str)


def test_a_key_speaks_for_its_sources_use_cases_and_verbs_only(send, cast, live_use_case):
    other = a_use_case(cast, key="other")
    assert send(proposed(source="/another")).json()["code"] == "wrong_source"
    assert send(proposed(usecase="other")).json()["code"] == "wrong_use_case"
    assert send(proposed(usecase="no-such")).json()["code"] == "wrong_use_case"
    assert send(proposed(usecase=live_use_case.key)).status_code == 201
    _, two = issue_key(
        use_cases=[live_use_case, other],
        sources=["/a*"],
        scopes=["events:write"],
        label="",
        actor=cast.anna,
        at=timezone.now(),
    )
    assert send(proposed(source="/abc"), auth=two).json()["pointer"] == "/usecase"
    assert send(proposed(source="/abc", usecase="other"), auth=two).status_code == 201
    _, reader = issue_key(
        use_cases=[other], sources=[SOURCE], scopes=["control:read"], label="", actor=cast.anna, at=timezone.now()
    )
    assert send(proposed(), auth=reader).json()["code"] == "wrong_scope"


def test_a_key_over_its_quota_is_told_when_to_come_back(send, cast, live_use_case):
    _, text = issue_key(
        use_cases=[live_use_case], sources=[SOURCE], scopes=["events:write"], label="", actor=cast.anna,
        at=timezone.now(), events_per_minute=3,
    )  # fmt: skip
    answers = [send(proposed(str(n)), auth=text) for n in range(5)]
    if len({answer.json().get("recorded_at", "")[:16] for answer in answers} - {""}) == 1:
        assert [answer.status_code for answer in answers] == [201, 201, 201, 429, 429]
    assert 1 <= int(answers[-1]["Retry-After"]) <= 60


def test_evidence_is_taken_for_a_use_case_without_a_policy(send, cast):
    planned = a_use_case(cast, key="planned")
    _, text = issue_key(
        use_cases=[planned], sources=[SOURCE], scopes=["events:write"], label="", actor=cast.anna, at=timezone.now()
    )
    assert send(proposed(), auth=text).status_code == 201
    assert UseCase.objects.get(key="planned").policies_in_force.count() == 0


def test_a_thousand_events_cost_no_query_each(send, django_assert_max_num_queries):
    batch = [proposed(str(n)) for n in range(500)]
    with django_assert_max_num_queries(30):
        assert send(batch).status_code == 201
    with django_assert_max_num_queries(30):
        assert send(batch).status_code == 201
    assert Event.objects.count() == 500


def test_waiting_for_the_checkpoint_gives_a_proof_the_caller_can_keep(send):
    answer = send([proposed("A"), proposed("B")], query="?wait=checkpoint")
    for item in answer.json()["items"]:
        if item["receipt"]["checkpoint"] is None:
            pytest.skip("no sequencer runs beside this test on PostgreSQL")
        assert item["receipt"]["proof"].startswith("c2sp.org/tlog-proof@v1\n")


def test_what_was_erased_stays_erased_whoever_sends_it_again(send):
    """410 for the same event and for other content: without the salt nobody can tell them apart."""
    entry = UUID(send(proposed()).json()["entry"])
    log.integrate(at=timezone.now())
    with transaction.atomic():
        removal.erase_entries(actor=uuid4(), second=uuid4(), at=timezone.now(), entries=[entry], reason="Art 17")
    for body in (proposed(), proposed(value="deny")):
        answer = send(body)
        assert (answer.status_code, answer.json()["code"]) == (410, "erased")
    mixed = send([proposed(), proposed("LN-2")])
    assert [item["status"] for item in mixed.json()["items"]] == [410, 201]
    assert Event.objects.count() == 2


def test_a_large_batch_with_events_that_are_known_gets_each_its_verdict(send):
    """Large batches are first tried as if all were new."""
    stored = send([proposed(f"D{n}") for n in range(30)]).json()["items"]
    first = {item["id"]: item["receipt"]["entry"] for item in stored}
    again = send([*(proposed(f"D{n}") for n in range(20, 60)), proposed("D0", value="other")]).json()["items"]
    assert [item["status"] for item in again] == [200] * 10 + [201] * 30 + [409]
    assert all(item["receipt"]["entry"] == first[item["id"]] for item in again[:10])
    assert Event.objects.count() == 60
