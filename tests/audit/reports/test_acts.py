"""After the issue: approval by somebody else, release once, who received and read it, schedules that ask once."""

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.events.vocabulary import TYPES
from audit.ledger import log
from audit.ledger.verification import verify_bundle
from audit.models import IssuedReport, ReportAct
from audit.reports import acts, schedule
from audit.reports.docx import docx_of
from audit.reports.issue import days, issue
from audit.reports.pack import hand_over
from audit.reports.redaction import KINDS, kind_of
from audit.reports.scope import Scope
from audit.retention.periods import STREAMS
from governance.access import Invalid, NotAllowed, assign_roles
from governance.jobs import JobRun
from governance.models import Job
from tests.audit.reports.conftest import FIRST, LAST, Past, catch_up
from tests.audit.reports.test_issue import issued

NOW = timezone.now().replace(day=20)


def of_kind(past: Past, kind: str, **more: Any) -> IssuedReport:
    assert past.cast is not None
    given = {"use_case": past.use_case, "window": days(FIRST, LAST), "actor": past.cast.anna, "at": timezone.now()}
    return issue(**{**given, "kind": kind, "job_key": f"test:{kind}", **more})


def test_a_report_is_approved_by_another_and_released_once(past: Past) -> None:
    report, cast = issued(past), past.cast
    assert cast is not None
    now = timezone.now()
    with pytest.raises(NotAllowed, match="issued"):
        acts.approve(report=report, actor=cast.anna, at=now)
    with pytest.raises(acts.NotApproved):
        acts.release(report=report, actor=cast.carl, at=now)
    with pytest.raises(NotAllowed):
        acts.approve(report=report, actor=cast.otto, at=now)
    acts.approve(report=report, actor=cast.carl, at=now, text="Read whole.")
    with pytest.raises(Invalid, match="before"):
        acts.approve(report=report, actor=cast.carl, at=now)
    acts.release(report=report, actor=cast.anna, at=now, recipients=["Works council", "Works council", " "])
    with pytest.raises(acts.AlreadyReleased):
        acts.release(report=report, actor=cast.anna, at=now)
    listed = list(acts.acts_of(report).values_list("kind", "recipient"))
    assert sorted(listed) == [("approved", ""), ("released", ""), ("sent", "Works council")]
    assert all(row.entry is not None for row in acts.acts_of(report))
    with pytest.raises(IntegrityError), transaction.atomic():
        ReportAct.objects.create(report=report, kind="approved", at=now)  # no ledger entry, no act


@pytest.mark.slow
def test_only_released_reports_of_a_public_kind_are_for_anybody(past: Past, client: Any) -> None:
    cast = past.cast
    assert cast is not None
    for kind, public in (("transparency", True), ("oversight", False)):
        report = of_kind(past, kind)
        assert acts.public_report(report.ref) is None
        acts.approve(report=report, actor=cast.carl, at=timezone.now())
        acts.release(report=report, actor=cast.carl, at=timezone.now())
        assert (acts.public_report(report.ref) == report) is public
        answer = client.get(f"/published/{report.ref}/")
        assert answer.status_code == (200 if public else 404)
        assert "/figures/" not in answer.content.decode()


@pytest.mark.slow
def test_what_was_handed_over_and_left_out_stands_in_zip_and_ledger(past: Past) -> None:
    report, cast = issued(past), past.cast
    assert cast is not None
    catch_up()
    target = io.BytesIO()
    given = {"actor": cast.anna, "at": timezone.now(), "recipient": "Data protection authority", "reason": "Request 7"}
    hand_over(target, report, **given)
    with zipfile.ZipFile(target) as pack:
        choices = json.loads(pack.read("redaction.json"))
        assert not [name for name in pack.namelist() if name.startswith("payloads/")]
    assert (choices["recipient"], choices["contents"], choices["reason"]) == (
        "Data protection authority", [], "Request 7",
    )  # fmt: skip
    row = acts.acts_of(report).get(kind="packed")
    assert (row.details, row.recipient) == ({"contents": []}, "Data protection authority")


