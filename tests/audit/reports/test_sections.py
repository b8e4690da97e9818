"""The sections that rest on the register: incidents, rights, papers, competence, supply; and every kind of report."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone
from msgspec import structs

from audit.reports import content
from audit.reports.build import Order, build
from audit.reports.issue import days
from audit.reports.kinds import KINDS, kind_named
from audit.reports.pdf import render_pdf
from audit.reports.scope import Scope, scope_named
from audit.reports.sections.performance import psi
from governance.access import Invalid
from governance.models import Appeal, Assessment, Disclosure, Incident, IncidentReport
from tests.audit.reports.conftest import FIRST, LAST, Past
from tests.audit.reports.reading import opened, text_of

WINDOW = days(FIRST, LAST)


def of(past: Past, kind: str, *, many: bool = False, **more: Any) -> content.OversightReport:
    scope = Scope() if many else Scope(use_case=past.use_case)
    return build(Order(scope=scope, kind=kind, window=WINDOW, at=timezone.now(), ref="R-0001", **more))


def section(report: content.OversightReport, id_: str) -> content.Section:
    return next(each for each in report.sections if each.id == id_)


def said(part: content.Section) -> str:
    """Every text of a section."""
    found: list[str] = []
    for block in part.blocks:
        found.append(getattr(block, "text", ""))
        if isinstance(block, content.Table):
            found += [cell if isinstance(cell, str) else cell.label for row in block.rows for cell in row]
        if isinstance(block, content.Facts):
            found += [item.text for item in block.items]
    return " | ".join(found)


def figure(report: content.OversightReport, ending: str) -> content.Figure:
    return next(each for each in content.figures(report) if each.id.endswith(ending))


@pytest.fixture
def full(past: Past) -> Past:
    """An incident reported late, an appeal that changed a decision, a notice, a signed FRIA and registration."""
    cast, case, now = past.cast, past.use_case, timezone.now()
    assert cast is not None
    incident = Incident.objects.create(
        ref="INC-0001", use_case=case, title="Wrong letters", text="Forty people got a wrong letter.",
        kinds=["fundamental_rights"], role="deployer", aware_on=date(2026, 11, 2), opened_by=cast.anna, opened_at=now,
    )  # fmt: skip
    IncidentReport.objects.create(
        incident=incident, kind="initial", recipient="Authority", text="First report.", sent_by=cast.anna,
        sent_at=WINDOW.start + timedelta(days=17),
    )  # fmt: skip
    Incident.objects.create(
        ref="INC-0002", use_case=case, title="Slow day", text="Nothing broke.", kinds=[], role="deployer",
        aware_on=date(2026, 11, 15), opened_by=cast.anna, opened_at=now,
    )  # fmt: skip
    for number, outcome in enumerate(("changed", "upheld", "")):
        answered = {"answered_at": WINDOW.start + timedelta(days=3), "answered_by": cast.anna, "state": "answered"}
        Appeal.objects.create(
            ref=f"AP-000{number}", use_case=case, kind="appeal", text="Look again.", code_hash=f"{number:064d}",
            received_at=WINDOW.start + timedelta(days=1), due_at=WINDOW.start + timedelta(days=10), outcome=outcome,
            **({**answered, "explanation": "The payroll was read."} if outcome else {}),
        )  # fmt: skip
    Disclosure.objects.create(
        ref="DI-0001", use_case=case, kind="people", version=1, text="An AI helps us.", language="en",
        published_at=WINDOW.start, published_by=cast.anna,
    )  # fmt: skip
    papers = {"fria": {"27(1)(a)": "In the benefits office."}, "annex_viii_c": {"C1": "The town of Northwick"}}
    for number, (kind, answers) in enumerate(papers.items()):
        Assessment.objects.create(
            ref=f"AS-000{number}", use_case=case, kind=kind, version=1, answers=answers, law_version="x",
            edited_by=cast.anna, edited_at=now, signed_by=cast.anna, signed_at=now, digest="sha256:" + "0" * 64,
            missing=["27(1)(b)"] if kind == "fria" else [],
        )  # fmt: skip
    return past


def test_incidents_rights_and_papers_are_read_from_the_register(full: Past) -> None:
    report = of(full, "oversight")
    part = section(report, "incidents")
    assert "INC-0001 was to be reported by 17 Nov 2026" in said(part)
    assert figure(report, "incidents.serious").value == 1
    assert figure(report, "incidents.all").value == 2
    share = figure(report, "incidents.in_time")
    assert (share.value, share.n) == (0, 1)
    paper = section(of(full, "incident"), "incident-reports")
    assert "First report." in said(paper)
    assert "No final report is recorded." in said(paper)

    appeals_and_notices_are_counted(full, report)
    papers_print_answers_and_what_they_lack(full)


def appeals_and_notices_are_counted(full: Past, report: content.OversightReport) -> None:
    assert figure(report, "people.appeal").value == 3
    changed = figure(report, "people.changed")
    assert (changed.value, changed.n) == (content.Decimal("0.5"), 2)
    in_time = figure(report, "people.in_time")
    assert in_time.n == 3
    assert figure(report, "people.answer_time").value == 2 * 86400
    assert "1 appeals or requests are past their day" in said(section(report, "people"))
    assert "An AI helps us." in said(section(of(full, "transparency"), "transparency"))


def papers_print_answers_and_what_they_lack(full: Past) -> None:
    fria = said(section(of(full, "fria"), "fria"))
    assert "In the benefits office." in fria
    assert "No answer to:" in fria
    paper = said(section(of(full, "annex_viii_c"), "annex-viii-c"))
    assert "The town of Northwick" in paper
    assert "no answer is recorded" in paper
    empty = said(section(of(full, "annex_v"), "annex-v"))
    assert "not yet recorded" in empty


@pytest.mark.slow
def test_every_kind_is_computed_and_drawn(full: Past) -> None:
    for kind in sorted(KINDS):
        report = of(full, kind)
        assert {each.id: each.reason for each in report.sections if each.status == "not_available"} == {}, kind
        with opened(render_pdf(report)) as pdf:
            assert len(pdf.pages) == 1 if KINDS[kind].sheet else len(pdf.pages) > 1, kind


def test_many_use_cases_stand_side_by_side(full: Past) -> None:
    report = of(full, "oversight", many=True)
    assert {each.id: each.reason for each in report.sections if each.status == "not_available"} == {}
    assert full.use_case.ref in said(section(report, "inventory"))
    assert figure(report, "practice.decisions").value == len(full.rows)
    assert "INC-0001" in text_of(render_pdf(report))
    with pytest.raises(Invalid, match="one use case"):
        kind_named("annex_iv", many=True)
    for word in ("UC-9999", "unit:" + "0" * 36, "unit:x"):
        with pytest.raises(Invalid):
            scope_named(word)
    few_reviewers_are_not_shown_as_an_average(full)
    a_window_without_anything_prints_no_zero_rate(full)
    a_board_is_told_on_one_page_whatever_is_written(full)


def a_board_is_told_on_one_page_whatever_is_written(full: Past) -> None:
    full.use_case.name = "Θ" * 190
    full.use_case.save()
    report = of(full, "board")
    part = report.sections[0]
    wordy = [content.Statement(kind="gap", text=f"Point {n}. " + "One more sentence. " * 12) for n in range(9)]
    crowded = structs.replace(report, sections=(structs.replace(part, blocks=(*part.blocks, *wordy)),))
    for each in (report, crowded):
        with opened(render_pdf(each)) as pdf:
            assert len(pdf.pages) == 1
    assert "Point 8." in text_of(render_pdf(crowded))


def few_reviewers_are_not_shown_as_an_average(full: Past) -> None:
    part = section(of(full, "works_council"), "reviewing")
    assert "Fewer than 5 people" in said(part)
    assert not [block for block in part.blocks if isinstance(block, content.KeyFigures)]


def test_psi_by_hand() -> None:
    assert psi((50, 100), (50, 100)) == 0
    # shares .5050 -> .2079 and .4950 -> .7921, with half a case added to each cell
    assert abs(psi((50.5 - 0, 101), (20, 100)) - psi((50.5, 101), (20, 100))) == 0  # type: ignore[arg-type]
    assert 0.35 < psi((50, 100), (20, 100)) < 0.45


def a_window_without_anything_prints_no_zero_rate(full: Past) -> None:
    window = days(date(2020, 1, 1), date(2020, 2, 1))
    report = build(Order(scope=Scope(use_case=full.use_case), window=window, at=timezone.now()))
    for each in content.figures(report):
        if each.unit in ("share", "ratio", "points", "seconds") and not each.n and "records." not in each.id:
            assert each.value is None, each.id
            assert each.reason, each.id
