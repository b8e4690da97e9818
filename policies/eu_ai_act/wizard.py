"""What a wizard and a reader need: the questions in order, the next one and why, an explanation, a diff."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from policies.eu_ai_act import engine
from policies.eu_ai_act.answers import read_answers
from policies.eu_ai_act.classification import Classification
from policies.eu_ai_act.conditions import names
from policies.eu_ai_act.duties import Duty
from policies.eu_ai_act.law import Law, Question
from policies.eu_ai_act.loading import CURRENT_LAW


@dataclass(frozen=True, slots=True)
class NextQuestion:
    """The question to ask now. ``because``: given answers that make it matter; ``remaining``: asked after it."""

    question: Question
    because: Mapping[str, str]
    remaining: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One rule that fired, in words, with its provisions and the answers it rests on."""

    rule: str
    text: str
    basis: tuple[str, ...]
    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassificationDiff:
    """What changed between two classifications; empty tuples and equal pairs mean no change."""

    tier: tuple[str, str]
    law_version: tuple[str, str]
    outcomes_added: tuple[str, ...]
    outcomes_removed: tuple[str, ...]
    basis_added: tuple[str, ...]
    basis_removed: tuple[str, ...]
    rules_added: tuple[str, ...]
    rules_removed: tuple[str, ...]
    roles_added: tuple[str, ...]
    roles_removed: tuple[str, ...]
    duties_added: tuple[Duty, ...]
    duties_removed: tuple[Duty, ...]
    duties_moved: tuple[tuple[Duty, Duty], ...]

    @property
    def changed(self) -> bool:
        """Whether anything a reader must know has changed (a law version alone is not it)."""
        lists = (self.outcomes_added, self.outcomes_removed, self.basis_added, self.basis_removed)
        more = (self.rules_added, self.rules_removed, self.roles_added, self.roles_removed)
        duties = (self.duties_added, self.duties_removed, self.duties_moved)
        return self.tier[0] != self.tier[1] or any((*lists, *more, *duties))


def questions(law: Law = CURRENT_LAW) -> tuple[Question, ...]:
    """Every question in the order it is asked."""
    return tuple(law.questions.values())


def flip_questions(law: Law = CURRENT_LAW) -> tuple[Question, ...]:
    """The three questions of Art 25(1), asked again on every change record."""
    return tuple(law.questions[flip.id] for flip in law.flips)


def asked_questions(answers: Mapping[str, str], *, on_date: date, law: Law = CURRENT_LAW) -> tuple[Question, ...]:
    """Questions that matter for these answers, answered or not, in order. Raises InvalidAnswers."""
    return engine.asked(engine.establish(law, read_answers(answers, law).given, on_date))


def next_question(
    answers: Mapping[str, str], *, on_date: date, skipped: Collection[str] = (), law: Law = CURRENT_LAW
) -> NextQuestion | None:
    """The first question that matters and has no answer; None when done. ``skipped``: ids put off for now.

    Optional questions come too (``question.required`` says so). Raises InvalidAnswers.
    """
    given = read_answers(answers, law).given
    case = engine.establish(law, given, on_date)
    todo = [q for q in engine.asked(case) if q.id not in given and q.id not in skipped]
    if not todo:
        return None
    first = todo[0]
    gates = [gate for gate in (first.section_when, first.ask_when) if gate]
    because = {name: given[name] for gate in gates for name in names(gate) if name in given}
    return NextQuestion(first, because, len(todo) - 1)


def explain(result: Classification, law: Law = CURRENT_LAW) -> tuple[Reason, ...]:
    """The rules that fired, in order, in words. ``law`` must be the version the result names."""
    rules = [law.rules[rule_id] for rule_id in result.rules]
    return tuple(
        Reason(
            rule=rule.id,
            text=rule.text,
            basis=rule.basis,
            questions=tuple(n for n in names(rule.when) if n in law.questions) if rule.when else (),
        )
        for rule in rules
    )


def diff(old: Classification, new: Classification) -> ClassificationDiff:
    """What is new, gone or moved from ``old`` to ``new`` (answers, date or law version may differ)."""
    before = {(duty.id, duty.role): duty for duty in old.duties}
    after = {(duty.id, duty.role): duty for duty in new.duties}
    return ClassificationDiff(
        tier=(old.tier, new.tier),
        law_version=(old.law_version, new.law_version),
        outcomes_added=_minus(new.outcomes + new.flags, old.outcomes + old.flags),
        outcomes_removed=_minus(old.outcomes + old.flags, new.outcomes + new.flags),
        basis_added=_minus(new.legal_basis, old.legal_basis),
        basis_removed=_minus(old.legal_basis, new.legal_basis),
        rules_added=_minus(new.rules, old.rules),
        rules_removed=_minus(old.rules, new.rules),
        roles_added=_minus(new.roles, old.roles),
        roles_removed=_minus(old.roles, new.roles),
        duties_added=tuple(duty for key, duty in after.items() if key not in before),
        duties_removed=tuple(duty for key, duty in before.items() if key not in after),
        duties_moved=tuple(
            (before[key], duty) for key, duty in after.items() if key in before and _moved(before[key], duty)
        ),
    )


def suggest_roles(yes: Collection[str], law: Law = CURRENT_LAW) -> tuple[str, ...]:
    """Roles from the role wizard (section 2): ``yes`` holds the ids of its questions answered yes.

    Raises KeyError for an id the wizard does not have.
    """
    table = {question.id: question.roles for question in law.role_questions}
    chosen = {role for question in yes for role in table[question]}
    return tuple(role.id for role in law.roles if role.id in chosen)


def _minus(left: tuple[str, ...], right: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(item for item in left if item not in right)


def _moved(old: Duty, new: Duty) -> bool:
    left = (old.formal_from, old.operative_from, old.starts_when, old.certain)
    return left != (new.formal_from, new.operative_from, new.starts_when, new.certain)
