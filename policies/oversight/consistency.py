"""Does what was declared agree with what the log shows? The eight consistency rules on Art 14 and GDPR 22.

Thresholds are questions to ask, not verdicts of law. Shares rest on the counts given; the caller adds intervals.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from policies.oversight.modes import Mode

TOKEN_SHARE = 0.25  # share of too fast reviews from which oversight is in question (our choice)


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What the register says. ``None``: nobody said."""

    tiers: tuple[str, ...] = ()
    mode: Mode | None = None
    annex_iii: tuple[str, ...] = ()  # points, such as "1(a)"
    affects_persons: bool | None = None  # legal or similarly significant effect
    overseers_valid: int | None = None  # people with valid training and authority
    two_person: bool | None = None  # the policy asks for two people
    stop_procedure: bool | None = None
    last_stop_drill: date | None = None
    tier_lowered_by_mode: bool | None = None  # the classification gives the mode as reason for a lower tier


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What the log shows in a period, as counts. ``None``: not measured, which is not 0."""

    executed: int = 0
    reviewed_before_execution: int | None = None
    executed_without_person: int | None = None
    two_person: int | None = None
    timed_reviews: int | None = None
    too_fast: int | None = None
    alerts_raised: int | None = None
    alerts_acknowledged: int | None = None
    watch_events: int | None = None


@dataclass(frozen=True, slots=True)
class Inconsistency:
    """One finding: ``evidence`` fills ``sentence``; ``state`` is contradicted, gap, question or unknown."""

    code: str
    rule: int
    basis: str
    state: str
    evidence: Mapping[str, Any]
    template: str

    @property
    def sentence(self) -> str:
        return self.template.format_map(self.evidence)


def consistency(declared: Declared, observed: Observed) -> tuple[Inconsistency, ...]:
    """Return the findings of the eight rules, in their order."""
    rules = (_overseers, _two_persons, _solely_automated, _not_reviewed, _token, _nobody_watched, _stop, _tier)
    return tuple(finding for rule in rules for finding in rule(declared, observed))


def _overseers(declared: Declared, observed: Observed) -> Iterator[Inconsistency]:
    if "high_risk" not in declared.tiers:
        return
    if declared.mode is None:
        yield Inconsistency(
            "MODE_MISSING", 1, "Art 26(2), 14(4)", "gap", {}, "High-risk, and no oversight mode is declared."
        )
    if declared.overseers_valid is None or declared.overseers_valid == 0:
        state = "unknown" if declared.overseers_valid is None else "gap"
        yield Inconsistency(
            "NO_VALID_OVERSEER",
            1,
            "Art 26(2), 14(4)",
            state,
            {"n": "unknown" if declared.overseers_valid is None else 0},
            "High-risk, and overseers with valid training and authority: {n}.",
        )


def _two_persons(declared: Declared, observed: Observed) -> Iterator[Inconsistency]:
    if "1(a)" not in declared.annex_iii:
        return
    if declared.mode is not Mode.HITL or not declared.two_person:
        yield Inconsistency(
            "TWO_PERSONS_NOT_DECLARED",
            2,
            "Art 14(5)",
            "gap",
            {"mode": declared.mode or "none"},
            "Remote biometric identification needs two people to verify; declared mode: {mode}.",
        )
    if observed.two_person is not None and observed.two_person < observed.executed:
        yield Inconsistency(
            "TWO_PERSONS_NOT_OBSERVED",
            2,
            "Art 14(5)",
            "contradicted",
            {"k": observed.two_person, "n": observed.executed},
            "Two people verified {k} of {n} executed decisions before they took effect.",
        )


def _solely_automated(declared: Declared, observed: Observed) -> Iterator[Inconsistency]:
    if declared.mode in (Mode.HOTL, Mode.HIC, Mode.HOOTL) and declared.affects_persons is not False:
        yield Inconsistency(
            "SOLELY_AUTOMATED",
            3,
            "GDPR Art 22",
            "question" if declared.affects_persons else "unknown",
            {"mode": declared.mode},
            "Mode {mode} with legal or similarly significant effects on people: is it solely automated?",
        )


def _not_reviewed(declared: Declared, observed: Observed) -> Iterator[Inconsistency]:
    if declared.mode is not Mode.HITL or observed.executed == 0:
        return
    if observed.reviewed_before_execution is None:
        yield Inconsistency(
            "HITL_UNKNOWN",
            4,
            "Art 14, GDPR Art 22",
            "unknown",
            {"n": observed.executed},
            "Whether a person reviewed the {n} executed decisions before execution was not recorded.",
        )
    elif observed.reviewed_before_execution < observed.executed or observed.executed_without_person:
        without = observed.executed - observed.reviewed_before_execution
        if observed.executed_without_person is not None:
            without = max(without, observed.executed_without_person)
        yield Inconsistency(
            "HITL_CONTRADICTED",
            4,
            "Art 14, GDPR Art 22",
            "contradicted",
            {"k": without, "n": observed.executed},
            "Human in the loop is declared; {k} of {n} decisions were executed without a person's prior review.",
        )


def _token(declared: Declared, observed: Observed) -> Iterator[Inconsistency]:
    if declared.mode is not Mode.HITL or not observed.timed_reviews or observed.too_fast is None:
        return
    if observed.too_fast > TOKEN_SHARE * observed.timed_reviews:
        yield Inconsistency(
            "TOKEN_REVIEW",
            5,
            "GDPR Art 22, Art 14(4)(b)",
            "question",
            {"k": observed.too_fast, "n": observed.timed_reviews},
            "{k} of {n} timed reviews were faster than anyone can read the case: is a person really deciding?",
        )


def _nobody_watched(declared: Declared, observed: Observed) -> Iterator[Inconsistency]:
    if declared.mode is not Mode.HOTL or observed.executed == 0:
        return
    watched, acknowledged = observed.watch_events, observed.alerts_acknowledged
    if not watched and not acknowledged:
        state = "unknown" if watched is None and acknowledged is None else "contradicted"
        yield Inconsistency(
            "HOTL_CONTRADICTED",
            6,
            "Art 14(4)(a), 14(4)(e)",
            state,
            {"n": observed.executed},
            "Human on the loop is declared; over {n} executed decisions the log holds no watch and no alert answered.",
        )


def _stop(declared: Declared, observed: Observed) -> Iterator[Inconsistency]:
    if not declared.stop_procedure:
        state = "unknown" if declared.stop_procedure is None else "gap"
        yield Inconsistency("NO_STOP_PROCEDURE", 7, "Art 14(4)(e)", state, {}, "No stop procedure is on record.")
    if declared.last_stop_drill is None:
        yield Inconsistency("STOP_NEVER_DRILLED", 7, "Art 14(4)(e)", "gap", {}, "The stop was never drilled.")


def _tier(declared: Declared, observed: Observed) -> Iterator[Inconsistency]:
    if declared.tier_lowered_by_mode:
        yield Inconsistency(
            "MODE_LOWERED_TIER",
            8,
            "Art 6(3)",
            "gap",
            {"mode": declared.mode or "none"},
            "The tier was lowered because of mode {mode}; only Art 6(3) can lower it.",
        )
