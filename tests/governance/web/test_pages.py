"""The pages: they answer, they hide, they survive missing data, and they ask the database a bounded number of times."""

import re
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from audit.events.keys import issue_key
from audit.models import Decision, Event
from governance.models import Change, Job
from tests.cast import Cast, a_live_use_case
from tests.governance.web.conftest import SignIn
from tests.governance.web.stage import Stage, send, set_stage

pytestmark = pytest.mark.django_db
INLINE = re.compile(
    r"<[^>]+\s(?:style|on[a-z]+)=|<style|<script(?![^>]*\b(?:src=|type=\"application/json\"))", re.IGNORECASE
)


def test_every_page_answers_an_auditor_and_carries_nothing_inline(stage: Stage, sign_in: SignIn) -> None:
    client = sign_in(stage.cast.otto)
    for name, path in stage.paths().items():
        answer = client.get(path)
        text = answer.content.decode()
        assert answer.status_code == 200, name
        assert INLINE.findall(text) == [], name
        assert text.count("<h1") == 1, name
        ids = re.findall(r'\sid="([^"]+)"', text)
        assert len(ids) == len(set(ids)), (name, [i for i in ids if ids.count(i) > 1])
        assert "script-src 'self'" in answer["Content-Security-Policy"]
        assert "unsafe" not in answer["Content-Security-Policy"]


def test_every_page_answers_in_german(stage: Stage, sign_in: SignIn) -> None:
    client = sign_in(stage.cast.otto)
    for name, path in stage.paths().items():
        assert client.get(path, headers={"Accept-Language": "de"}).status_code == 200, name


def test_pages_of_an_empty_house_teach_instead_of_crashing(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.otto)
    for path in ("/", "/register/", "/oversight/", "/fairness/", "/committee/", "/reports/", "/ledger/", "/help/"):
        assert client.get(path).status_code == 200, path
    assert "The register is empty for you" in client.get("/register/").content.decode()


PUBLIC = {"help", "public", "public-notice", "ask", "answer", "propose"}  # for people without an account


def test_whoever_is_not_signed_in_is_sent_to_sign_in_and_back(stage: Stage) -> None:
    for name, path in stage.paths().items():
        answer = Client().get(path)
        if name in PUBLIC:
            assert answer.status_code == 200, name
        else:
            assert answer.status_code == 302
            assert answer["Location"].startswith("/accounts/login/?next=/")


def test_what_one_may_not_see_looks_like_what_is_not_there(stage: Stage, sign_in: SignIn) -> None:
    client = sign_in(stage.cast.eve)
    entry = Event.objects.first()
    change = Change.objects.first()
    assert entry is not None
    assert change is not None
    hidden = [path for name, path in stage.paths().items() if stage.live.ref in path or name == "committee"]
    hidden += [reverse("ledger-entry", args=[entry.pk]), reverse("ledger-entry", args=[change.entry])]
    for path in hidden:
        assert client.get(path).status_code == 404, path
    for path in ("/register/UC-9999/", "/ledger/entries/nonsense/", f"/ledger/entries/{uuid4()}/", "/help/nothing/"):
        assert client.get(path).status_code == 404, path
    assert stage.live.name not in client.get("/register/").content.decode()


def test_an_owner_sees_their_own_use_case_and_its_entries(stage: Stage, sign_in: SignIn) -> None:
    client = sign_in(stage.cast.olga)
    event = Event.objects.filter(use_case=stage.live).first()
    assert event is not None
    assert client.get(reverse("use-case", args=[stage.live.ref])).status_code == 200
    answer = client.get(reverse("ledger-entry", args=[event.pk]))
    assert answer.status_code == 200
    assert "c2sp.org/tlog-proof" in answer.content.decode()


def test_running_the_installation_gives_no_group_data(stage: Stage, sign_in: SignIn) -> None:
    path = reverse("fairness-case", args=[stage.live.ref])
    assert "selection rate" in sign_in(stage.cast.otto).get(path).content.decode()
    hidden = sign_in(stage.cast.olga).get(path).content.decode()
    assert "is not open to you" in hidden
    assert "selection rate" not in hidden


def test_the_size_of_a_very_small_group_is_withheld(cast: Cast, sign_in: SignIn) -> None:
    stage = set_stage(cast, decisions=14)
    page = sign_in(cast.otto).get(reverse("fairness-case", args=[stage.live.ref])).content.decode()
    body = page.split('<table id="groups"')[1].split("</table>")[0]
    counts = re.findall(r'<td role="cell" class="number">([^<]+)</td>', body)[::5]
    assert "under 10" in counts
    assert not [count for count in counts if count.isdigit() and 0 < int(count) < 10]
    chart = page.split('class="wide-chart"')[1].split("</svg>")[0]
    assert "n under 10" in chart
    assert not re.search(r"· n [1-9]<", chart)


@pytest.mark.parametrize(
    "name", ["today", "register", "oversight", "oversight-case", "fairness-case", "committee", "ledger"]
)
def test_a_page_asks_as_often_with_much_data_as_with_little(name: str, cast: Cast, sign_in: SignIn) -> None:
    stage = set_stage(cast, decisions=6)
    client, path = sign_in(cast.otto), stage.paths()[name]
    client.get(path)
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get(path)
    _more(stage)
    with CaptureQueriesContext(connection) as many:
        client.get(path)
    assert len(many) <= len(few), [query["sql"][:120] for query in many.captured_queries]
    assert len(many) <= 30


