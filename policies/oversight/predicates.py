"""The language of ``when``: fields compared with constants, joined by and, or, not. No eval, no calls, no attributes.

    class == 'decline'                        amount >= 50000                 language != 'en'
    confidence < 0.80 or 'novel' in flags     class in ('a', 'b')             amount between 100 and 200
    fields.channel == 'phone'                 not disputed                    true

Standard fields are those of ``FIELDS``; any other name is a further field of the proposal (``fields.NAME`` or
just ``NAME``). Logic is three-valued: a field the record does not hold makes a comparison *unknown*, and a rule
whose predicate stays unknown counts as matched.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from operator import attrgetter, eq, ge, gt, le, lt, ne
from typing import Any

from policies.oversight.record import DecisionRecord

FIELDS: Mapping[str, str] = {
    "class": "decision_class",
    "value": "proposal_value",
    "confidence": "confidence",
    "confidence_kind": "confidence_kind",
    "amount": "amount",
    "flags": "flags",
    "language": "language",
    "system_version": "system_version",
    "model_version": "model_version",
    "mode": "mode_claimed",
    "reversibility_seconds": "reversibility_seconds",
}
KINDS: Mapping[str, str] = {
    "class": "text",
    "value": "text",
    "confidence": "number",
    "confidence_kind": "text",
    "amount": "number",
    "flags": "set",
    "language": "text",
    "system_version": "text",
    "model_version": "text",
    "mode": "text",
    "reversibility_seconds": "number",
}

Constant = str | Decimal | bool
Test = Callable[[DecisionRecord], bool | None]
Getter = Callable[[DecisionRecord], Any]

OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {"==": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge}


@dataclass(frozen=True, slots=True)
class Always:
    """``true`` or ``false``."""

    value: bool


@dataclass(frozen=True, slots=True)
class Compare:
    """``field operator constant``; order comparisons are for numbers only."""

    field: str
    operator: str
    constant: Constant


@dataclass(frozen=True, slots=True)
class OneOf:
    """``field in (constants)``."""

    field: str
    constants: tuple[Constant, ...]


@dataclass(frozen=True, slots=True)
class Has:
    """``'member' in field``, for fields that hold several words."""

    field: str
    member: str


@dataclass(frozen=True, slots=True)
class Between:
    """``field between low and high``, both ends included."""

    field: str
    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class Not:
    """``not part``."""

    part: "Expression"


@dataclass(frozen=True, slots=True)
class Both:
    """``left and right and ...``."""

    parts: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """``left or right or ...``."""

    parts: tuple["Expression", ...]


Atom = Compare | OneOf | Has | Between
Expression = Always | Compare | OneOf | Has | Between | Not | Both | Either


def kind_of(atom: Atom) -> str:
    """Return what ``atom`` takes its field to be: ``number``, ``text``, ``truth`` or ``set``."""
    if isinstance(atom, Has):
        return "set"
    if isinstance(atom, Between):
        return "number"
    constant = atom.constant if isinstance(atom, Compare) else atom.constants[0]
    if isinstance(constant, bool):
        return "truth"
    return "number" if isinstance(constant, Decimal) else "text"


def atoms(expression: Expression) -> tuple[Atom, ...]:
    """Return the comparisons in ``expression``, from left to right."""
    if isinstance(expression, Always):
        return ()
    if isinstance(expression, Not):
        return atoms(expression.part)
    if isinstance(expression, Both | Either):
        return tuple(atom for part in expression.parts for atom in atoms(part))
    return (expression,)


def truth(expression: Expression, of: Callable[[Atom], bool | None]) -> bool | None:
    """Return the value of ``expression`` in Kleene's three-valued logic, given the value of each comparison."""
    if isinstance(expression, Always):
        return expression.value
    if isinstance(expression, Not):
        value = truth(expression.part, of)
        return None if value is None else not value
    if isinstance(expression, Both | Either):
        decisive = isinstance(expression, Either)
        values = [truth(part, of) for part in expression.parts]
        if decisive in values:
            return decisive
        return None if None in values else not decisive
    return of(expression)


def getter(field: str) -> Getter:
    """Return the function that reads ``field`` from a record; ``None`` means the record does not hold it."""
    attribute = FIELDS.get(field)
    if attribute is not None:
        return attrgetter(attribute)
    return lambda record: record.fields.get(field)


def compile_test(expression: Expression) -> Test:
    """Return ``expression`` as a function of a record: true, false, or ``None`` for unknown."""
    if isinstance(expression, Always):
        value = expression.value
        return lambda record: value
    if isinstance(expression, Not):
        part = compile_test(expression.part)
        return lambda record: None if (value := part(record)) is None else not value
    if isinstance(expression, Both | Either):
        return _compile_join(tuple(compile_test(part) for part in expression.parts), isinstance(expression, Either))
    return _compile_atom(expression)


def _compile_join(parts: tuple[Test, ...], decisive: bool) -> Test:
    def join(record: DecisionRecord) -> bool | None:
        result: bool | None = not decisive
        for part in parts:
            value = part(record)
            if value is decisive:
                return decisive
            if value is None:
                result = None
        return result

    return join


def _compile_atom(atom: Atom) -> Test:
    read, kind, holds = getter(atom.field), kind_of(atom), _holds(atom)

    def test(record: DecisionRecord) -> bool | None:
        value = fitting(read(record), kind)
        return None if value is None else holds(value)

    return test


def _holds(atom: Atom) -> Callable[[Any], bool]:
    if isinstance(atom, Compare):
        operator, constant = OPERATORS[atom.operator], atom.constant
        return lambda value: operator(value, constant)
    if isinstance(atom, OneOf):
        constants = frozenset(atom.constants)
        return lambda value: value in constants
    if isinstance(atom, Has):
        member = atom.member
        return lambda value: member in value
    low, high = atom.low, atom.high
    return lambda value: low <= value <= high


def fitting(value: Any, kind: str) -> Any:
    """Return ``value`` as the kind a comparison needs, or ``None`` where it is missing or of another kind."""
    if value is None:
        return None
    if kind == "text":
        return value if isinstance(value, str) else None
    if kind == "number":
        return value if type(value) is Decimal and value.is_finite() else _number(value)
    if kind == "truth":
        return value if isinstance(value, bool) else None
    return value if isinstance(value, tuple | list | set | frozenset) else None


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def unknown_fields(expression: Expression, record: DecisionRecord) -> tuple[str, ...]:
    """Return the fields ``expression`` reads that ``record`` does not hold, sorted."""
    missing = {each.field for each in atoms(expression) if fitting(getter(each.field)(record), kind_of(each)) is None}
    return tuple(sorted(missing))
