"""What machines can read: decision, gate, label, control, findings, register, ledger, jobs."""

import base64
from datetime import UTC, datetime

import pytest
from django.test import Client
from django.utils import timezone

from audit.events.canonical import proposal_digest
from audit.events.keys import SCOPES, issue_key
from audit.ledger import log, merkle
from audit.management.commands.follow import catch_up
from tests.audit.events.samples import SOURCE, event, executed, proposed, reviewed
from tests.cast import PASSWORD, a_live_use_case, a_use_case

pytestmark = [pytest.mark.django_db, pytest.mark.urls("audit.api.urls")]
DIGEST = proposal_digest("grant")
REVIEW = {
    "reviewed_digest": DIGEST,
    "actor": {"ref": "rev-7", "authn": "oidc", "roles": ["caseworker"]},
    "time": "2026-11-20T09:30:00Z",
}


@pytest.fixture
def get(client, key):
    def read(path: str, *, auth: str | None = None, **headers: str):
        return client.get(f"/api/v1{path}", headers={"Authorization": f"Bearer {auth or key}", **headers})

    return read


@pytest.fixture
def past_use_case(cast):
    """Live since before the sample decisions."""
    with log.replaying_clock("tests"):
        return a_live_use_case(cast, key="lending", at=datetime(2026, 1, 1, tzinfo=UTC))


@pytest.fixture
def key(cast, past_use_case):
    _, text = issue_key(
        use_cases=[past_use_case], sources=[SOURCE], scopes=SCOPES, label="t", actor=cast.anna, at=timezone.now()
    )
    return text


def test_a_decision_on_one_page(send, get, past_use_case):
    send(
        [
            proposed(),
            executed(executed_value="grant"),
            event("group", data={"decision_id": "LN-1", "attributes": {"sex": "F"}}),
        ]
    )
    catch_up()
    found = get(f"/use-cases/{past_use_case.ref}/decisions/LN-1").json()
    assert found["record"]["proposal_value"] == "grant"
    assert found["policy_in_force"].startswith("POL-")
    assert "UNREVIEWED" in [each["code"] for each in found["verdicts"]]
    assert [each["id"] for each in found["events"]] == ["p-LN-1", "x-LN-1"]
    assert "sex" not in str(found)


def test_the_gate_waits_for_people_and_is_bound_to_a_digest(send, get, past_use_case, cast):
    def gate(name="LN-1"):
        return get(f"/use-cases/{past_use_case.ref}/decisions/{name}/gate")

    assert gate().status_code == 404
    send(proposed())
    assert gate().json()["state"] == "pending"
    catch_up()
    assert gate().json()["state"] == "pending"
    assert gate().json()["digest"] == DIGEST
    send(reviewed(**REVIEW))
    catch_up()
    assert gate().json() | {"reason": ""} == {
        "state": "approved", "reason": "", "digest": DIGEST, "policy": gate().json()["policy"],
    }  # fmt: skip
    send([proposed("B"), reviewed("B", **{**REVIEW, "reviewed_digest": "sha256:other"})])
    send([proposed("C"), reviewed("C", "reject", **REVIEW)])
    send(
        [
            proposed("D"),
            reviewed("D", "modify", final={"value": "deny", "digest": "sha256:d"}, reason_text="x", **REVIEW),
        ]
    )
    no_digest = {name: value for name, value in REVIEW.items() if name != "reviewed_digest"}
    send([proposed("E"), reviewed("E", **no_digest)])
    catch_up()
    assert [gate(name).json()["state"] for name in "BCDE"] == ["pending", "rejected", "modified", "pending"]
    assert gate("D").json()["digest"] == "sha256:d"


def test_a_stop_closes_gate_and_control_and_a_resume_opens_them(send, get, past_use_case):
    def state():
        return get(f"/use-cases/{past_use_case.ref}/control").json()["state"]

    send([proposed(), reviewed(**REVIEW)])
    catch_up()
    assert state() == "running"
    stop = {"intervention_id": "I", "kind": "stop", "phase": "issued", "actor": "head"}
    send(event("intervention", event_id="i1", data=stop))
    catch_up()
    assert state() == "stopped"
    assert get(f"/use-cases/{past_use_case.ref}/decisions/LN-1/gate").json()["state"] == "stopped"
    send(event("intervention", event_id="i2", data={"intervention_id": "I", "phase": "resumed"}))
    catch_up()
    assert state() == "running"


