"""Every measure against the printed examples of the design and against scipy, from planted counts."""

import math
from datetime import timedelta

import pytest
from scipy import stats

from audit.oversight import Drill, Extras, GroupStep, OversightCounts, Shift, claims, measures, pillars
from audit.oversight.measure import Measure, Thresholds, needed_for
from audit.oversight.measures import signal_detection
from audit.oversight.power import stop_drills
from audit.oversight.sequences import approval_runs, human_step
from audit.statistics import Interval, run_length_beyond, wilson, zero_event_upper

WINDOW = (None, None)


def counts(**cells: int) -> OversightCounts:
    """``m1__confirm=5`` is the cell ("m1", "confirm")."""
    return OversightCounts({tuple(name.split("__")): n for name, n in cells.items()})


def one(name: str, held: OversightCounts, extras: Extras | None = None) -> Measure:
    return next(each for each in measures(held, window=WINDOW, extras=extras) if each.id == name)


def shown(figure: Interval | None, digits: int = 1) -> list[float]:
    assert figure is not None
    assert figure.low is not None
    assert figure.high is not None
    return [round(figure.low * 100, digits), round(figure.high * 100, digits)]


def test_override_rate_of_the_design() -> None:
    measure = one("M1", counts(m1__confirm=198, m1__override=2))
    assert measure.value == 0.01
    assert shown(measure.interval, 2) == [0.27, 3.57]


def test_worked_example_a_to_the_printed_digit() -> None:
    """HITL credit, one month: 1,240 needed review, 4 were not; 31 overrides in 1,236; 62 too fast."""
    month = counts(
        required=1240,
        breach=4,
        executed=1240,
        breach_code__UNREVIEWED=4,
        m1__confirm=1205,
        m1__override=31,
        timed=1236,
        too_fast=62,
        submitted=1236,
    )
    m10 = one("M10", month)
    assert "4 of 1,240 executed decisions" in m10.text
    assert "0.32 % [0.13, 0.83]" in m10.text
    assert m10.verdict == "contradicts"
    panel = wilson(9, 120)
    assert shown(panel) == [4.0, 13.6]
    m1 = one("M1", month, Extras(ai_error=panel))
    assert "2.5 % [1.8, 3.5]" in m1.text
    assert m1.data["alert"] is False
    m3 = one("M3", month)
    assert "5.0 % [3.9, 6.4]" in m3.text
    assert m3.verdict == "supports"
    assert shown(wilson(33, 40)) == [68.1, 91.3]
    assert shown(wilson(3, 40)) == [2.6, 19.9]
    assert pytest.approx(0.13, abs=0.005) == 0.075 * 0.825 + 0.925 * 0.075
    first = pillars(measures(month, window=WINDOW))[0]
    assert (first.id, first.verdict, first.weakest) == ("P1", "contradicted", "M10")


def test_worked_example_b_sample_and_drills() -> None:
    """HOTL network, one week: 451 of 480 sampled, 3 errors; four clean drills bound failure at 52.7 % only."""
    assert round(451 / 480 * 100, 1) == 94.0
    errors = wilson(3, 451)
    assert (round((errors.value or 0) * 100, 2), shown(errors, 2)) == (0.67, [0.23, 1.94])
    assert round(9612 / 10080 * 100, 1) == 95.4
    drill = Drill("D-1", timedelta(seconds=80), in_flight=1, leaked=0, target=timedelta(minutes=5))
    measure = stop_drills([drill] * 4, WINDOW, Thresholds())
    assert "bounded at 52.7 %" in measure.text
    assert measure.data["in_flight"] == 4
    assert measure.verdict == "supports"
    leaking = Drill("D-2", timedelta(seconds=80), in_flight=1, leaked=1, target=timedelta(minutes=5))
    assert stop_drills([drill, leaking], WINDOW, Thresholds()).verdict == "contradicts"
    slow = Drill("D-3", timedelta(seconds=301), in_flight=1, leaked=0, target=timedelta(minutes=5))
    assert stop_drills([slow], WINDOW, Thresholds()).verdict == "contradicts"
    assert stop_drills([drill], WINDOW, Thresholds()).verdict == "insufficient"


