"""A log that is sent after the fact: what it says is checked, but not called overdue while it still arrives."""

from datetime import UTC, datetime, timedelta
from typing import Any

from policies.oversight.checker import check
from policies.oversight.context import Controls, Coverage, People, PolicyInForce
from policies.oversight.document import parse
from policies.oversight.record import DecisionRecord

LONG_AGO = datetime(2026, 1, 5, 9, tzinfo=UTC)
ARRIVED = datetime(2026, 11, 1, 12, tzinfo=UTC)
POLICY = {
    "usecase": "benefit",
    "version": 1,
    "mode": "HITL",
    "rules": [{"id": "R1", "when": "true", "require": {"reviews": 1}}],
    "review": {"max_turnaround": "PT8H", "grace": "PT5M"},
    "timeout_default": "hold",
}


def codes(as_of: datetime, **fields: Any) -> set[str]:
    record = DecisionRecord(
        use_case="benefit",
        decision_id="D-1",
        decision_class="grant",
        proposed_at=LONG_AGO,
        recorded_at=ARRIVED,
        **fields,
    )
    document = parse(POLICY)
    policy = PolicyInForce(document=document, version=1, ref="POL-0001", in_force_from=LONG_AGO - timedelta(days=1))
    return {
        verdict.code
        for verdict in check(
            record, policies=(policy,), people=People(), controls=Controls(), coverage=Coverage(), as_of=as_of
        )
    }


def test_an_old_proposal_that_just_arrived_is_not_overdue_yet() -> None:
    assert "SLA" not in codes(ARRIVED)
    assert "SLA" not in codes(ARRIVED + timedelta(minutes=5))


def test_it_is_overdue_when_its_review_had_time_to_arrive() -> None:
    assert "SLA" in codes(ARRIVED + timedelta(minutes=5, seconds=1))
