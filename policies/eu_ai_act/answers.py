"""Reading answers: known ids, known values, one spelling. ``{question_id: yes | no | unsure | value}``."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from policies.eu_ai_act.law import Law, Question

OTHERWISE = "otherwise"
_SPELLINGS = {"yes": "yes", "y": "yes", "true": "yes", "no": "no", "n": "no", "false": "no", "unsure": "unsure"}


@dataclass(frozen=True, slots=True)
class AnswerProblem:
    """One answer that cannot be used: ``code`` is unknown_question, invalid_value or contradiction."""

    code: str
    question: str
    message: str


class InvalidAnswers(ValueError):
    """Answers that cannot be used; ``problems`` names each with what would be right."""

    code = "invalid_answers"

    def __init__(self, problems: tuple[AnswerProblem, ...]) -> None:
        self.problems = problems
        super().__init__("; ".join(problem.message for problem in problems))


@dataclass(frozen=True, slots=True)
class ReadAnswers:
    """Normalised answers by question id, and what the general answer ``otherwise`` says (empty: nothing)."""

    given: Mapping[str, str]
    otherwise: str


def read_answers(answers: Mapping[str, str], law: Law) -> ReadAnswers:
    """Normalise answers. A number such as ``Q16`` may carry ``no`` or ``unsure`` for all its letters.

    ``otherwise: no`` (or ``unsure``) answers every yes/no screening question that is asked and not named; it never
    reaches a question whose "no" would lower the outcome. Raises InvalidAnswers.
    """
    given: dict[str, str] = {}
    groups: dict[str, str] = {}
    problems: list[AnswerProblem] = []
    otherwise = ""
    for name, value in answers.items():
        try:
            if name == OTHERWISE:
                otherwise = _one_of(name, value, ("no", "unsure"))
            elif name in law.questions:
                given[name] = _value(law.questions[name], value)
            elif law.group(str(name)):
                groups[name] = _group(name, value, law)
            else:
                raise InvalidAnswers((_unknown(str(name), law),))
        except InvalidAnswers as error:
            problems += error.problems
    problems += _spread(groups, given, law)
    if problems:
        raise InvalidAnswers(tuple(problems))
    return ReadAnswers(given, otherwise)


def _spread(groups: Mapping[str, str], given: dict[str, str], law: Law) -> list[AnswerProblem]:
    problems = []
    for name, value in groups.items():
        for letter in law.group(name):
            if value == "no" and given.get(letter, "no") != "no":
                text = f"{name} is no but {letter} is {given[letter]}; answer the letters only"
                problems.append(AnswerProblem("contradiction", name, text))
            given.setdefault(letter, value)
    return problems


def _value(question: Question, value: str) -> str:
    text = str(value).strip()
    if text.casefold() == "unsure":
        return "unsure"
    match question.kind:
        case "yes_no":
            return _one_of(question.id, text, ("yes", "no", "unsure"))
        case "number":
            return _number(question.id, text)
        case "choice":
            return _choice(question, [text])
        case _:
            return _choice(question, [part for part in text.replace("+", ",").split(",") if part.strip()])


def _choice(question: Question, parts: list[str]) -> str:
    known = {value.casefold(): value for value in question.values}
    chosen = [known.get(part.strip().casefold(), "") for part in parts]
    if not chosen or "" in chosen:
        raise _invalid(question.id, ",".join(parts), [*question.values, "unsure"])
    return ",".join(value for value in question.values if value in chosen)


def _number(question: str, text: str) -> str:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise _invalid(question, text, ["a number such as 3e25", "unsure"]) from None
    if not number.is_finite() or number < 0:
        raise _invalid(question, text, ["a number that is not negative", "unsure"])
    return str(number)


def _one_of(question: str, value: str, allowed: tuple[str, ...]) -> str:
    spelled = _SPELLINGS.get(str(value).strip().casefold(), "")
    if spelled not in allowed:
        raise _invalid(question, str(value), list(allowed))
    return spelled


def _group(name: str, value: str, law: Law) -> str:
    spelled = _SPELLINGS.get(str(value).strip().casefold(), "")
    if spelled not in ("no", "unsure"):
        letters = ", ".join(law.group(name))
        text = f"{name}: {value!r} says too little; answer its letters one by one: {letters}"
        raise InvalidAnswers((AnswerProblem("invalid_value", name, text),))
    return spelled


def _invalid(question: str, value: str, allowed: list[str]) -> InvalidAnswers:
    text = f"{question}: {value!r} is not an answer; use {', '.join(allowed)}"
    return InvalidAnswers((AnswerProblem("invalid_value", question, text),))


def _unknown(name: str, law: Law) -> AnswerProblem:
    near = difflib.get_close_matches(name, [*law.questions, OTHERWISE], n=3, cutoff=0.5)
    hint = f"did you mean {', '.join(near)}?" if near else "see 'custodes classify --questions' for the ids"
    return AnswerProblem("unknown_question", name, f"there is no question {name!r}; {hint}")
