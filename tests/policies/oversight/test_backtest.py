"""A draft replayed over stored decisions: reviews, minutes, breaches, and what would change."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from policies.oversight.backtest import attention_budget, backtest, minutes_by_class, needs
from policies.oversight.context import Controls, Coverage, People
from policies.oversight.record import DecisionRecord
from policies.oversight.sampling import SamplingPeriod, commitment, select
from tests.policies.oversight.builders import LATER, NINE, decision, policy, review

RULES = (
    {"id": "R1", "when": "class == 'decline'", "require": {"reviews": 1}},
    {"id": "R2", "when": "amount >= 50000", "require": {"reviews": 2, "distinct": True}},
    {"id": "R3", "when": "class == 'approve'", "require": {"sample": 0.1}},
)
DRAFT = policy(*RULES).document
KEY = b"k" * 32
KNOWN = Coverage(sampling=(SamplingPeriod(NINE - timedelta(days=1), LATER, commitment(KEY), KEY),))


def stored() -> Iterator[DecisionRecord]:
    """Fourteen days: 60 approvals (10 reviewed), 30 declines (all reviewed), 10 large ones with one review."""
    for i in range(100):
        at = NINE + timedelta(days=14 * i / 99)
        kind = "decline" if 60 <= i < 90 else "approve"
        seen = (review(f"RV-{i}", submitted_at=at + timedelta(minutes=5)),) if i < 10 or i >= 60 else ()
        yield decision(
            *seen,
            decision_id=f"LN-{i}",
            decision_class=kind,
            amount=Decimal(60_000 if i >= 90 else 100),
            proposed_at=at,
            executed_at=at + timedelta(minutes=9),
            execution_recorded_at=at + timedelta(minutes=9),
        )


def replayed(coverage: Coverage = KNOWN):  # type: ignore[no-untyped-def]
    return backtest(
        DRAFT,
        stored(),
        people=People(),
        controls=Controls(),
        coverage=coverage,
        as_of=LATER + timedelta(days=30),
        minutes_per_review={"decline": Decimal(4)},
        default_minutes=Decimal(6),
    )


def test_the_replay_counts_what_the_draft_would_have_asked() -> None:
    found = replayed()
    drawn = select(KEY, [f"LN-{i}" for i in range(60)], Decimal("0.1"))
    assert (found.decisions, found.required, found.sampled) == (100, 40, len(drawn))
    assert found.reviews == 30 + 2 * 10 + len(drawn)
    assert found.minutes == 30 * 4 + (20 + len(drawn)) * 6
    assert found.minutes_per_week == found.minutes / 2
    assert found.by_rule == {"R1": 30, "R2": 10, "R3": 70}


def test_the_replay_names_breaches_and_what_would_change() -> None:
    found = replayed()
    drawn = set(select(KEY, [f"LN-{i}" for i in range(60)], Decimal("0.1")))
    reviewed_then = {f"LN-{i}" for i in range(10)}
    assert found.breaches["UNREVIEWED"] == 10
    assert found.breaches["SAMPLE_SHORTFALL"] == len(drawn - reviewed_then)
    assert found.breaches["SAMPLE_CHERRY"] == len(reviewed_then - drawn)
    assert found.newly_reviewed == len(drawn - reviewed_then)
    assert found.no_longer_reviewed == len(reviewed_then - drawn)


def test_without_the_key_draws_are_expectations_and_said_to_be() -> None:
    found = replayed(Coverage())
    assert found.expected_draws is True
    assert found.sampled == Decimal("6.0")
    assert found.no_longer_reviewed == 0
    assert found.unknown == {"SAMPLE_SHORTFALL": 50}


def test_each_decision_can_be_listed() -> None:
    listed = list(needs(DRAFT, stored(), coverage=KNOWN))
    assert [each.decision_id for each in listed if each.reviews == 2] == [f"LN-{i}" for i in range(90, 100)]


def test_the_attention_budget_tells_staffed_tight_short_and_unknown() -> None:
    hundred = Decimal(100)
    assert attention_budget(Decimal(85), hundred).state == "staffed"
    assert attention_budget(Decimal(86), hundred).state == "tight"
    short = attention_budget(Decimal(101), hundred)
    assert (short.state, short.sentence) == (
        "shortfall",
        "Reviewers have not time enough: 101 minutes needed, 100 available.",
    )
    assert attention_budget(None, hundred).state == "unknown"
    assert attention_budget(Decimal(1), Decimal(0)).state == "shortfall"


def test_minutes_come_from_the_median_of_the_past() -> None:
    assert minutes_by_class({"a": [60_000, 180_000, 600_000], "b": [60_000, 120_000], "c": []}) == {
        "a": Decimal(3),
        "b": Decimal("1.5"),
    }
