"""Conditions of the law data: four-valued logic over answers and established facts.

TRUE and FALSE are certain; UNSURE rests on an answer "unsure", MISSING on a question nobody answered yet.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any


class State(Enum):
    """Truth of a condition; MISSING outweighs UNSURE because asking on may settle it."""

    TRUE = "true"
    FALSE = "false"
    UNSURE = "unsure"
    MISSING = "missing"


_OPPOSITE = {State.TRUE: State.FALSE, State.FALSE: State.TRUE}


class BadCondition(ValueError):
    """A condition in the law data that cannot be read."""

    code = "bad_condition"

    def __init__(self, raw: object, why: str) -> None:
        self.raw = raw
        super().__init__(f"{why}: {raw!r}; write {{question: value}}, {{all: [...]}}, {{any: [...]}} or {{not: ...}}")


@dataclass(frozen=True, slots=True)
class Is:
    """The answer to ``name`` is one of ``values`` (a multiple answer: one of its parts is)."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Over:
    """The number answered to ``name`` is strictly greater than ``limit``."""

    name: str
    limit: Decimal


@dataclass(frozen=True, slots=True)
class Not:
    part: "Condition"


@dataclass(frozen=True, slots=True)
class Every:
    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Some:
    parts: tuple["Condition", ...]


Condition = Is | Over | Not | Every | Some


def parse(raw: Any) -> Condition:
    """Read one condition from plain data. Raises BadCondition."""
    if not isinstance(raw, Mapping) or len(raw) != 1:
        raise BadCondition(raw, "a condition is a mapping with one key")
    ((key, value),) = raw.items()
    if key in ("all", "any"):
        if not isinstance(value, list) or not value:
            raise BadCondition(raw, f"'{key}' takes a list")
        parts = tuple(parse(part) for part in value)
        return Every(parts) if key == "all" else Some(parts)
    if key == "not":
        return Not(parse(value))
    if isinstance(value, str) and value.startswith("> "):
        try:
            return Over(key, Decimal(value[2:]))
        except InvalidOperation:
            raise BadCondition(raw, "a limit is a number") from None
    values = tuple(value) if isinstance(value, list) else (value,)
    if not all(isinstance(item, str) for item in values):
        raise BadCondition(raw, "values are text")
    return Is(key, values)


def evaluate(condition: Condition, answers: Mapping[str, str], facts: Mapping[str, State]) -> State:
    """Truth of a condition; names beginning with ``is.`` are looked up in ``facts``, all others in ``answers``."""
    match condition:
        case Is():
            return _leaf(condition.name, condition.values, answers, facts)
        case Over():
            return _over(answers.get(condition.name), condition.limit)
        case Not():
            return negate(evaluate(condition.part, answers, facts))
        case Every():
            return negate(either(negate(evaluate(part, answers, facts)) for part in condition.parts))
        case Some():
            return either(evaluate(part, answers, facts) for part in condition.parts)


def _leaf(name: str, values: tuple[str, ...], answers: Mapping[str, str], facts: Mapping[str, State]) -> State:
    if name.startswith("is."):
        return facts.get(name, State.MISSING)
    answer = answers.get(name)
    if answer is None:
        return State.MISSING
    if set(answer.split(",")) & set(values):
        return State.TRUE
    return State.UNSURE if answer == "unsure" else State.FALSE


def _over(answer: str | None, limit: Decimal) -> State:
    if answer is None:
        return State.FALSE  # an optional figure nobody gave presumes nothing
    if answer == "unsure":
        return State.UNSURE
    return State.TRUE if Decimal(answer) > limit else State.FALSE


def negate(state: State) -> State:
    """NOT of a state; the two unknowns stay what they are."""
    return _OPPOSITE.get(state, state)


def either(states: Iterable[State]) -> State:
    """OR of states: TRUE wins, then MISSING, then UNSURE; FALSE for none."""
    seen = set(states)
    return next((s for s in (State.TRUE, State.MISSING, State.UNSURE) if s in seen), State.FALSE)


def names(condition: Condition) -> tuple[str, ...]:
    """Every question and fact a condition mentions, in order, once."""
    match condition:
        case Is(name, _) | Over(name, _):
            return (name,)
        case Not(part):
            return names(part)
        case Every(parts) | Some(parts):
            return tuple(dict.fromkeys(name for part in parts for name in names(part)))
