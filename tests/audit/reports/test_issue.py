"""Issuing: once per key, with its digests in the ledger, by those who may."""

import hashlib
import io
import json
import zipfile
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from audit.ledger import log
from audit.models import GroupAccess, IssuedReport
from audit.reports import content, jobs
from audit.reports import issue as issuing
from audit.reports.issue import ask, days, issue
from audit.reports.pack import write_pack
from audit.reports.pdf import render_pdf
from governance.access import Invalid, NotAllowed
from governance.jobs import run_due
from governance.models import Job
from tests.audit.reports.conftest import FIRST, LAST, Past, catch_up


def issued(past: Past, **more: Any) -> IssuedReport:
    assert past.cast is not None
    given = {"use_case": past.use_case, "window": days(FIRST, LAST), "actor": past.cast.anna, "at": timezone.now(),
             "job_key": "k1"}  # fmt: skip
    return issue(**{**given, **more})


def test_the_ledger_holds_the_digests_of_pages_and_data(past: Past) -> None:
    report = issued(past)
    catch_up()
    said = json.loads(log.payload(report.entry) or b"")["after"]
    assert said["pdf_sha256"] == hashlib.sha256(bytes(report.pdf)).hexdigest() == report.pdf_sha256
    assert said["data_sha256"] == hashlib.sha256(bytes(report.data)).hexdigest()
    assert said["checkpoint"]["size"] == report.checkpoint_size
    assert report.ref == "R-0001"


def test_the_stored_data_renders_to_the_stored_pages(past: Past) -> None:
    report = issued(past)
    assert render_pdf(content.from_json(bytes(report.data))) == bytes(report.pdf)


def test_one_key_issues_one_report(past: Past) -> None:
    first, second = issued(past), issued(past)
    assert first.pk == second.pk
    assert IssuedReport.objects.count() == 1
    assert issued(past, job_key="k2").ref == "R-0002"


def test_a_new_report_on_the_same_period_replaces_the_old_one(past: Past) -> None:
    first, second = issued(past), issued(past, job_key="k2")
    assert second.replaces == first
    assert content.from_json(bytes(second.data)).meta.previous_ref == first.ref


def test_nothing_is_stored_when_the_ledger_refuses(past: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: Any) -> Any:
        raise OSError("No space left on device")

    monkeypatch.setattr(issuing, "record_change", refuse)
    with pytest.raises(OSError, match="No space"):
        issued(past)
    assert IssuedReport.objects.count() == 0
    monkeypatch.undo()
    assert issued(past).ref == "R-0001"


@pytest.mark.parametrize("name", ["eve", "rita", "otto", "adam"])
def test_who_may_not_report_is_refused(past: Past, name: str) -> None:
    with pytest.raises(NotAllowed):
        issued(past, actor=getattr(past.cast, name))
    assert IssuedReport.objects.count() == 0


def test_reading_groups_is_written_down(past: Past) -> None:
    report = issued(past)
    access = GroupAccess.objects.get()
    assert (access.actor_id, access.purpose) == (past.cast.anna.pk, f"report {report.ref}")  # type: ignore[union-attr]


def test_who_may_not_read_groups_gets_a_report_without_them(past: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(issuing, "may_read_groups", lambda actor, use_case: False)
    report = content.from_json(bytes(issued(past).data))
    fairness = next(s for s in report.sections if s.id == "fairness")
    assert fairness.status == "not_available"
    assert "may not read group data" in fairness.reason
    assert not GroupAccess.objects.exists()


def test_a_job_issues_the_report_once(past: Past) -> None:
    for _ in range(2):
        ask(use_case=past.use_case, first=FIRST, last=LAST, actor=past.cast.anna, at=timezone.now(), key="x")  # type: ignore[union-attr]
    assert run_due(clock=timezone.now) == 1
    job = Job.objects.get()
    assert (job.state, job.result["ref"]) == ("done", "R-0001"), job.error
    assert job.progress == 1.0 or job.progress >= 0.9
    assert run_due(clock=timezone.now) == 0


def test_a_worker_that_died_after_storing_does_not_store_twice(past: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(use_case=past.use_case, first=FIRST, last=LAST, actor=past.cast.anna, at=timezone.now(), key="x")  # type: ignore[union-attr]
    run_due(clock=timezone.now)
    Job.objects.update(state="waiting", finished_at=None, result=None)
    run_due(clock=timezone.now)
    assert Job.objects.get().result["ref"] == "R-0001"
    assert IssuedReport.objects.count() == 1
    assert jobs.make_report.__name__ == "make_report"


def test_an_empty_period_is_refused_when_asked(past: Past) -> None:
    with pytest.raises(Invalid):
        ask(use_case=past.use_case, first=LAST, last=FIRST, actor=past.cast.anna, at=timezone.now(), key="x")  # type: ignore[union-attr]
    assert not Job.objects.exists()


def test_the_pack_holds_report_and_proof_and_verifies_offline(past: Past, tmp_path: Any) -> None:
    report = issued(past)
    catch_up()
    path = tmp_path / "pack.zip"
    manifest = write_pack(str(path), report, at=timezone.now())
    assert manifest["entries"]["to"] > log.index_of(report.entry)
    with zipfile.ZipFile(path) as pack:
        assert pack.read("report.pdf") == bytes(report.pdf)
        assert hashlib.sha256(pack.read("report.json")).hexdigest() == report.data_sha256
    with pytest.raises(SystemExit) as ended:
        call_command("verify", str(path), stdout=io.StringIO())
    assert ended.value.code == 0


def test_the_command_writes_the_file(past: Past, tmp_path: Any) -> None:
    out, said = tmp_path / "r.pdf", io.StringIO()
    asked = ["report", "--use-case", past.use_case.ref, "--from", str(FIRST), "--to", str(LAST)]
    call_command(*asked, "--out", str(out), "--json", stdout=said)
    facts = json.loads(said.getvalue())
    assert hashlib.sha256(out.read_bytes()).hexdigest() == facts["pdf_sha256"]
    with pytest.raises(CommandError, match="no use case UC-9999") as wrong:
        call_command("report", "--use-case", "UC-9999", "--from", str(FIRST), "--to", str(LAST))
    assert wrong.value.returncode == 2


def test_asking_outside_the_callers_transaction_is_safe(past: Past) -> None:
    with transaction.atomic():
        job = ask(use_case=past.use_case, first=FIRST, last=LAST, actor=past.cast.anna, at=timezone.now(), key="y")  # type: ignore[union-attr]
    assert Job.objects.filter(pk=job.pk).exists()
