"""Late, early and out-of-order events give the same record in the end."""

import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.events import schema
from audit.events.merge import Arrival, fold
from policies.oversight.record import DecisionRecord
from tests import scale
from tests.audit.events.samples import dump, event, executed, proposed, reviewed

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def arrivals(*events: dict, at: datetime = NOW) -> list[Arrival]:
    read = [schema.parse(dump(each)) for each in events]
    assert all(isinstance(each, schema.Event) for each in read), read
    return [
        Arrival(index=index, event=each, recorded_at=at + timedelta(seconds=index)) for index, each in enumerate(read)
    ]


def folded(*events: dict) -> DecisionRecord:
    record = fold("credit", arrivals(*events))
    assert record is not None
    return record


STORY = [
    proposed(
        confidence=0.83,
        model={"name": "m", "version": "4"},
        flags=["novel"],
        amount={"value": "12.50", "currency": "EUR"},
    ),
    reviewed(
        outcome="override", final={"value": "deny"}, reason_text=" Seasonal  income ", time="2026-11-20T09:30:00Z"
    ),
    reviewed(event_id="r-2", review_id="RV-2", outcome="approve", time="2026-11-20T09:40:00Z"),
    executed(executed_value="deny"),
    event("outcome", event_id="o-1", data={"decision_id": "LN-1", "truth": {"value": True}, "truth_source": "real"}),
    event(
        "outcome",
        event_id="o-2",
        time="2026-11-21T00:00:00Z",
        data={"decision_id": "LN-1", "truth": "no", "phase": "revised"},
    ),
    event("appeal", event_id="a-1", data={"decision_id": "LN-1", "appeal_id": "AP", "phase": "filed"}),
    event(
        "escalation", event_id="s-1", data={"decision_id": "LN-1", "escalation_id": "E", "phase": "raised", "hop": 1}
    ),
]


def test_the_story_of_one_decision():
    record = folded(*STORY)
    assert record.proposed_at == datetime(2026, 11, 20, 9, 14, 31, tzinfo=UTC)
    assert (record.proposal_value, record.executed_value, record.final_value) == ("grant", "deny", "deny")
    assert (record.confidence, record.model_version, record.flags) == (Decimal("0.83"), "4", ("novel",))
    assert record.amount == Decimal("12.50")
    assert [review.outcome for review in record.reviews] == ["override", "approve"]
    assert record.reviews[0].authenticated
    assert record.reviews[0].reason_text_present
    assert record.outcome.value == "no"
    assert record.appeals[0].filed_at is not None
    assert record.escalations[0].raised_at is not None
    assert record.digest_derived


@settings(max_examples=scale.count(2_000), deadline=None)
@given(st.permutations(range(len(STORY))), st.data())
def test_any_order_of_arrival_gives_the_same_record(order, data):
    """Everything but what the ledger's own clock says (recorded_at) is independent of arrival."""
    some = data.draw(st.integers(1, len(STORY)))
    kept = sorted(order[:some])
    there = [arrivals(*STORY)[index] for index in kept]
    shuffled = [arrivals(*STORY)[index] for index in order[:some]]
    assert fold("credit", shuffled) == fold("credit", there)


def test_a_stored_record_reads_back_equal():
    record = folded(
        *STORY,
        proposed(event_id="p2", time="2026-11-20T09:00:00Z", impact=0.25, period={"start": "2026-11-20T09:00:00Z"}),
    )
    assert msgspec.convert(msgspec.json.decode(msgspec.json.encode(record)), type=DecisionRecord) == record


def test_a_correction_takes_the_corrected_event_out():
    wrong = reviewed(event_id="r-wrong", outcome="reject")
    right = reviewed(event_id="r-right", outcome="approve", corrects="r-wrong")
    for order in itertools.permutations([proposed(), wrong, right]):
        assert [review.outcome for review in folded(*order).reviews] == ["approve"]


def test_the_first_execution_counts():
    early = executed(event_id="x1", time="2026-11-20T09:00:00Z", executed_value="grant")
    record = folded(executed(event_id="x2", time="2026-11-20T11:00:00Z", executed_value="deny"), early)
    assert record.executed_value == "grant"


def test_a_phase_never_goes_back():
    requested = event(
        "review",
        event_id="q",
        time="2026-11-20T09:50:00Z",
        data={"decision_id": "LN-1", "review_id": "RV-LN-1", "phase": "requested"},
    )
    record = folded(reviewed(), requested)
    assert record.reviews[0].phase == "submitted"
    assert record.reviews[0].requested_at == datetime(2026, 11, 20, 9, 50, tzinfo=UTC)


@pytest.mark.parametrize(("ahead", "skewed"), [(timedelta(minutes=4), False), (timedelta(minutes=6), True)])
def test_a_clock_ahead_of_ours_is_flagged_and_nothing_is_refused(ahead, skewed):
    record = folded(proposed(time=(NOW + ahead).isoformat()))
    assert record.skewed is skewed


def test_what_was_never_said_stays_unknown():
    record = folded(executed())
    assert (record.proposed_at, record.confidence, record.flags, record.proposal_value) == (None, None, None, None)


def test_the_digest_is_of_what_the_system_sent():
    given = folded(proposed(proposal={"value": "grant", "digest": "sha256:ab"}))
    assert (given.proposal_digest, given.digest_derived) == ("sha256:ab", False)
    number = folded(proposed(proposal={"value": 5, "b": 1.0}))
    text = folded(proposed(proposal={"b": 1, "value": "5"}))
    assert number.proposal_digest != text.proposal_digest


def test_an_execution_that_repeats_its_action_does_not_change_what_was_proposed() -> None:
    """Systems send what they executed as the proposal of the executed event; the override must stay visible."""
    done = executed(
        proposal={"value": "deny", "digest": "sha256:dd"},
        executed_digest="sha256:dd",
    )
    record = folded(proposed(), done)
    assert (record.proposal_value, record.executed_value) == ("grant", "deny")
    other = executed(proposal={"value": "deny", "digest": "sha256:dd"}, executed_digest="sha256:ee")
    record = folded(proposed(), other)
    assert (record.proposal_value, record.executed_value, record.executed_digest) == ("grant", None, "sha256:ee")
    assert folded(done).proposal_value == "deny"