def test_worked_example_c_the_human_step_crosses_four_fifths() -> None:
    before, after = Interval(0.42 / 0.50, None, None, 500, "x", 0.95), Interval(0.38 / 0.50, None, None, 500, "x", 0.95)

    def step(low: float, high: float) -> GroupStep:
        return GroupStep("sex", "F", before, after, Interval(-0.08, low, high, 500, "paired", 0.95))

    sure = human_step([step(-0.12, -0.04)], WINDOW)
    assert "0.84 by the system alone, 0.76 after people" in sure.text
    assert sure.verdict == "contradicts"
    assert sure.data["crossed"] == 1
    assert sure.value == pytest.approx(-0.08)
    assert human_step([step(-0.20, 0.04)], WINDOW).verdict == "insufficient"
    assert human_step([], WINDOW).value is None


@pytest.mark.parametrize(
    ("hits", "wrong", "alarms", "right", "d", "c"),
    [(41, 50, 60, 950, 2.42, 0.32), (2, 40, 4, 960, 1.05, 2.07)],
)
def test_signal_detection_of_the_design_and_of_scipy(
    hits: int, wrong: int, alarms: int, right: int, d: float, c: float
) -> None:
    figure, criterion = signal_detection(hits, wrong, alarms, right)
    assert figure.value is not None
    assert (round(figure.value, 2), round(criterion, 2)) == (d, c)
    h, f = (hits + 0.5) / (wrong + 1), (alarms + 0.5) / (right + 1)
    assert figure.value == pytest.approx(stats.norm.ppf(h) - stats.norm.ppf(f), abs=1e-9)
    variance = h * (1 - h) / (wrong + 1) / stats.norm.pdf(stats.norm.ppf(h)) ** 2
    variance += f * (1 - f) / (right + 1) / stats.norm.pdf(stats.norm.ppf(f)) ** 2
    assert figure.low == pytest.approx(figure.value - stats.norm.ppf(0.975) * math.sqrt(variance), abs=1e-9)


def test_the_same_override_rate_can_hide_opposite_discrimination() -> None:
    reader = counts(truth__0__1__1=20, truth__0__0__0=5, truth__1__1__0=475)
    guesser = counts(truth__0__1__1=1, truth__0__0__0=24, truth__1__1__0=456, truth__1__0__1=19)
    assert one("M5b", reader).verdict == "supports"
    assert one("M5b", guesser).verdict == "contradicts"


def test_value_added_is_the_paired_difference_and_mcnemar() -> None:
    held = counts(truth__1__1__0=900, truth__0__1__1=40, truth__1__0__1=10, truth__0__0__0=50)
    measure = one("M6", held)
    assert measure.value == pytest.approx(0.03)
    assert measure.data["p"].value == pytest.approx(stats.chi2.sf(30**2 / 50, 1))
    assert measure.verdict == "supports"
    few = one("M6", counts(truth__1__1__0=900, truth__0__1__1=20, truth__1__0__1=4))
    assert few.data["p"].value == pytest.approx(stats.binomtest(4, 24).pvalue)
    assert (few.verdict, few.needed_n) == ("insufficient", 1)
    worse = one("M6", counts(truth__1__1__0=900, truth__0__1__1=10, truth__1__0__1=40))
    assert worse.verdict == "contradicts"


def test_reliance_is_the_catch_rate_and_both_errors() -> None:
    held = counts(truth__0__1__1=41, truth__0__0__0=9, truth__1__0__1=60, truth__1__1__0=890)
    measure = one("M5", held)
    assert (measure.value, measure.n) == (0.82, 50)
    assert [round(part.interval.value or 0, 4) for part in measure.parts] == [0.18, 0.0632]
    assert measure.verdict == "insufficient"
    assert measure.needed_n is not None
    low = wilson(round(0.82 * measure.needed_n), measure.needed_n).low
    assert low is not None
    assert low >= 0.8


