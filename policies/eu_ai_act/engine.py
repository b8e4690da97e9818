"""The stages of the wizard: scope, Art 5, Annex I, Annex III, Art 6(3), Art 50, Chapter V, role flips, transition.

Rules are data; only what needs all of them at once (derogated or not, minimal or not) is decided here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from policies.eu_ai_act.conditions import State, either, evaluate, negate
from policies.eu_ai_act.law import Law, Question, Rule

_POINT_FACTS = {
    "is.annex_iii_1": {"1"},
    "is.annex_iii_2": {"2"},
    "is.annex_iii_2_to_8": {"2", "3", "4", "5", "6", "7", "8"},
    "is.annex_iii_not_2": {"1", "3", "4", "5", "6", "7", "8"},
    "is.annex_iii_1_6_7": {"1", "6", "7"},
}
_RULE_FACTS = {
    "is.annex_iii_1a": {"ANNEX-III-1A", "ANNEX-III-1A-AIMS"},
    "is.annex_iii_5b_5c": {"ANNEX-III-5B", "ANNEX-III-5C"},
}


@dataclass
class Case:
    """What is established so far for one set of answers on one date."""

    law: Law
    answers: Mapping[str, str]
    on_date: date
    facts: dict[str, State] = field(default_factory=dict)
    fired: list[Rule] = field(default_factory=list)
    banned_later: list[Rule] = field(default_factory=list)
    outcomes: set[str] = field(default_factory=set)
    flags: set[str] = field(default_factory=set)
    _asked: tuple[Question, ...] | None = None  # filled once, when every fact is established

    def state(self, rule: Rule) -> State:
        """Truth of a rule's condition; MISSING for a rule the engine decides."""
        return evaluate(rule.when, self.answers, self.facts) if rule.when else State.MISSING

    def fire(self, rules: Iterable[Rule]) -> dict[str, State]:
        """Evaluate rules, keep those that are certain, return every state by rule id."""
        states = {}
        for rule in rules:
            states[rule.id] = self.state(rule)
            if states[rule.id] is State.TRUE:
                self.fired.append(rule)
        return states

    def fired_ids(self) -> set[str]:
        """Ids of the rules that fired so far."""
        return {rule.id for rule in self.fired}

    def is_asked(self, question: Question) -> bool:
        """Whether this question matters on this path (a condition that rests on "unsure" still asks)."""
        if question.section_unless and self._holds(question.section_unless) is State.TRUE:
            return False
        gates = (question.section_when, question.ask_when)
        return all(self._holds(gate) in (State.TRUE, State.UNSURE) for gate in gates if gate)

    def is_ruled_out(self, question: Question) -> bool:
        """Whether this question certainly does not matter here; unlike "not asked", an open gate is no such proof."""
        if question.section_unless and self._holds(question.section_unless) is State.TRUE:
            return True
        return any(self._holds(gate) is State.FALSE for gate in (question.section_when, question.ask_when) if gate)

    def _holds(self, condition: object) -> State:
        return evaluate(condition, self.answers, self.facts)  # type: ignore[arg-type]


def establish(law: Law, answers: Mapping[str, str], on_date: date) -> Case:
    """Run every stage over normalised answers. Pure; the same input gives the same case."""
    case = Case(law, answers, on_date)
    _scope(case)
    if case.facts["is.out_of_scope"] is State.TRUE:
        _out_of_scope(case)
        return case
    _prohibited(case)
    if case.facts["is.prohibited"] is State.TRUE:
        case.outcomes.add("PROHIBITED")
        _review(case)
        return case
    _annex_i(case)
    _annex_iii(case)
    _transparency(case)
    _gpai(case)
    case.fire(law.stage("flips"))
    case.fire(law.stage("transition"))
    _review(case)
    _close(case)
    return case


def _scope(case: Case) -> None:
    states = case.fire(case.law.stage("scope"))
    case.facts["is.out_of_scope"] = either(states.values())
    not_a_system, no_link = states["SCOPE-NOT-AI"], states["SCOPE-NO-EU-LINK"]
    # Art 2(1)(a) also covers models, so "not a system" alone does not end the questions.
    case.facts["is.model_only"] = negate(either([negate(not_a_system), no_link]))


def _out_of_scope(case: Case) -> None:
    if case.facts["is.model_only"] is State.TRUE:
        _gpai(case)
        case.fire(rule for rule in case.law.stage("transition") if rule.id == "ART111-3")
    _review(case)
    if not case.flags and case.answers.get("Q40") != "unsure":
        case.outcomes.add("OUT_OF_SCOPE")