@pytest.mark.slow
def test_contents_go_out_by_kind_of_record_and_never_a_persons_group(past: Past, tmp_path: Path) -> None:
    report, cast = issued(past), past.cast
    assert cast is not None
    catch_up()
    given = {"actor": cast.anna, "at": timezone.now()}
    for chosen in (["human_step"], list(KINDS)):
        path = tmp_path / f"{len(chosen)}.zip"
        hand_over(str(path), report, contents=chosen, **given)
        assert verify_bundle(path).exit_code == 0
        with zipfile.ZipFile(path) as pack:
            manifest = json.loads(pack.read("manifest.json"))
        left_out = {index for low, high in manifest["payloads"]["withheld"] for index in range(low, high)}
        everything = log.entries(end=manifest["entries"]["to"])
        handed = [each for each in everything if each.payload is not None and each.index not in left_out]
        assert len(handed) == manifest["payloads"]["included"]
        types = {each.parsed["type"] for each in handed}
        assert "ai.oversight.group.v1" not in types
        assert ("ai.oversight.decision.v1" in types) == ("decisions" in chosen)
        assert "ai.oversight.review.v1" in types
    assert "ai.oversight.group.v1" in {each.parsed["type"] for each in log.entries()}
    with pytest.raises(Invalid) as refused:
        hand_over(io.BytesIO(), report, contents=["secrets"], **given)
    assert refused.value.data["unknown"] == ["secrets"]


def test_every_stream_and_event_type_is_of_one_kind() -> None:
    kinds = {type_: kind_of({"stream": "events", "type": type_}) for type_ in TYPES}
    assert kinds.pop("ai.oversight.group.v1") is None
    assert set(kinds.values()) == {"decisions", "human_step", "rights"}
    streams = {stream: kind_of({"stream": stream, "type": "x.y"}) for stream in STREAMS}
    assert streams.pop("events") == "other"
    assert "other" not in streams.values()


@pytest.mark.parametrize(
    ("every", "at", "expected"),
    [
        ("month", datetime(2026, 3, 1, tzinfo=UTC), ("2026-02-01", "2026-02-28")),
        ("month", datetime(2026, 1, 31, tzinfo=UTC), ("2025-12-01", "2025-12-31")),
        ("quarter", datetime(2026, 5, 2, tzinfo=UTC), ("2026-01-01", "2026-03-31")),
        ("quarter", datetime(2026, 1, 1, tzinfo=UTC), ("2025-10-01", "2025-12-31")),
    ],
)
def test_a_schedule_asks_for_the_last_whole_period(every: str, at: datetime, expected: tuple[str, str]) -> None:
    row = schedule.ReportSchedule(ref="RS-0001", every=every, created_at=at - timedelta(days=30))
    [found] = schedule.due(row, at=at)
    assert (found.first.isoformat(), found.last.isoformat()) == expected


@pytest.mark.slow
def test_an_occasion_is_asked_for_once_and_not_after_the_end(past: Past) -> None:
    cast = past.cast
    assert cast is not None
    scope = Scope(use_case=past.use_case)
    row = schedule.schedule(scope=scope, kind="oversight", every="month", actor=cast.anna, at=timezone.now())
    run = _run(NOW)
    assert schedule.ask_for_scheduled(run) == {"asked": 1, "refused": []}
    schedule.ask_for_scheduled(run)
    assert Job.objects.filter(kind="report").count() == 1
    assert Job.objects.get(kind="report").asked_by_id == cast.anna.pk
    assign_roles(user=cast.anna, codes=[])
    cast.anna.__dict__.pop("_custodes_roles", None)
    assert schedule.ask_for_scheduled(_run(NOW + timedelta(days=31)))["refused"] == [row.ref]
    schedule.end(schedule=row, actor=cast.carl, at=timezone.now())
    with pytest.raises(Invalid, match="ended"):
        schedule.end(schedule=row, actor=cast.carl, at=timezone.now())
    assert schedule.ask_for_scheduled(_run(NOW + timedelta(days=62)))["asked"] == 0


def _run(at: datetime) -> JobRun:
    return JobRun(uuid4(), "scheduled_reports", "test", {}, 1, None, at, at, lambda: at)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("more", "field"),
    [({"every": "week"}, "every"), ({"every": "meeting"}, "committee"), ({"kind": "poem"}, "kind")],
)
def test_a_schedule_that_cannot_be_is_refused(past: Past, more: dict[str, str], field: str) -> None:
    assert past.cast is not None
    given: dict[str, Any] = {"kind": "oversight", "every": "month", **more}
    with pytest.raises(Invalid) as refused:
        schedule.schedule(scope=Scope(use_case=past.use_case), actor=past.cast.anna, at=NOW, **given)
    assert refused.value.data["field"] == field


@pytest.mark.slow
def test_the_word_copy_says_all_and_that_it_is_no_evidence(past: Past) -> None:
    from docx import Document

    report = issued(past)
    made = docx_of(report)
    assert made == docx_of(report)
    document = Document(io.BytesIO(made))
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert "proves nothing" in text
    assert report.pdf_sha256 in text
    assert "Oversight in practice" in text
    cells = {cell.text for table in document.tables for row in table.rows for cell in row.cells}
    assert any("m1/override" in cell or "Override rate" in cell for cell in cells)
