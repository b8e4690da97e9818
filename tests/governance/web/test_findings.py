"""The findings pages: the list, one finding, and its acts by form."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from audit.findings import acts
from audit.findings.playbook import DISPARITY
from audit.findings.raising import raise_finding
from audit.models import Finding
from tests.governance.web.conftest import SignIn
from tests.governance.web.stage import Stage

pytestmark = pytest.mark.django_db


def a_finding(stage: Stage) -> Finding:
    return Finding.objects.filter(state="open").order_by("opened_index", "code").first() or pytest.fail("no finding")


def test_the_list_opens_on_what_is_open_and_filters_by_its_url(stage: Stage, sign_in: SignIn) -> None:
    client = sign_in(stage.cast.otto)
    n_open = Finding.objects.filter(state="open", drill=False).count()
    assert n_open
    assert f"{n_open} finding" in client.get("/findings/").content.decode()
    assert "No finding matches" in client.get("/findings/?q=none-such").content.decode()
    found = a_finding(stage)
    only = client.get(f"/findings/?q={found.ref}").content.decode()
    assert "1 finding<" in only
    assert found.ref in only
    assert client.get("/findings/?state=nonsense&sort=;drop&page=zz&owner=%00").status_code == 200
    with CaptureQueriesContext(connection) as few:
        client.get(f"/findings/?q={found.ref}")
    with CaptureQueriesContext(connection) as many:
        client.get("/findings/?state=")
    assert len(many) <= len(few)
    assert len(many) <= 20


def test_the_inbox_empties_as_findings_are_judged_and_the_page_tells_it(stage: Stage, sign_in: SignIn) -> None:
    found = a_finding(stage)
    client = sign_in(stage.cast.anna)
    inbox = "/findings/?state=open&judged=no"
    assert found.ref in client.get(f"{inbox}&q={found.ref}").content.decode()
    form = {"judge-disposition": "true_positive", "judge-reason": "It is as it says."}
    answer = client.post(reverse("finding-act", args=[found.ref, "judge"]), form)
    assert (answer.status_code, answer["Location"]) == (302, reverse("finding", args=[found.ref]))
    page = client.get(answer["Location"]).content.decode()
    assert "true positive" in page
    assert "It is as it says." in page
    assert "No finding matches" in client.get(f"{inbox}&q={found.ref}").content.decode()
    _the_page_tells_the_whole_course(stage, sign_in)


def test_what_does_not_fit_comes_back_and_who_may_not_act_changes_nothing(stage: Stage, sign_in: SignIn) -> None:
    found = a_finding(stage)
    form = {"waive-reason": "A reason to keep", "waive-until": "2001-01-01"}
    answer = sign_in(stage.cast.carl).post(reverse("finding-act", args=[found.ref, "waive"]), form)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "A waiver ends after today" in page
    assert "A reason to keep" in page
    assert Finding.objects.get(pk=found.pk).state == "open"
    _who_may_not_act_sees_no_form_and_posts_into_nothing(stage, sign_in)


def _who_may_not_act_sees_no_form_and_posts_into_nothing(stage: Stage, sign_in: SignIn) -> None:
    found = a_finding(stage)
    path = reverse("finding", args=[found.ref])
    page = sign_in(stage.cast.otto).get(path).content.decode()
    assert "What you can do" not in page
    assert "What happens next" in page
    for kind in ("close", "judge", "nonsense"):
        given = {f"{kind}-reason": "x", f"{kind}-disposition": "true_positive"}
        assert sign_in(stage.cast.otto).post(f"{path}acts/{kind}/", given).status_code == 404
    assert sign_in(stage.cast.eve).get(path).status_code == 404
    assert sign_in(stage.cast.anna).get(f"{path}acts/close/").status_code == 405
    assert "Waive" not in sign_in(stage.cast.olga).get(path).content.decode()
    assert Finding.objects.get(pk=found.pk).state == "open"


def _the_page_tells_the_whole_course(stage: Stage, sign_in: SignIn) -> None:
    found, at = a_finding(stage), timezone.now()
    given = {"finding": found, "actor": stage.cast.carl, "at": at}
    acts.assign(owner=stage.cast.people["rita"], **given)
    acts.name_cause(cause="Nobody was on duty.", **given)
    acts.link_fix(kind="system_fix", text="Roster filled.", reference="CH-118", **given)
    acts.waive(reason="Until the roster works.", until=at + timedelta(days=20), **given)
    page = sign_in(stage.cast.otto).get(reverse("finding", args=[found.ref])).content.decode()
    for words in ("Rita", "Nobody was on duty.", "Roster filled.", "CH-118", "Waived until", "Until the roster works."):
        assert words in page, words
    entry = acts.acts_of(found)[0].entry
    assert sign_in(stage.cast.otto).get(reverse("ledger-entry", args=[entry])).status_code == 200
    assert sign_in(stage.cast.olga).get(reverse("ledger-entry", args=[entry])).status_code == 200
    assert sign_in(stage.cast.eve).get(reverse("ledger-entry", args=[entry])).status_code == 404


def test_a_disparity_shows_figures_before_and_after_to_whom_groups_are_open(stage: Stage, sign_in: SignIn) -> None:
    at = timezone.now()
    raised = raise_finding(
        use_case=stage.live,
        code=DISPARITY,
        subject="sex: female / male",
        severity="soft",
        explanation={
            "sentence": "Alarm.",
            "attribute": "sex",
            "group": "female",
            "reference": "male",
            "metric": "selection_rate",
            "stage": "final",
            "alarm": (at - timedelta(days=120)).date().isoformat(),
            "method": "e_process",
        },
        at=at,
    )
    assert raised is not None
    path = reverse("finding", args=[raised.ref])
    page = sign_in(stage.cast.otto).get(path).content.decode()
    assert "since the alarm" in page
    assert "at most 5 %." in page
    assert "Before it can close" in page
    given = {"finding": raised, "actor": stage.cast.carl, "at": at}
    fixed = at - timedelta(days=60)
    acts.link_fix(kind="system_fix", text="Feature dropped.", reference="M-2", effective=fixed, **given)
    assert "since the system fix" in sign_in(stage.cast.otto).get(path).content.decode()
    hidden = sign_in(stage.cast.olga).get(path).content.decode()
    assert "not open to you" in hidden
    assert "effect-chart" not in hidden


def test_many_get_an_owner_by_the_filter_and_who_handles_none_cannot(stage: Stage, sign_in: SignIn) -> None:
    client, rita = sign_in(stage.cast.anna), stage.cast.people["rita"]
    path, wanted = "/findings/?state=open", Finding.objects.filter(state="open", drill=False)
    n = wanted.count()
    assert n > 1
    assert f"Give {n} findings an owner" in client.get(path).content.decode()
    one_kind = client.get(f"{path}&code={wanted[0].code}").content.decode()
    assert "What happens next" in one_kind  # the playbook of the one kind that is shown
    assert client.post(path, {"all-owner": rita.ref, "all-expected": n + 1}).status_code == 422
    assert client.post(path, {"all-owner": "", "all-expected": n}).status_code == 422
    assert not wanted.filter(owner=rita).exists()
    answer = client.post(path, {"all-owner": rita.ref, "all-expected": n}, follow=True)
    assert f"{n} findings have a new owner." in answer.content.decode()
    assert wanted.filter(owner=rita).count() == n
    for reader in (stage.cast.otto, stage.cast.eve):
        assert "an owner</summary>" not in sign_in(reader).get(path).content.decode()
        assert sign_in(reader).post(path, {"all-owner": rita.ref, "all-expected": n}).status_code == 404


def test_stops_and_incidents_stand_beside_the_inbox_and_the_next_one_is_a_step_away(
    stage: Stage, sign_in: SignIn
) -> None:
    client = sign_in(stage.cast.anna)
    page = client.get("/findings/").content.decode()
    assert "Stops in force and open incidents" in page
    assert stage.incident in page
    answer = client.get("/findings/next/")
    ref = answer["Location"].strip("/").split("/")[-1]
    assert Finding.objects.get(ref=ref).disposition == ""
    assert client.get(f"/findings/next/?after={ref}")["Location"] != answer["Location"]
    assert f"/findings/next/?after={ref}" in client.get(answer["Location"]).content.decode()
    assert stage.incident not in sign_in(stage.cast.eve).get("/findings/").content.decode()