def _prohibited(case: Case) -> None:
    applicable = []
    for rule in case.law.stage("prohibited"):
        day, state = case.law.day(rule.date), case.state(rule)
        if day and day <= case.on_date:
            applicable.append(state)
            if state is State.TRUE:
                case.fired.append(rule)
        elif state is State.TRUE:
            case.banned_later.append(rule)
    case.facts["is.prohibited"] = either(applicable)


def _annex_i(case: Case) -> None:
    states = case.fire(case.law.stage("annex_i"))
    case.facts["is.annex_i_a"] = states["ANNEX-I-A"]
    case.outcomes |= {r.outcome for r in case.law.stage("annex_i") if r.outcome and states[r.id] is State.TRUE}


def _annex_iii(case: Case) -> None:
    rules = case.law.stage("annex_iii")
    states = case.fire(rules)
    case.facts["is.annex_iii"] = hit = either(states.values())
    for fact, points in _POINT_FACTS.items():
        case.facts[fact] = either(states[rule.id] for rule in rules if rule.point in points)
    for fact, ids in _RULE_FACTS.items():
        case.facts[fact] = either(states[rule_id] for rule_id in ids)
    case.facts["is.derogated_by_provider"] = State.FALSE
    if hit is State.TRUE:
        hit = _derogation(case)
    case.facts["is.high_risk_annex_iii"] = hit
    case.facts["is.high_risk"] = either([hit, case.facts["is.annex_i_a"]])


def _derogation(case: Case) -> State:
    """Art 6(3): high-risk unless an exception is certain. Returns whether it stays high-risk."""
    states: dict[str, State] = {}
    for rule in case.law.stage("derogation"):
        if rule.when is None:
            continue
        states |= case.fire([rule])
        if rule.id == "ART6-3-DEROGATED" and states[rule.id] is State.TRUE:
            case.facts["is.derogated_by_provider"] = State.TRUE
    exceptions = [rule for rule in case.law.stage("derogation") if rule.outcome and rule.when]
    if any(states[rule.id] is State.TRUE for rule in exceptions):
        case.outcomes.add("ANNEX_III_NOT_HIGH_RISK")
        return State.FALSE
    case.fired.append(case.law.rules["ART6-2"])
    case.outcomes.add("HIGH_RISK_ANNEX_III")
    return State.TRUE


def _transparency(case: Case) -> None:
    states = case.fire(case.law.stage("transparency"))
    case.facts["is.art_50_2"] = states["ART50-2"]
    case.outcomes |= {r.outcome for r in case.law.stage("transparency") if r.outcome and states[r.id] is State.TRUE}


def _gpai(case: Case) -> None:
    states = case.fire(case.law.stage("gpai"))
    case.flags |= {rule.outcome for rule in case.law.stage("gpai") if states[rule.id] is State.TRUE}
    systemic = [states[rule.id] for rule in case.law.stage("gpai") if rule.outcome == "GPAI_SYSTEMIC"]
    case.facts["is.gpai_systemic"] = either(systemic)


def asked(case: Case) -> tuple[Question, ...]:
    """Questions that matter on this path, in order, whether answered or not."""
    if case._asked is None:
        case._asked = tuple(question for question in case.law.questions.values() if case.is_asked(question))
    return case._asked


def unsure(case: Case) -> tuple[str, ...]:
    """Asked questions answered "unsure", and unsure scope answers that came before the end of the path."""
    first = ("scope", "roles", "exclusions")
    on_path = {question.id for question in asked(case)}
    return tuple(
        question.id
        for question in case.law.questions.values()
        if case.answers.get(question.id) == "unsure" and (question.id in on_path or question.section in first)
    )


def open_questions(case: Case, *, affects: str) -> tuple[str, ...]:
    """Asked and required questions without an answer, by what they affect: ``outcome`` or ``duties``."""
    return tuple(
        question.id
        for question in asked(case)
        if question.required and question.affects == affects and question.id not in case.answers
    )


def _review(case: Case) -> None:
    if unsure(case):
        case.outcomes.add("NEEDS_LEGAL_REVIEW")
        case.fired.append(case.law.rules["REVIEW-UNSURE"])


def _close(case: Case) -> None:
    """Nothing is lowered while an answer is open: an empty set of outcomes means "not classified yet"."""
    if case.outcomes or open_questions(case, affects="outcome"):
        return
    if case.answers.get("Q3f") == "yes" and not case.flags:
        case.fired.append(case.law.rules["SCOPE-2-12"])
        case.outcomes.add("OUT_OF_SCOPE")
    elif not case.flags:
        case.fired.append(case.law.rules["MINIMAL"])
        case.outcomes.add("MINIMAL")
