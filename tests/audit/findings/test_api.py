"""Findings through the machines' door: what one sees, what one may do, and what a refusal says."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from audit.events.keys import SCOPES, issue_key
from audit.findings.playbook import DISPARITY
from audit.findings.raising import raise_finding
from audit.management.commands.follow import catch_up
from audit.models import Finding, FindingAct
from tests.audit.events.samples import SOURCE, executed, proposed
from tests.cast import a_use_case

pytestmark = [pytest.mark.django_db, pytest.mark.urls("audit.api.urls")]


@pytest.fixture
def finding(send, live_use_case) -> Finding:
    """A decision executed without its review."""
    send([proposed(), executed(executed_value="grant")])
    catch_up()
    return Finding.objects.get(code="UNREVIEWED")


@pytest.fixture
def ask(client, key):
    """Call the API with a key."""

    def asked(path, body=None, *, auth=None):
        headers = {"Authorization": f"Bearer {auth or key}"}
        if body is None:
            return client.get(f"/api/v1/findings{path}", headers=headers)
        data = json.dumps(body)
        return client.post(f"/api/v1/findings{path}", data, content_type="application/json", headers=headers)

    return asked


def test_a_finding_is_read_with_its_acts_by_reference_and_by_id(cast, finding, ask):
    until = (timezone.now() + timedelta(days=30)).isoformat()
    done = ask(f"/{finding.ref}/acts", {"kind": "assign", "owner": cast.people["rita"].ref})
    assert done.status_code == 201, done.content
    refused = ask(f"/{finding.ref}/acts", {"kind": "waive", "reason": "Known.", "until": until})
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")  # Anna made the key, and sits nowhere
    found = ask(f"/{finding.pk}").json()
    assert found == ask(f"/{finding.ref}").json()
    assert (found["owner"], found["state"]) == (cast.people["rita"].ref, "open")
    assert [act["kind"] for act in found["acts"]] == ["assigned"]
    assert ask(f"/{finding.ref}/acts", {"kind": "close", "reason": "Reviewed."}).json()["state"] == "closed"


def test_the_list_narrows(finding, ask):
    assert ask("?state=open&severity=hard&judged=no&owner=none&code=UNREVIEWED").json()["count"] == 1
    for query in ("?state=closed", "?severity=soft", "?judged=yes", "?owner=P-9999", "?decision_id=other"):
        assert ask(query).json()["count"] == 0, query
    assert ask("?code=a%00b").status_code == 422


REFUSED = (
    ({"kind": "dance"}, 422, "invalid", "/kind"),
    ({"kind": "close"}, 422, "invalid", "/reason"),
    ({"kind": "close", "reason": "a\x00b"}, 422, "invalid", "/reason"),
    ({"kind": "assign", "owner": "P-9999"}, 422, "invalid", "/owner"),
    ({"kind": "judge", "disposition": "maybe", "reason": "x"}, 422, "invalid", "/disposition"),
    ({"kind": "waive", "reason": "x"}, 422, "invalid", "/until"),
    ({"kind": "waive", "reason": "x", "until": "2020-01-01T00:00:00Z"}, 422, "invalid", "/until"),
    ({"kind": "system_fix", "reason": "x"}, 422, "invalid", "/reference"),
    ({"kind": "reopen", "reason": "x"}, 409, "finding_state", None),
    ([], 422, "invalid", None),
)


def test_a_refusal_names_the_field_and_changes_nothing(finding, ask):
    for body, status, code, pointer in REFUSED:
        answer = ask(f"/{finding.ref}/acts", body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.content
        assert answer.json().get("pointer") == pointer or pointer is None
    assert not FindingAct.objects.exists()


def test_a_disparity_says_what_is_missing_before_it_closes(live_use_case, ask):
    raised = raise_finding(
        use_case=live_use_case, code=DISPARITY, subject="sex: female", severity="soft",
        explanation={"sentence": "Alarm."}, at=timezone.now(),
    )  # fmt: skip
    answer = ask(f"/{raised.ref}/acts", {"kind": "close", "reason": "Done."})
    assert (answer.status_code, answer.json()["code"]) == (409, "fix_missing")
    assert "system_fix" in answer.json()["detail"]


def test_keys_without_the_scope_or_the_use_case_get_403_and_people_404(cast, finding, ask):
    now = timezone.now()
    given = {"sources": [SOURCE], "label": "t", "actor": cast.anna, "at": now}
    _, reads = issue_key(use_cases=[finding.use_case], scopes=["findings:read"], **given)
    _, elsewhere = issue_key(use_cases=[a_use_case(cast, key="other")], scopes=SCOPES, **given)
    body = {"kind": "close", "reason": "x"}
    assert ask(f"/{finding.ref}", auth=reads).status_code == 200
    assert ask(f"/{finding.ref}/acts", body, auth=reads).json()["code"] == "wrong_scope"
    for path in (f"/{finding.ref}", "/F-9999", "/nonsense"):
        assert (ask(path, auth=elsewhere).status_code, ask(path, auth=elsewhere).json()["code"]) == (
            403,
            "wrong_use_case",
        )
    person = Client()
    person.force_login(cast.eve, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert person.get(f"/api/v1/findings/{finding.ref}").status_code == 404
    person.force_login(cast.otto, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert person.get(f"/api/v1/findings/{finding.ref}").status_code == 200
    answer = person.post(f"/api/v1/findings/{finding.ref}/acts", json.dumps(body), content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