@pytest.mark.parametrize(("caught", "shown_"), [(16, 16), (20, 20), (29, 30), (37, 40), (46, 50), (88, 100)])
def test_the_table_of_what_claims_four_fifths(caught: int, shown_: int) -> None:
    low = wilson(caught, shown_).low
    below = wilson(caught - 1, shown_).low
    assert low is not None
    assert below is not None
    assert low >= 0.8 > below


def test_own_judgement_first_gives_rair_and_rsr_and_an_empty_one_is_not_available() -> None:
    held = counts(reliance__0__1__1=30, reliance__0__1__0=20, reliance__1__0__1=7, reliance__1__0__0=3)
    measure = one("M5a", held)
    assert "they were not in 60.0 %; stood by their own right judgement against it in 70.0 %" in measure.text
    assert measure.needed_n == 15
    assert one("M5a", OversightCounts()).value is None


def test_agreement_prints_ac1_beside_kappa() -> None:
    measure = one("M8", counts(pair__no__no=90, pair__no__yes=4, pair__yes__no=4, pair__yes__yes=2))
    assert "agreed in 92.0 % of 100 cases; AC1 0.91, kappa 0.29" in measure.text


def test_the_weighted_figure_gives_effective_n_and_flags_a_biased_sample() -> None:
    million = 1_000_000
    held = counts(
        truth__1__1__0=100,
        truth__0__1__1=20,
        weight__1__1__0=100 * 10 * million,
        weight__0__1__1=20 * million,
        weight_squared=(100 * 100 + 20) * million,
    )
    measure = one("M6b", held)
    assert measure.value == pytest.approx(20 / 1020)
    assert measure.data["effective"].value == pytest.approx(1020**2 / 10020)
    assert measure.data["biased"] is False
    biased = one("M6b", held + counts(truth_unweighted=5))
    assert (biased.data["biased"], biased.verdict) == (True, "insufficient")


def test_the_trend_over_confidence_falls_rises_or_cannot_be_told() -> None:
    def bands(*overrides: int) -> OversightCounts:
        cells = {}
        for i, k in enumerate(overrides):
            cells["m1_band", f"0.{5 + i}", "override"] = k
            cells["m1_band", f"0.{5 + i}", "confirm"] = 200 - k
        return OversightCounts(cells)

    assert one("M1c", bands(40, 30, 20, 10, 5)).data["shape"] == "falling"
    assert one("M1c", bands(5, 10, 20, 30, 40)).verdict == "contradicts"
    assert one("M1c", bands(20, 20, 20, 20, 20)).data["shape"] == "flat"
    assert one("M1c", bands(40, 5, 5)).data["shape"] == "too few bands to tell"


@pytest.mark.parametrize(
    ("rate", "one_percent", "one_permille"), [(0.02, 228, 342), (0.05, 90, 135), (0.1, 44, 66), (0.2, 21, 31)]
)
def test_run_lengths_of_the_design(rate: float, one_percent: int, one_permille: int) -> None:
    assert (run_length_beyond(rate, 0.01), run_length_beyond(rate, 0.001)) == (one_percent, one_permille)


def test_a_run_longer_than_chance_is_found_and_no_expectation_means_no_verdict() -> None:
    stamp = {"rev-1": Shift.of([False] * 300), "rev-2": Shift.of([i % 10 == 0 for i in range(300)])}
    found = approval_runs(stamp, 0.1, WINDOW)
    assert (found.verdict, found.data["suspect"], found.data["longest"]) == ("contradicts", 1, 300)
    assert approval_runs(stamp, None, WINDOW).verdict == "contradicts"  # each against the other
    assert approval_runs({"rev-1": stamp["rev-1"]}, None, WINDOW).verdict == "insufficient"
    assert approval_runs({"rev-2": stamp["rev-2"]}, 0.1, WINDOW).verdict == "supports"


def test_no_breach_is_bounded_and_an_unknown_one_is_not_none() -> None:
    clean = one("M10", counts(required=300, executed=300))
    assert (clean.verdict, clean.data["upper_bound"].value) == ("supports", zero_event_upper(300))
    assert "1.0 %" in clean.text
    assert one("M10", counts(required=300, breach_unknown=1)).verdict == "insufficient"
    assert one("M10", counts(required=29)).verdict == "insufficient"


