"""Drafting a policy on screen: form and text agree, the past is replayed, a shortfall of reviewers is signed for."""

import pytest
from django.urls import reverse

from governance.models import Change
from policies.models import OversightPolicy
from tests.governance.web.conftest import SignIn
from tests.governance.web.stage import Stage

pytestmark = pytest.mark.django_db

TEXT = """
mode: HITL
rules:
  - {id: R1, when: "class == 'refuse'", require: {reviews: 1}}
  - {id: R2, when: "class == 'grant'", require: {sample: 0.2}}
timeout_default: hold
"""


def test_a_draft_is_checked_against_the_past_and_kept_once_the_shortfall_is_signed_for(
    stage: Stage, sign_in: SignIn
) -> None:
    client, page = sign_in(stage.cast.anna), reverse("policy-draft", args=[stage.live.ref])
    checked = client.post(page, {"act": "check", "document": TEXT})
    body = checked.content.decode()
    assert "Would have waited for people" in body
    assert "All 40 decisions on record." in body
    refused = client.post(page, {"act": "save", "document": TEXT})
    assert refused.status_code == 422
    assert "say why the shortfall is accepted" in refused.content.decode()
    kept = client.post(page, {"act": "save", "document": TEXT, "shortfall_reason": "Two people start in January."})
    row = OversightPolicy.objects.get(key=stage.live.key, version=2)
    assert kept["Location"] == reverse("policy-version", args=[stage.live.ref, 2])
    attention = Change.objects.get(object_id=row.pk).after["attention"]
    assert attention["accepted_because"] == "Two people start in January."
    assert "Two people start in January." in client.get(kept["Location"]).content.decode()


def test_text_becomes_a_form_and_the_form_the_same_document(stage: Stage, sign_in: SignIn) -> None:
    client, page = sign_in(stage.cast.anna), reverse("policy-draft", args=[stage.live.ref])
    shown = client.post(page, {"act": "as_form", "document": TEXT})
    form = {
        field.name: field.value
        for section in shown.context["sections"]
        for field in section.fields
        if field.kind not in ("choices", "truth") or field.value
    }
    assert form["rules.1.require.sample"] == "0.2"
    client.post(page, {**form, "act": "save", "staff_minutes": "100000"})
    client.post(page, {"document": TEXT, "act": "save", "staff_minutes": "100000"})
    first, second = OversightPolicy.objects.filter(key=stage.live.key, version__gt=1).order_by("version")
    assert {**first.document, "version": 0} == {**second.document, "version": 0}


def test_what_is_wrong_is_said_beside_the_field(stage: Stage, sign_in: SignIn) -> None:
    client, page = sign_in(stage.cast.anna), reverse("policy-draft", args=[stage.live.ref])
    sent = {"act": "check", "mode": "HITL", "timeout_default": "allow", "rules.0.id": "R1", "rules.0.when": "amount >",
            "rules.0.require.reviews": "1"}  # fmt: skip
    answer = client.post(page, sent)
    assert answer.status_code == 422
    wrong = {field.name: field.errors for section in answer.context["sections"] for field in section.fields}
    assert "silence is not an approval" in wrong["timeout_default"][0]
    assert wrong["rules.0.when"]
    assert client.post(page, {"act": "check", "document": "{"}).status_code == 422
    assert not OversightPolicy.objects.filter(key=stage.live.key, version=2).exists()


def test_a_rule_is_added_without_losing_what_was_typed(stage: Stage, sign_in: SignIn) -> None:
    client, page = sign_in(stage.cast.anna), reverse("policy-draft", args=[stage.live.ref])
    sent = {"act": "add_rule", "rules.0.id": "mine", "rules.0.when": "true", "rules.0.require.reviews": "2"}
    form = client.post(page, sent).context["sections"]
    names = [section.id for section in form if section.id.startswith("rules")]
    assert names == ["rules.0", "rules.1"]


def test_who_may_not_draft_reads_only(stage: Stage, sign_in: SignIn) -> None:
    client = sign_in(stage.cast.otto)
    assert client.get(reverse("policy", args=[stage.live.ref])).status_code == 200
    assert client.get(reverse("policy-version", args=[stage.live.ref, 1])).status_code == 200
    assert client.get(reverse("policy-draft", args=[stage.live.ref])).status_code == 403
    assert sign_in(stage.cast.eve).get(reverse("policy", args=[stage.live.ref])).status_code == 404
