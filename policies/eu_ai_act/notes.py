"""Warnings beside a classification: bans not yet applicable, open readings, what else to check."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from policies.eu_ai_act.conditions import State
from policies.eu_ai_act.duties import Duty
from policies.eu_ai_act.engine import Case
from policies.eu_ai_act.law import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A coded warning: English ``text``, the rule it is about (if any) and the date it turns on (if any)."""

    code: str
    text: str
    rule: str = ""
    applies_from: date | None = None


def warnings(case: Case, duties: tuple[Duty, ...], open_tasks: tuple[str, ...]) -> tuple[Note, ...]:
    """All notes of a case, in a fixed order."""
    return (
        *_bans(case),
        *_dates(case, duties),
        *_derogation(case, open_tasks),
        *_checks(case),
    )


def _note(case: Case, code: str, *, rule: str = "", day: date | None = None, **values: object) -> Note:
    text = case.law.warnings[code].format(date=day, on_date=case.on_date, **values)
    return Note(code=code, text=text, rule=rule, applies_from=day)


def _bans(case: Case) -> Iterator[Note]:
    def about(code: str, rule: Rule) -> Note:
        return _note(case, code, rule=rule.id, day=case.law.day(rule.date), basis=", ".join(rule.basis))

    yield from (about("BAN_APPLIES", rule) for rule in case.fired if rule.stage == "prohibited")
    yield from (about("BAN_ENACTED_NOT_APPLICABLE", rule) for rule in case.banned_later)


def _dates(case: Case, duties: tuple[Duty, ...]) -> Iterator[Note]:
    if case.on_date < case.law.head.in_force_from:
        yield _note(case, "OUTSIDE_LAW_VERSION", day=case.law.head.in_force_from)
    high = [duty for duty in duties if duty.date_rows[1] in ("D07", "D08")]
    first = min((duty.operative_from for duty in high if duty.operative_from), default=None)
    if case.facts.get("is.high_risk") is State.TRUE and first:
        if first > case.on_date:
            yield _note(case, "HIGH_RISK_NOT_YET_APPLICABLE", day=first)
        if case.answers.get("placed_before_high_risk_date", "unsure") == "unsure":
            yield _note(case, "LEGACY_DATE_OPEN", rule="ART111-2-LEGACY", day=first)
    split = [duty for duty in duties if duty.formal_from != duty.operative_from and duty.operative_from]
    if split:
        yield _note(case, "OPEN_READING", day=split[0].operative_from, formal=split[0].formal_from)
    marking = [duty for duty in duties if duty.id == "art-50-2"]
    if marking and case.answers.get("placed_before_2026_08_02", "unsure") == "unsure":
        yield _note(case, "MARKING_DATE_OPEN", rule="ART111-4", day=marking[0].operative_from)


def _derogation(case: Case, open_tasks: tuple[str, ...]) -> Iterator[Note]:
    if open_tasks:
        yield _note(case, "DEROGATION_TASKS_OPEN", rule="ART6-3-DEROGATED", tasks=", ".join(open_tasks))
    if case.answers.get("Q26") == "yes" and case.answers.get("provider_statement") == "yes":
        yield _note(case, "STATEMENT_CONFLICTS", rule="ART6-3-PROFILING")


def _checks(case: Case) -> Iterator[Note]:
    if case.facts.get("is.annex_iii_1_6_7") is State.TRUE:
        yield _note(case, "LAWFUL_USE")
    fired = case.fired_ids()
    if "ANNEX-III-5B" in fired or case.answers.get("significant_effect") == "yes":
        yield _note(case, "GDPR_22")
    kept = sorted((case.outcomes | case.flags) - {"OUT_OF_SCOPE", "MINIMAL"})
    if case.answers.get("Q3f") == "yes" and kept:
        yield _note(case, "OPEN_SOURCE_NOT_FREED", rule="SCOPE-2-12", outcomes=", ".join(kept))
    if "ART50-4-DEEP-FAKE" in fired and case.answers.get("Q33d") == "yes":
        yield _note(case, "PUBLIC_IS_SOFTENED", rule="ART50-4-DEEP-FAKE")
