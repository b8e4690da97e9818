"""A report on the page: the same data as its files, bundles for who may have them, and progress that survives."""

import hashlib
import io
import zipfile
from datetime import datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from audit.models import IssuedReport
from audit.reports.content import Window, figures, from_json
from audit.reports.context import window_of
from audit.reports.issue import issue
from governance.models import DataPack, Job, Resolution
from tests.cast import Cast
from tests.governance.web.conftest import SignIn
from tests.governance.web.stage import Stage, catch_up

pytestmark = pytest.mark.django_db


@pytest.fixture
def issued(stage: Stage) -> IssuedReport:
    now = timezone.now()
    made = issue(
        use_case=stage.live, window=_year(now), actor=stage.cast.anna, at=now, job_key="report:test-of-the-page"
    )
    catch_up()
    return made


def _year(now: datetime) -> Window:
    end = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return window_of(end - timedelta(days=366), end)


def test_a_report_is_listed_shown_whole_and_downloaded_byte_for_byte(
    stage: Stage, issued: IssuedReport, sign_in: SignIn
) -> None:
    client = sign_in(stage.cast.otto)
    assert issued.ref in client.get(reverse("reports")).content.decode()
    assert "No report has been issued" in client.get(reverse("reports") + "?use_case=UC-9999").content.decode()
    page = client.get(reverse("report", args=[issued.ref])).content.decode()
    report = from_json(bytes(issued.data))
    assert report.meta.checkpoint is not None
    assert report.meta.checkpoint.fingerprint in page
    for section in report.sections:
        assert f'id="r-{section.id}"' in page
    assert sum(1 for _ in figures(report)) > 10
    assert issued.pdf_sha256 in page
    for kind, digest in (("pdf", issued.pdf_sha256), ("json", issued.data_sha256)):
        answer = client.get(reverse("report-file", args=[issued.ref, kind]))
        assert hashlib.sha256(answer.content).hexdigest() == digest
        assert f"R-0001.{kind}" in answer["Content-Disposition"]


def test_the_bundle_carries_the_report_and_is_closed_to_strangers(
    stage: Stage, issued: IssuedReport, sign_in: SignIn
) -> None:
    path = reverse("report-pack", args=[issued.ref])
    client, acts = sign_in(stage.cast.otto), issued.acts.filter(kind="packed")
    assert client.get(path).status_code == 405
    assert client.get(reverse("report-file", args=[issued.ref, "zip"])).status_code == 404
    assert not acts.exists()
    answer = client.post(path, {"recipient": "An authority", "contents": ["reports", "nothing of ours"]})
    assert acts.get().recipient == "An authority"
    assert acts.get().details == {"contents": ["reports"]}
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as bundle:  # type: ignore[attr-defined]
        assert hashlib.sha256(bundle.read("report.pdf")).hexdigest() == issued.pdf_sha256
    api = f"/api/v1/reports/{issued.pk}/evidence-pack"
    asked = {"contents": ["register"], "recipient": "A court", "reason": "Asked for."}
    assert client.get(f"/api/v1/reports/{issued.pk}.zip").status_code == 404
    assert client.post(api, {"contents": ["all"]}, content_type="application/json").status_code == 422
    answer = client.post(api, asked, content_type="application/json")
    assert zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))).testzip() is None  # type: ignore[attr-defined]
    assert acts.get(recipient="A court").details == {"contents": ["register"]}
    stranger = sign_in(stage.cast.eve)
    assert stranger.post(path).status_code == 404
    for kind in ("pdf", "json", "exe"):
        assert stranger.get(reverse("report-file", args=[issued.ref, kind])).status_code == 404
    assert stranger.get(reverse("report", args=[issued.ref])).status_code == 404


def test_a_report_this_version_cannot_read_still_has_its_page_and_files(
    stage: Stage, issued: IssuedReport, sign_in: SignIn
) -> None:
    IssuedReport.objects.filter(pk=issued.pk).update(data=b'{"schema":"custodes/report/9"}')
    page = sign_in(stage.cast.otto).get(reverse("report", args=[issued.ref])).content.decode()
    assert "cannot be shown on a page by this version" in page
    assert reverse("report-file", args=[issued.ref, "pdf"]) in page


def test_reports_of_an_empty_house_teach(cast: Cast, sign_in: SignIn) -> None:
    assert "No report has been issued" in sign_in(cast.otto).get(reverse("reports")).content.decode()


def test_a_draft_is_shown_and_nothing_is_stored(stage: Stage, sign_in: SignIn) -> None:
    window = _year(timezone.now())
    asked = {
        "kind": "oversight", "use_case": stage.live.ref, "key": "k", "draft": "1",
        "since": window.start.date().isoformat(), "until": window.end.date().isoformat(),
    }  # fmt: skip
    client = sign_in(stage.cast.anna)
    assert Resolution.objects.update(use_case=stage.live)  # what the committee decided was about this use case
    page = client.post("/reports/new/", asked)
    assert page.status_code == 200
    text = page.content.decode()
    assert "A draft: computed now" in text
    assert "Oversight in practice" in text
    resolved = Resolution.objects.filter(use_case=stage.live)
    packs = DataPack.objects.filter(meeting__items__resolution__in=resolved).distinct()
    assert resolved
    assert packs
    assert all(each.ref in text for each in resolved)
    assert all(each.sha256 in text for each in packs)
    assert not IssuedReport.objects.exists()
    assert not Job.objects.filter(kind="report").exists()
    wrong = client.post("/reports/new/", {**asked, "until": "2001-01-01"})
    assert wrong.status_code == 422
    assert client.post("/reports/new/", {**asked, "kind": "annex_iv", "use_case": "portfolio"}).status_code == 422
