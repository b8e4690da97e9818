"""From counts to the observed mode and to the consistency rules."""

from audit.oversight import OversightCounts
from audit.oversight.declared import mode_seen, observed_counts
from policies.oversight.consistency import Declared, consistency
from policies.oversight.modes import Mode
from tests.audit.oversight.test_counts import counted
from tests.policies.oversight.builders import decision, needing, review

SOUND = Declared(mode=Mode.HITL, stop_procedure=True)


def many(n: int, held: OversightCounts) -> OversightCounts:
    return OversightCounts({cell: n * count for cell, count in held.cells.items()})


def test_what_the_policy_lets_through_is_no_missing_review_for_the_mode_and_one_for_the_rules() -> None:
    free = needing(reviews=0)
    held = many(60, counted(decision(review()))) + many(40, counted(decision(), free))
    seen = mode_seen(held, declared=Mode.HITL)
    assert (seen.observed.mode, seen.observed.agrees) == (Mode.HITL, True)
    assert seen.intervals["reviewed_before_execution"].n == 60
    found = {each.code: each for each in consistency(SOUND, observed_counts(held))}
    assert found["HITL_CONTRADICTED"].evidence == {"k": 40, "n": 100}


def test_a_review_after_execution_is_no_person_before_it() -> None:
    held = many(50, counted(decision(review(minutes=11))))
    assert held["person_before"] == 0
    seen = mode_seen(held, declared=Mode.HITL)
    assert (seen.observed.mode, seen.observed.agrees) == (Mode.HOOTL, False)


def test_on_the_loop_rests_on_alerts_or_watch() -> None:
    held = many(50, counted(decision(), needing(reviews=0)))
    assert mode_seen(held, declared=Mode.HOTL).observed.agrees is False
    assert mode_seen(held, declared=Mode.HOTL, alerts=(9, 10)).observed.agrees is True
    watched = mode_seen(held, declared=Mode.HOTL, watch_minutes=(9612.0, 10080.0))
    assert watched.observed.mode is Mode.HOTL
    assert round(watched.intervals["minutes_watched"].value or 0, 3) == 0.954