def _more(stage: Stage) -> None:
    for number in range(4):
        a_live_use_case(stage.cast, key=f"more-{number}")
    _, secret = issue_key(
        use_cases=[stage.live],
        sources=["/benefits/*"],
        scopes=["events:write"],
        label="more",
        actor=stage.cast.anna,
        at=timezone.now(),
    )
    send(secret, range(200, 220))


def test_the_decision_list_filters_by_review_and_words(stage: Stage, sign_in: SignIn) -> None:
    client = sign_in(stage.cast.otto)
    base = reverse("oversight-case", args=[stage.live.ref])
    reviewed = Decision.objects.filter(reviewed=True).count()
    assert f"{reviewed} decisions" in client.get(f"{base}?review=reviewed").content.decode()
    assert "1 decision<" in client.get(f"{base}?q=d-0007").content.decode()
    assert "No decision matches" in client.get(f"{base}?q=none-such").content.decode()
    assert client.get(f"{base}?since=not-a-date&sort=;drop&page=zz").status_code == 200


def test_a_decision_tells_its_course_and_says_what_is_simulated(stage: Stage, sign_in: SignIn) -> None:
    page = sign_in(stage.cast.otto).get(reverse("decision", args=[stage.live.ref, stage.decision])).content.decode()
    course = ("Proposed by the system", "Changed by a person", "A reviewer, caseworker", "Executed")
    for words in (*course, "simulated", "Ledger entry"):
        assert words in page, words
    bare = sign_in(stage.cast.otto).get(reverse("decision", args=[stage.live.ref, stage.unreviewed])).content.decode()
    assert "No human review recorded" in bare


def test_the_register_sorts_and_counts_by_its_url(stage: Stage, sign_in: SignIn) -> None:
    client = sign_in(stage.cast.otto)
    names = lambda text: re.findall(r'<a href="/register/(UC-\d+)/"', text.split("<tbody")[1])  # noqa: E731
    rising = names(client.get("/register/?sort=ref").content.decode())
    falling = names(client.get("/register/?sort=-ref").content.decode())
    assert rising == sorted(rising) == falling[::-1]
    assert "2 use cases" in client.get("/register/").content.decode()
    assert "1 use case<" in client.get("/register/?lifecycle=planned").content.decode()


def test_asking_for_a_report_twice_with_one_form_makes_one_job(stage: Stage, sign_in: SignIn) -> None:
    client = sign_in(stage.cast.anna)
    form = {"use_case": stage.live.ref, "since": "2026-01-01", "until": "2026-11-01", "key": "report-one-form"}
    first, second = (client.post(reverse("report-new"), form) for _ in range(2))
    assert first.status_code == second.status_code == 302
    assert first["Location"] == second["Location"]
    job = Job.objects.get(kind="report")
    assert job.asked_by == stage.cast.anna
    page = client.get(first["Location"]).content.decode()
    assert 'http-equiv="refresh"' in page
    fragment = client.get(first["Location"], headers={"HX-Request": "true"}).content.decode()
    assert fragment.lstrip().startswith('<div id="job"')
    assert sign_in(stage.cast.otto).get(first["Location"]).status_code == 404


def test_a_form_says_what_would_be_right_and_keeps_what_was_typed(stage: Stage, sign_in: SignIn) -> None:
    form = {"use_case": stage.live.ref, "since": "2026-05-01", "until": "2026-01-01", "key": "k"}
    answer = sign_in(stage.cast.anna).post(reverse("report-new"), form)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "put the later day here" in page
    assert 'value="2026-01-01"' in page
    refused = sign_in(stage.cast.otto).post(reverse("report-new"), {**form, "until": "2026-06-01"})
    assert "needs the right to report" in refused.content.decode()
    assert not Job.objects.filter(kind="report").exists()


def test_the_theme_is_kept_in_a_cookie_and_never_leads_elsewhere(client: Client) -> None:
    answer = client.post(reverse("theme"), {"theme": "dark", "next": "https://elsewhere.example/"})
    assert answer["Location"] == "/"
    assert 'data-theme="dark"' in client.get("/help/").content.decode()
    client.post(reverse("theme"), {"theme": "pink", "next": "/help/"})
    assert 'data-theme="dark"' in client.get("/help/").content.decode()
    assert client.get(reverse("theme")).status_code == 405


def test_api_keys_are_listed_for_administrators_only_and_without_secrets(stage: Stage, sign_in: SignIn) -> None:
    assert sign_in(stage.cast.otto).get("/administration/keys/").status_code == 404
    page = sign_in(stage.cast.adam).get("/administration/keys/").content.decode()
    assert "cst_" in page
    assert "events:write" in page


def test_sign_in_and_error_pages_wear_the_same_clothes(client: Client, cast: Cast, sign_in: SignIn) -> None:
    assert 'class="wordmark"' in client.get("/accounts/login/").content.decode()
    missing = sign_in(cast.otto).get("/no/such/page/")
    assert missing.status_code == 404
    assert "There is nothing here that you can see" in missing.content.decode()
    for path in ("/accounts/password/change/", "/accounts/2fa/", "/accounts/logout/"):
        assert sign_in(cast.otto).get(path).status_code == 200, path
