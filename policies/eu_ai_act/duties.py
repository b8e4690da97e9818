"""From outcomes, roles and facts to duties with dates (section 3.9; formal and operative dates of section 1.5)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from policies.eu_ai_act.conditions import Condition, Is, State, either, evaluate, names, negate
from policies.eu_ai_act.engine import Case
from policies.eu_ai_act.law import DutyDates, DutyRow

_SUPPLY = ("provider", "importer", "distributor", "authorised_representative", "product_manufacturer")
_HIGH_RISK_PROFILES = ("high_risk", "attached")


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """A duty of one role. ``certain`` False: it holds only if the facts in ``depends_on`` say so.

    ``operative_from`` None: it starts on the event named in ``starts_when``, not on a date.
    """

    id: str
    article: str
    role: str
    text: str
    formal_from: date | None
    operative_from: date | None
    date_rows: tuple[str, str]
    certain: bool = True
    depends_on: tuple[str, ...] = ()
    starts_when: str = ""


def select_duties(case: Case) -> tuple[Duty, ...]:
    """Duties of this case in the order of the law data, once per role."""
    facts = _facts(case)
    return tuple(duty for row in case.law.duties if _triggered(row, case) for duty in _per_role(row, case, facts))


def _facts(case: Case) -> dict[str, str]:
    """Answers for duties: a fact whose question certainly does not matter here counts as "no"."""
    ruled_out = {q.id: "no" for q in case.law.questions.values() if q.kind == "yes_no" and case.is_ruled_out(q)}
    return {**case.answers, **ruled_out}


def effective_roles(case: Case) -> tuple[str, ...]:
    """Declared roles, plus provider where Art 25(1) or 25(3) makes one."""
    declared = [role for role in case.answers.get("role", "").split(",") if role in _SUPPLY or role == "deployer"]
    if _becomes_provider(case) and "provider" not in declared:
        declared.append("provider")
    return tuple(declared)


def _becomes_provider(case: Case) -> bool:
    return any(rule.stage == "flips" for rule in case.fired)


def _triggered(row: DutyRow, case: Case) -> bool:
    held = case.outcomes | case.flags | case.fired_ids()
    if "OUT_OF_SCOPE" not in case.outcomes and case.facts["is.out_of_scope"] is not State.TRUE:
        held = held | {"in_scope"}
    if case.banned_later or "PROHIBITED" in case.outcomes:
        held = held | {"prohibited"}
    return bool(held & set(row.trigger))


def _per_role(row: DutyRow, case: Case, facts: Mapping[str, str]) -> Iterator[Duty]:
    for role in row.roles:
        binds = _role_state(role, case)
        holds = evaluate(row.when, facts, case.facts) if row.when else State.TRUE
        state = negate(either([negate(binds), negate(holds)]))
        if state is State.FALSE:
            continue
        open_facts = () if state is State.TRUE else _open_facts(row.when, binds, facts)
        yield _dated(row, role, case, certain=state is State.TRUE, depends_on=open_facts)


def _role_state(role: str, case: Case) -> State:
    if role == "gpai_provider" or (role == "provider" and _becomes_provider(case)):
        return State.TRUE
    return evaluate(Is("role", (role,)), case.answers, case.facts)


def _open_facts(when: Condition | None, binds: State, facts: Mapping[str, str]) -> tuple[str, ...]:
    mentioned = names(when) if when else ()
    if binds is not State.TRUE:
        mentioned = ("role", *mentioned)
    return tuple(n for n in mentioned if not n.startswith("is.") and facts.get(n, "unsure") == "unsure")


def _dated(row: DutyRow, role: str, case: Case, *, certain: bool, depends_on: tuple[str, ...]) -> Duty:
    rows = _date_rows(row, case)
    starts_when = case.law.dates[rows.operative].trigger
    return Duty(
        id=row.id,
        article=row.article,
        role=role,
        text=row.text,
        formal_from=case.law.day(rows.formal),
        operative_from=case.law.day(rows.operative),
        date_rows=(rows.formal, rows.operative),
        certain=certain,
        depends_on=depends_on,
        starts_when=starts_when,
    )


def _date_rows(row: DutyRow, case: Case) -> DutyDates:
    profile = case.law.profiles[row.profile]
    candidates = [profile[o] for o in (*sorted(case.outcomes), "any") if o in profile]
    if candidates[0].formal == "rule":
        return _ban_dates(case)
    rows = min(candidates, key=lambda pair: case.law.day(pair.operative) or date.max)
    moved = {rule.id: rule.date for rule in case.fired if rule.stage == "transition"}
    if row.profile in _HIGH_RISK_PROFILES:
        later = moved.get("ART111-2-LEGACY") or moved.get("ART111-2-PUBLIC")
        return DutyDates(formal=rows.formal, operative=later) if later else rows
    late_row = moved.get({"marking": "ART111-4", "gpai": "ART111-3"}.get(row.profile, ""))
    return DutyDates(formal=late_row, operative=late_row) if late_row else rows


def _ban_dates(case: Case) -> DutyDates:
    bans = [rule for rule in (*case.fired, *case.banned_later) if rule.stage == "prohibited"]
    first = min((rule.date for rule in bans), key=lambda row: case.law.day(row) or date.max)
    return DutyDates(formal=first, operative=first)
