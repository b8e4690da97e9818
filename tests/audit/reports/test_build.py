"""A report from real rows: figures equal an independent count, failures are named, the past does not move."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError
from django.utils import timezone

from audit.ledger import log
from audit.models import Decision, Finding
from audit.reports import behind, content
from audit.reports.build import Order, build
from audit.reports.context import NothingToReport
from audit.reports.issue import days
from audit.reports.pdf import render_pdf
from audit.reports.scope import Scope
from governance.models import UseCase
from tests.audit.events.samples import executed, proposed
from tests.audit.reports.conftest import FIRST, LAST, Past, catch_up, given_out
from tests.audit.reports.reading import squeezed, text_of

FORBIDDEN = ("compliant", "unbiased", "tamper-proof", "guaranteed", "is fair", "are fair")


def made(past: Past, **more: Any) -> content.OversightReport:
    given = {
        "scope": Scope(use_case=past.use_case),
        "window": days(FIRST, LAST),
        "at": datetime(2026, 11, 21, 12, tzinfo=UTC),
    }
    return build(Order(**{**given, **more}))


def section(report: content.OversightReport, name: str) -> content.Section:
    return next(s for s in report.sections if s.id == name)


def figure(report: content.OversightReport, ending: str) -> content.Figure:
    return next(f for f in content.figures(report) if f.id.endswith(ending))


def texts(report: content.OversightReport) -> list[str]:
    """Every text the product itself says (not what people wrote into the register)."""
    found = []
    for part in report.sections:
        found += [part.title, part.reason]
        for block in part.blocks:
            if isinstance(block, content.Paragraph | content.Note | content.Chart):
                found.append(getattr(block, "text", "") or block.finding)  # type: ignore[union-attr]
            if isinstance(block, content.Statement) and block.kind != "person":
                found.append(block.text)
    return found


def test_every_section_is_computed(past: Past) -> None:
    report = made(past)
    assert {s.id: s.reason for s in report.sections if s.status == "not_available"} == {}
    assert report.sections[0].id == "summary"
    assert report.meta.checkpoint is not None
    assert report.meta.checkpoint.size == log.latest_checkpoint().size  # type: ignore[union-attr]


def test_fairness_figures_equal_an_independent_count(past: Past) -> None:
    equals_count(made(past), days(FIRST, LAST), {name: rows_of(past, name) for name in ("female", "male")})


def test_over_part_of_the_record_groups_are_given_out_in_parcels(past: Past) -> None:
    until = sorted({row["day"] for row in past.rows})[-3]
    early = [row for row in past.rows if row["day"] <= until]
    given = {name: given_out(early, name) for name in ("female", "male")}
    assert any(10 <= len(given[name]) < sum(row["group"] == name for row in early) for name in given)
    equals_count(made(past, window=days(FIRST, until)), days(FIRST, until), given)


def rows_of(past: Past, group: str) -> list[dict[str, Any]]:
    return [row for row in past.rows if row["group"] == group]


def equals_count(report: content.OversightReport, window: Any, given: dict[str, list[dict[str, Any]]]) -> None:
    for stage in ("proposal", "final"):
        for group, of_group in given.items():
            granted = sum(row[stage] == "grant" for row in of_group)
            found = figure(report, f"fairness.{stage}.selection_rate.sex.{group}")
            assert found.n == len(of_group)
            assert found.value is not None
            assert abs(found.value - Decimal(granted) / len(of_group)) < Decimal("1e-12")
            assert found.checkpoint == report.meta.checkpoint.size  # type: ignore[union-attr]
            assert found.window == window
            assert found.interval is not None


def test_reviews_are_said_to_be_simulated_on_cover_summary_and_method(past: Past) -> None:
    report = made(past)
    assert "simulated" in report.meta.simulated
    for name in ("summary", "method"):
        assert any(isinstance(b, content.Note) and b.kind == "simulated" for b in section(report, name).blocks)
    assert text_of(render_pdf(report)).count("simulated") >= 3


def test_figures_as_of_a_checkpoint_do_not_move_when_more_arrives(past: Past) -> None:
    before = made(past)
    size = before.meta.checkpoint.size  # type: ignore[union-attr]
    late = [proposed(f"NEW-{i}", time="2026-11-05T09:00:00Z", occurred_at="2026-11-05T09:00:00Z") for i in range(5)]
    assert past.send is not None
    assert past.send(late).status_code == 201
    catch_up()
    assert content.to_json(made(past, as_of=size)) == content.to_json(before)
    assert content.digest(made(past)) != content.digest(before)


def test_a_failing_query_is_not_available_and_never_a_zero(past: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise DatabaseError("disk I/O error at 0x7f with the password in it")

    monkeypatch.setattr(behind, "issued_counts_for", broken)
    report = made(past)
    lost = section(report, "fairness")
    assert (lost.status, lost.blocks) == ("not_available", ())
    assert "the query failed (DatabaseError)" in lost.reason
    assert "password" not in content.to_json(report).decode()
    assert not [f for f in content.figures(report) if "fairness" in f.id]
    assert section(report, "records").status == "computed"
    gaps = [b.text for b in section(report, "summary").blocks if isinstance(b, content.Statement) and b.kind == "gap"]
    assert any("Fairness could not be computed" in text for text in gaps)
    assert squeezed("This section could not be computed: the query failed") in squeezed(text_of(render_pdf(report)))


def test_a_failing_write_query_does_not_spoil_the_transaction(past: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(context: Any) -> Any:
        UseCase.objects.raw("SELECT nonsense FROM nowhere")[0]

    monkeypatch.setattr("audit.reports.sections.design.build", broken)
    report = made(past)
    assert section(report, "design").status == "not_available"
    assert section(report, "records").status == "computed"


def test_a_window_without_data_gives_a_clean_report(past: Past) -> None:
    window = days(FIRST - timedelta(days=400), FIRST - timedelta(days=390))
    report = made(past, window=window)
    rate = figure(report, "fairness.final.selection_rate.sex.male")
    assert rate.value is None
    assert rate.reason
    assert "not available" in text_of(render_pdf(report))


def test_an_empty_ledger_gives_a_clear_error(db: None) -> None:
    with pytest.raises(NothingToReport, match="No entry of the ledger"):
        build(Order(scope=Scope(use_case=UseCase()), window=days(FIRST, LAST), at=timezone.now()))


def test_the_product_says_no_forbidden_word(past: Past) -> None:
    said = " ".join(texts(made(past))).lower()
    assert [word for word in FORBIDDEN if word in said] == []


def test_the_same_cut_gives_the_same_bytes(past: Past) -> None:
    assert render_pdf(made(past)) == render_pdf(made(past))


def test_every_printed_number_leads_to_the_list_of_sources(past: Past) -> None:
    report = made(past)
    numbers = content.numbered(report.sections[:-1])
    listed = {
        row[1]: row[0] for b in section(report, "sources").blocks if isinstance(b, content.Table) for row in b.rows
    }
    assert listed == numbers
    assert len(set(numbers.values())) == len(numbers) > 8
    drawn = text_of(render_pdf(report))
    assert all(f" {number} " in drawn for number in numbers.values())


def test_volumes_equal_an_independent_count(past: Past) -> None:
    report = made(past)
    reviewed = sum(row["reviewed"] for row in past.rows)
    changed = sum(row["final"] != row["proposal"] for row in past.rows)
    assert figure(report, "practice.decisions").value == len(past.rows)
    assert figure(report, "practice.submitted").value == reviewed
    assert figure(report, "practice.never_reviewed").value == len(past.rows) - reviewed
    override = figure(report, "practice.M1")
    assert override.n == reviewed
    assert override.value is not None
    assert abs(override.value - Decimal(changed) / reviewed) < Decimal("1e-12")
    assert override.simulated


def test_a_finding_counts_where_its_decision_was_proposed_even_when_the_proposal_comes_late(past: Past) -> None:
    assert past.send is not None
    past.send([executed("LATE-1", time="2026-11-20T09:00:00Z", occurred_at="2026-11-20T09:00:00Z")])
    catch_up()
    early = list(Finding.objects.filter(decision_id="LATE-1"))
    assert {each.case_at for each in early} <= {None}
    past.send([proposed("LATE-1", time="2026-11-19T09:00:00Z", occurred_at="2026-11-19T09:00:00Z")])
    catch_up()
    proposals = dict(Decision.objects.values_list("decision_id", "proposed_at"))
    found = list(Finding.objects.filter(use_case=past.use_case))
    assert any(each.decision_id == "LATE-1" and each.closed_index is None for each in found)
    for each in found:
        assert each.case_at == (proposals[each.decision_id] if each.decision_id else each.opened_at)


def test_what_was_declared_is_held_against_what_was_seen(past: Past) -> None:
    part = section(made(past), "designation")
    without = sum(not row["reviewed"] for row in past.rows)
    against = [b.text for b in part.blocks if isinstance(b, content.Statement) and b.against]
    assert f"{without} of {len(past.rows)} decisions were executed without a person's prior review" in " ".join(against)
    share = figure(made(past), "designation.reviewed_before_execution")
    assert share.n == len(past.rows)


def test_measures_nobody_took_are_listed_with_the_reason(past: Past) -> None:
    part = section(made(past), "practice")
    listed = next(b for b in part.blocks if isinstance(b, content.Table) and b.id == "unmeasured")
    assert any(str(row[0]).startswith("M12") for row in listed.rows)
    assert all(row[1] for row in listed.rows)
    assert not [f for f in content.figures(made(past)) if f.id.endswith("practice.M12")]
