"""Comparing two reports, and the section that says what changed."""

from decimal import Decimal

from audit.reports.compare import compare
from audit.reports.content import Figure, Interval, KeyFigures, OversightReport, Section, from_json
from tests.audit.events.samples import event, proposed
from tests.audit.reports.conftest import Past, catch_up
from tests.audit.reports.sample import meta
from tests.audit.reports.test_issue import issued


def report(*figures: Figure) -> OversightReport:
    block = KeyFigures(id="k", title="", figures=figures)
    return OversightReport(meta=meta(), sections=(Section(id="s", title="S", blocks=(block,)),))


def share(value: str | None, low: str = "0", high: str = "1", **more: object) -> Figure:
    bounds = Interval(low=Decimal(low), high=Decimal(high), method="wilson") if value else None
    number = Decimal(value) if value else None
    return Figure(id="a", label="A", unit="share", value=number, interval=bounds, **more)  # type: ignore[arg-type]


def test_equal_reports_have_no_changes() -> None:
    assert list(compare(report(share("0.5")), report(share("0.5")))) == []


def test_a_change_is_clear_only_beyond_both_intervals() -> None:
    [within] = compare(report(share("0.5", "0.4", "0.6")), report(share("0.58", "0.5", "0.7")))
    [beyond] = compare(report(share("0.5", "0.4", "0.6")), report(share("0.8", "0.7", "0.9")))
    assert (within.clear, beyond.clear) == (False, True)


def test_becoming_unavailable_is_a_change_and_not_a_fall_to_zero() -> None:
    [lost] = compare(report(share("0.5")), report(share(None, reason="no data")))
    assert lost.after is not None
    assert lost.after.value is None
    assert not lost.clear


def test_new_and_gone_figures_are_named() -> None:
    [gone] = compare(report(share("0.5")), report())
    [new] = compare(report(), report(share("0.5")))
    assert gone.after is None
    assert new.before is None


def test_the_second_report_says_what_changed(past: Past) -> None:
    first = issued(past)
    moved = []
    for i in range(60):
        key = f"NEW-{i}"
        moved.append(proposed(key, value="ask", time="2026-11-05T09:00:00Z", occurred_at="2026-11-05T09:00:00Z"))
        moved.append(event("group", event_id=f"g-{key}", data={"decision_id": key, "attributes": {"sex": "male"}}))
    assert past.send is not None
    assert past.send(moved).status_code == 201
    catch_up()
    second = from_json(bytes(issued(past, job_key="k2").data))
    section = next(s for s in second.sections if s.id == "changes")
    said = " ".join(getattr(block, "text", "") for block in section.blocks)
    assert first.ref in said
    assert "the ledger has" in said
    rows = next(block.rows for block in section.blocks if block.__class__.__name__ == "Table")
    assert any("male" in str(row[0]) and row[3] == "yes" for row in rows)
