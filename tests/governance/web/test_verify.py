"""The page where an outsider drops a copy: what it is, said in one sentence, without signing in."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.models import IssuedReport
from audit.reports.issue import issue
from tests.governance.web.stage import Stage
from tests.governance.web.test_reports import _year

pytestmark = pytest.mark.django_db


@pytest.fixture
def issued(stage: Stage) -> IssuedReport:
    now = timezone.now()
    return issue(use_case=stage.live, window=_year(now), actor=stage.cast.anna, at=now, job_key="report:to-check")


def drop(content: bytes) -> str:
    answer = Client().post(reverse("report-verify"), {"file": SimpleUploadedFile("report.pdf", content)})
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_issued_bytes_are_recognised_and_current(issued: IssuedReport) -> None:
    page = drop(bytes(issued.pdf))
    assert f"report {issued.ref} as it was issued, byte for byte" in page
    assert "current: no later report" in page


def test_one_changed_byte_is_not_recognised_as_issued(issued: IssuedReport) -> None:
    changed = bytearray(issued.pdf)
    changed[len(changed) // 2] ^= 1
    page = drop(bytes(changed))
    assert "byte for byte" not in page


def test_a_strange_file_is_none_of_ours(issued: IssuedReport) -> None:
    assert "not a report issued here" in drop(b"%PDF-1.7 nothing of ours")


def test_nothing_chosen_says_what_to_choose(issued: IssuedReport) -> None:
    answer = Client().post(reverse("report-verify"), {})
    assert "Choose the PDF file of a report." in answer.content.decode()
