"""A report computed again: the same from untouched rows, and the figures named that a changed row moves."""

from typing import Any

import pytest
from django.utils import timezone

from audit.events import tally
from audit.models import Decision, EventBlock, FairnessTotals, IssuedReport
from audit.models.oversight import OversightDelta, OversightMonth
from audit.reports.issue import days, preview
from audit.reports.read import is_current, report_for, reports_visible_to
from audit.reports.recheck import recheck
from policies.models import OversightPolicy
from tests.audit.events.samples import proposed
from tests.audit.reports.conftest import FIRST, LAST, Past, catch_up
from tests.audit.reports.test_issue import issued


def names(found: Any) -> set[str]:
    return {change.id for change in found.changes}


def test_an_untouched_past_gives_the_same_report_also_after_more_arrived(past: Past) -> None:
    report = issued(past)
    assert recheck(report).agrees
    assert past.send is not None
    assert (
        past.send(proposed("LATE-1", time="2026-11-05T09:00:00Z", occurred_at="2026-11-05T09:00:00Z")).status_code < 300
    )
    catch_up()
    found = recheck(report)
    assert (found.agrees, found.data_intact, found.pages_intact) == (True, True, True), (found.sections, names(found))


def test_a_changed_oversight_total_is_named(past: Past) -> None:
    report = issued(past)
    OversightMonth.objects.filter(dimension="").order_by("month").first().delete()  # type: ignore[union-attr]
    found = recheck(report)
    assert not found.agrees
    assert any(name.endswith("practice.decisions") for name in names(found))
    assert not any("fairness" in name for name in names(found))


def test_a_changed_fairness_total_is_named(past: Past) -> None:
    report = issued(past)
    FairnessTotals.objects.order_by("day").first().delete()  # type: ignore[union-attr]
    found = recheck(report)
    assert any("fairness.final.selection_rate" in name for name in names(found))
    # What people did to the groups (M1a, M13) stands on the same counts; nothing else of the practice does.
    assert not [name for name in names(found) if "practice" in name and not name.endswith(("M1a", "M13"))]


def test_a_changed_policy_is_named_by_its_section(past: Past) -> None:
    report = issued(past)
    policy = OversightPolicy.objects.first()
    assert policy is not None
    OversightPolicy.objects.filter(pk=policy.pk).update(document={**policy.document, "timeout_default": "proceed"})
    assert "Oversight design" in recheck(report).sections


def test_a_removed_decision_is_noticed_by_its_findings(past: Past) -> None:
    report = issued(past)
    unseen = next(row["id"] for row in past.rows if not row["reviewed"])
    Decision.objects.filter(decision_id=unseen).update(proposed_at=None)
    assert any("findings.UNREVIEWED" in name for name in names(recheck(report)))


def test_changed_bytes_of_the_stored_report_are_noticed(past: Past) -> None:
    report = issued(past)
    IssuedReport.objects.filter(pk=report.pk).update(pdf=bytes(report.pdf)[:-1] + b"!")
    assert not recheck(IssuedReport.objects.get(pk=report.pk)).pages_intact


def test_who_may_read_reports(past: Past) -> None:
    report = issued(past)
    cast = past.cast
    assert cast is not None
    for user in (cast.anna, cast.carl, cast.otto):
        assert list(reports_visible_to(user)) == [report], user.name
    for user in (cast.eve, cast.rita, cast.adam):
        assert not reports_visible_to(user).exists(), user.name
        assert report_for(user, report.ref) is None
    assert report_for(cast.anna, report.ref) == report_for(cast.anna, str(report.pk)) == report
    assert report_for(cast.anna, "R-9999") is None
    assert is_current(report)


def test_a_draft_is_stored_nowhere_and_says_so(past: Past) -> None:
    assert past.cast is not None
    draft = preview(use_case=past.use_case, window=days(FIRST, LAST), actor=past.cast.anna, at=timezone.now())
    assert draft.meta.draft
    assert draft.meta.ref == ""
    assert not IssuedReport.objects.exists()


def test_a_changed_decision_is_named_with_the_figures_on_it(past: Past) -> None:
    report = issued(past)
    assert recheck(report, deep=True).verifies, recheck(report, deep=True).to_json()
    row = Decision.objects.filter(reviewed=True).order_by("decision_id").first()
    assert row is not None
    Decision.objects.filter(pk=row.pk).update(state={**row.state, "proposal_value": "refuse"})
    found = recheck(report, deep=True)
    assert not found.verifies
    assert f"{past.use_case.ref} {row.decision_id}" in found.altered
    doubted = {doubt.id.removeprefix(f"{past.use_case.ref}.") for doubt in found.doubts}
    assert {"practice.decisions", "practice.M1", "fairness.final.selection_rate.sex.male"} <= doubted
    assert "practice.never_reviewed" not in doubted  # it stands on other decisions
    assert "records.events" not in doubted or "differ" in str(found.to_json())


def test_a_changed_tally_of_events_is_named(past: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tally, "BLOCK", 64)
    tally.count_blocks()
    report = issued(past)
    assert recheck(report, deep=True).verifies
    row = EventBlock.objects.order_by("pk")[0]
    EventBlock.objects.filter(pk=row.pk).update(n=row.n + 7)
    found = recheck(report, deep=True)
    reasons = [each.reason for each in found.doubts if each.id.endswith("records.events")]
    assert reasons
    assert "stored total" in reasons[0]
    forged = issued(past, job_key="k2")  # the report itself took the forged count
    doubts = {each.id.rpartition(".")[2]: each.reason for each in recheck(forged, deep=True).doubts}
    assert "do not add up to the stored total" in doubts["events"]


@pytest.mark.slow
def test_a_changed_delta_does_not_add_up(past: Past) -> None:
    report = issued(past)
    row = OversightDelta.objects.filter(cells__isnull=False).order_by("pk").first()
    assert row is not None
    OversightDelta.objects.filter(pk=row.pk).update(cells=[[["decisions"], 2], *row.cells])
    found = recheck(report, deep=True)
    doubt = next(each for each in found.doubts if each.id.endswith("practice.decisions"))
    assert "add up" in doubt.reason
    assert doubt.number


@pytest.mark.slow
def test_a_changed_policy_is_named_with_every_figure_that_it_judges(past: Past) -> None:
    report = issued(past)
    policy = OversightPolicy.objects.get()
    OversightPolicy.objects.filter(pk=policy.pk).update(document={**policy.document, "timeout_default": "proceed"})
    found = recheck(report, deep=True)
    assert policy.ref in found.altered
    assert any(doubt.id.endswith("practice.M10") and policy.ref in doubt.reason for doubt in found.doubts)
    assert not any(".fairness." in doubt.id for doubt in found.doubts)