def test_control_answers_304_while_nothing_changed(get, past_use_case):
    first = get(f"/use-cases/{past_use_case.ref}/control")
    again = get(f"/use-cases/{past_use_case.ref}/control", **{"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_without_a_policy_gate_and_control_say_stopped_and_one_finding_counts(send, client, cast):
    planned = a_use_case(cast, key="planned")
    scopes = ["events:write", "control:read", "findings:read"]
    _, auth = issue_key(
        use_cases=[planned], sources=[SOURCE], scopes=scopes, label="", actor=cast.anna, at=timezone.now()
    )
    send([proposed("A"), proposed("B")], auth=auth)
    catch_up()
    headers = {"Authorization": f"Bearer {auth}"}
    assert client.get(f"/api/v1/use-cases/{planned.ref}/control", headers=headers).json()["state"] == "stopped"
    assert client.get(f"/api/v1/use-cases/{planned.ref}/decisions/A/gate", headers=headers).json()["state"] == "stopped"
    [found] = client.get(f"/api/v1/findings?use_case={planned.ref}&code=NO_POLICY", headers=headers).json()["results"]
    assert (found["count"], found["severity"], found["state"], found["decision_id"]) == (2, "hard", "open", "")


def test_findings_are_filtered_and_paged_with_links(send, get, past_use_case):
    for number in range(3):
        send(
            [
                proposed(f"D{number}"),
                reviewed(f"D{number}", "reject", **REVIEW),
                executed(f"D{number}", executed_value="grant"),
            ]
        )
    catch_up()
    answer = get(f"/findings?use_case={past_use_case.ref}&code=OVERRULED_IGNORED&page_size=2")
    body = answer.json()
    assert (body["count"], len(body["results"])) == (3, 2)
    assert 'rel="next"' in answer["Link"]
    assert {"decision_id", "code", "severity", "state"} <= set(body["results"][0])
    assert get("/findings?decision_id=D1").json()["count"] >= 1
    assert get("/findings?page=99").status_code == 404


def test_the_label_says_who_decided(send, get, past_use_case):
    send([proposed(), proposed("B"), reviewed("B", "override", final="deny", **REVIEW)])
    catch_up()
    labels = [get(f"/use-cases/{past_use_case.ref}/decisions/{name}/label").json()["code"] for name in ("LN-1", "B")]
    assert labels == ["ai_not_reviewed", "ai_human_changed"]


def test_a_key_sees_its_own_use_cases_only(get, cast, past_use_case):
    other = a_use_case(cast, key="other")
    assert get(f"/use-cases/{other.ref}/control").status_code == 403
    assert get("/use-cases/UC-9999/control").status_code == 403
    assert get("/findings?use_case=other").status_code == 403
    assert [each["ref"] for each in get("/use-cases").json()["results"]] == [past_use_case.ref]


def test_the_gap_report_names_what_is_missing(send, get, past_use_case):
    send([proposed("A", sequence="1"), proposed("B", sequence="4")])
    path = f"/use-cases/{past_use_case.ref}/completeness"
    [source] = get(path).json()["sources"]
    assert (source["missing"], source["meaning"]) == (2, "missing")
    assert [(gap["first"], gap["last"]) for gap in source["gaps"]] == [(2, 3)]
    assert get(f"{path}?from=yesterday").json()["pointer"] == "/from"
    assert get(f"{path}?silence_after=-1").status_code == 422


def test_people_get_404_for_what_they_may_not_see(cast, past_use_case):
    eve, olga = Client(), Client()
    eve.login(username="eve@example.org", password=PASSWORD)
    olga.login(username="olga@example.org", password=PASSWORD)
    path = f"/api/v1/use-cases/{past_use_case.ref}/control"
    assert eve.get(path).status_code == 404
    assert olga.get(path).status_code == 200
    assert Client().get(path).status_code == 401


def test_a_receipt_can_be_proven_with_what_the_ledger_gives_out(send, get):
    receipts = [item["receipt"] for item in send([proposed(str(n)) for n in range(5)]).json()["items"]]
    catch_up()
    entry = get(f"/ledger/entries/{receipts[3]['entry']}").json()
    assert merkle.leaf_hash(base64.b64decode(entry["envelope"])).hex() == receipts[3]["leaf_hash"] == entry["leaf_hash"]
    proof = get(f"/ledger/entries/{receipts[3]['entry']}/proof").content.decode()
    checkpoint = get("/ledger/checkpoint").content.decode()
    assert proof.endswith(checkpoint)
    size = int(checkpoint.split("\n")[1])
    older = size - 3
    hashes = [base64.b64decode(each) for each in get(f"/ledger/consistency?from={older}&to={size}").json()["hashes"]]
    assert hashes
    tile = get(f"/ledger/tile/0/000.p/{size}").content
    assert len(tile) == 32 * size
    leaves = [tile[start : start + 32] for start in range(0, len(tile), 32)]
    merkle.verify_consistency(older, size, hashes, merkle.root_hash(leaves[:older]), merkle.root_hash(leaves))
    assert get("/ledger/tile/0/000.p/257").status_code == 404
    assert get("/ledger/consistency?from=0&to=3").status_code == 422


def test_a_report_is_asked_for_once_per_key_and_its_job_can_be_watched(client, key, past_use_case):
    headers = {"Authorization": f"Bearer {key}"}
    asked = {"use_case": past_use_case.ref, "from": "2026-01-01", "to": "2026-10-31", "key": "k"}

    def ask(**changes):
        return client.post("/api/v1/reports", {**asked, **changes}, content_type="application/json", headers=headers)

    job = ask()
    assert job.status_code == 202
    assert ask().json()["id"] == job.json()["id"]
    assert ask(to="2026-11-01").json()["code"] == "job_key_in_use"
    assert ask(to="2025-01-01").json()["pointer"] == "/to"
    assert ask(use_case="UC-9999").status_code == 403
    watched = client.get(job["Location"], headers=headers)
    assert watched.json()["state"] in ("waiting", "running", "done", "failed")


def test_operation_endpoints_answer(client, db):
    assert client.get("/livez").status_code == 200
    assert client.get("/readyz").json()["ready"]
    assert b"custodes_fold_lag" in client.get("/metrics").content
    assert client.get("/api/schema").status_code == 200
