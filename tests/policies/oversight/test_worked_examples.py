"""Worked examples B, C of the design as the checker sees them (A: tests/audit/oversight; D, E: execution tests)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from policies.oversight.context import Controls, Coverage, Intervention, Stretch, Watch
from policies.oversight.period import check_period, unwatched_stretches, watch_coverage
from tests.policies.oversight.builders import codes, decision, needing, policy

WEEK = Stretch(datetime(2026, 11, 2, tzinfo=UTC), datetime(2026, 11, 9, tzinfo=UTC))


def test_b_a_week_on_the_loop_with_46_minutes_unwatched() -> None:
    """Operating 10,080 min, watched 9,612 = 95.4 %; longest unwatched 46 min > 30: UNWATCHED, once."""
    holes = [30] * 14 + [2, 46]  # 468 minutes in all, one of them too long
    watches, at = [], WEEK.since
    for i, hole in enumerate(holes):
        watches.append(Watch(f"ops-{i % 3}", at, at + timedelta(minutes=600)))
        at += timedelta(minutes=600 + hole)
    watches.append(Watch("ops-0", at, WEEK.until))
    coverage = Coverage(operating=(WEEK,), watches=tuple(watches))
    watched, operating = watch_coverage(coverage, WEEK, None) or (None, None)
    assert (watched, operating) == (timedelta(minutes=9612), timedelta(minutes=10080))
    assert f"{9612 / 10080:.1%}" == "95.4%"
    longest = max(each.length for each in unwatched_stretches(coverage, WEEK, None))
    assert longest == timedelta(minutes=46)
    in_force = policy(
        {"id": "R1", "when": "true", "require": {"sample": 0.05}},
        mode="HOTL",
        monitor={"watch": {"roster": "noc", "max_unwatched": "PT30M"}},
    )
    (found,) = check_period(in_force, controls=Controls(), coverage=coverage, window=WEEK, as_of=WEEK.until)
    assert (found.code, found.data["unwatched_min"], found.data["allowed_min"]) == ("UNWATCHED", 46, 30)


def test_b_in_a_stop_drill_what_was_in_flight_is_no_breach() -> None:
    issued = datetime(2026, 11, 5, 14, tzinfo=UTC)
    stop = Intervention(id="IV-1", kind="stop", issued_at=issued, effective_at=issued + timedelta(seconds=80))
    in_force = needing(reviews=0)

    def executed(seconds: int) -> list[tuple[str, str]]:
        at = issued + timedelta(seconds=seconds)
        record = decision(proposed_at=at, executed_at=at, execution_recorded_at=at)
        return codes(record, in_force, controls=Controls([stop]))

    assert executed(50) == []
    assert executed(80) == [("AFTER_STOP", "breach")]


def test_c_procurement_in_command_outside_and_after_its_mandate() -> None:
    mandate = {
        "objective": "office supplies",
        "limits": {"amount": 5000},
        "expires": date(2026, 6, 30).isoformat(),
        "change_signatures": 2,
    }
    in_force = needing(mode="HIC", terms={"mandate": mandate}, reviews=0)
    in_force = replace(in_force, in_force_from=datetime(2026, 1, 1, tzinfo=UTC))

    def order(amount: int, month: int, day: int) -> list[tuple[str, str]]:
        at = datetime(2026, month, day, 12, tzinfo=UTC)
        record = decision(amount=Decimal(amount), proposed_at=at, executed_at=at, execution_recorded_at=at)
        return codes(record, in_force)

    assert order(5000, 6, 12) == []
    assert order(5400, 6, 12) == [("FORBIDDEN", "breach")]
    assert order(900, 6, 30) == []
    assert order(900, 7, 1) == [("NO_MANDATE", "breach")]