def test_nothing_measured_is_not_available_and_never_zero() -> None:
    for measure in measures(OversightCounts(), window=WINDOW):
        if measure.id not in ("M4",):
            assert measure.value is None, measure.id
        assert measure.verdict == "insufficient", measure.id
        assert measure.n == 0
        assert "{" not in measure.text
    assert {pillar.verdict for pillar in pillars(measures(OversightCounts(), window=WINDOW))} == {
        "not_yet_demonstrated"
    }


def test_a_pillar_is_demonstrated_only_when_every_required_measure_supports() -> None:
    ready = counts(required=300, executed=300, qualified__yes=300, hop__in_time=40)
    drills = [Drill("D", timedelta(seconds=9), 0, 0, timedelta(minutes=5))] * 4
    found = {each.id: each for each in pillars(measures(ready, window=WINDOW, extras=Extras(drills=drills)))}
    assert found["P1"].verdict == "demonstrated"
    assert found["P3"].lacking[0] == "M3"
    assert "M7" in found["P3"].lacking
    unqualified = ready + counts(qualified__no=1)
    (first, *_) = pillars(measures(unqualified, window=WINDOW, extras=Extras(drills=drills)))
    assert (first.verdict, first.contradicting) == ("contradicted", ("M20",))


def test_claims_are_switched_by_evidence_and_say_what_is_missing() -> None:
    def state(held: OversightCounts) -> dict[str, tuple[bool, bool, str]]:
        return {each.id: (each.stands, each.withdrawn, each.why) for each in claims(measures(held, window=WINDOW))}

    good = state(counts(timed=1236, too_fast=62, submitted=1236))
    assert good["time_taken"][0]
    assert state(counts(timed=100, too_fast=50))["time_taken"][1]
    thin = state(counts(timed=40, too_fast=3))["time_taken"]
    assert thin[:2] == (False, False)
    assert "40 held" in thin[2]


@pytest.mark.parametrize(("rate", "bound"), [(0.9, 0.8), (0.99, 0.95), (1.0, 0.95)])
def test_the_needed_n_is_the_smallest_that_serves(rate: float, bound: float) -> None:
    n = needed_for(rate, above=bound)
    assert n is not None
    figure = wilson(round(rate * n), n)
    assert figure.low is not None
    assert figure.low >= bound
    assert needed_for(bound, above=bound) is None


def test_turnaround_needs_enough_reviews_for_each_quantile() -> None:
    held = OversightCounts({("turnaround", "500"): 28, ("sla", "in_time"): 28})
    labels = [part.label for part in one("M2", held).parts]
    assert labels == ["turnaround p50"]
    held = held + OversightCounts({("turnaround", "500"): 31})
    assert [part.label for part in one("M2", held).parts] == ["turnaround p50", "turnaround p90", "turnaround p95"]


def test_workload_needs_a_limit_in_the_policy_to_judge() -> None:
    held = counts(timed=400, active_ms=400 * 5 * 60_000, submitted=400)
    calm = {"rev-1": Shift(n=400, changed=20, hours={8: 100})}
    assert one("M9", held, Extras(shifts=calm)).value is None
    judged = one("M9", held, Extras(shifts=calm, max_per_hour=12))
    assert (judged.verdict, judged.value, judged.n) == ("supports", 0.0, 100)
    hurried = {"rev-1": Shift(n=400, changed=20, hours={8: 60, 20: 40})}
    driven = one("M9", held, Extras(shifts=hurried, max_per_hour=12))
    assert (driven.verdict, driven.value) == ("contradicts", 0.4)


def test_reasons_stamped_from_one_template_speak_against() -> None:
    held = counts(reasoned__yes=100, reason_text__aa=60, reason_text__bb=20, reason_text__cc=20)
    assert one("M15", held).verdict == "contradicts"
    varied = {("reason_text", f"t{i}"): 1 for i in range(95)} | {("reasoned", "yes"): 100}
    assert one("M15", OversightCounts(varied)).verdict == "supports"
