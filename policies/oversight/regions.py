"""Which cases can exist, as far as a set of conditions can tell them apart: a finite list, so rules can be proved.

Numbers fall between or on the constants they are compared with, words are one of the constants or another word,
a field of several words holds any subset of those asked for. Two cases in one region get the same answer.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import combinations, pairwise, product
from typing import Any

from policies.oversight.predicates import (
    OPERATORS,
    Atom,
    Between,
    Compare,
    Expression,
    Has,
    OneOf,
    atoms,
    kind_of,
    truth,
)

MOST = 200_000
OTHER = "\0other"
_BOUNDS: Mapping[str, tuple[Decimal, Decimal]] = {"confidence": (Decimal(0), Decimal(1))}
Case = Mapping[str, Any]


def cases(expressions: Sequence[Expression]) -> Iterator[Case] | None:
    """Return one case per region; ``None`` when there are more than ``MOST``."""
    by_field: dict[str, list[Atom]] = {}
    for expression in expressions:
        for atom in atoms(expression):
            by_field.setdefault(atom.field, []).append(atom)
    domains = {name: _domain(name, found) for name, found in sorted(by_field.items())}
    size = 1
    for domain in domains.values():
        size *= len(domain)
    if size > MOST:
        return None
    return (dict(zip(domains, values, strict=True)) for values in product(*domains.values()))


def holds(expression: Expression, case: Case) -> bool:
    """Return whether ``expression`` is true in ``case``."""
    return bool(truth(expression, lambda atom: _atom_holds(atom, case[atom.field])))


def _domain(name: str, found: list[Atom]) -> list[Any]:
    kind = kind_of(found[0])
    if kind == "truth":
        return [False, True]
    if kind == "set":
        members = sorted({atom.member for atom in found if isinstance(atom, Has)})
        return [frozenset(chosen) for size in range(len(members) + 1) for chosen in combinations(members, size)]
    constants = sorted({constant for atom in found for constant in _constants(atom)})
    return [*constants, OTHER] if kind == "text" else _numbers(name, constants)


def _constants(atom: Atom) -> tuple[Any, ...]:
    if isinstance(atom, Compare):
        return (atom.constant,)
    if isinstance(atom, OneOf):
        return atom.constants
    return (atom.low, atom.high) if isinstance(atom, Between) else ()


def _numbers(name: str, constants: list[Decimal]) -> list[Decimal]:
    between = [(low + high) / 2 for low, high in pairwise(constants)]
    points = sorted({constants[0] - 1, *constants, *between, constants[-1] + 1})
    if name not in _BOUNDS:
        return points
    low, high = _BOUNDS[name]
    return sorted({low, high, *(point for point in points if low <= point <= high), *_inside(constants, low, high)})


def _inside(constants: list[Decimal], low: Decimal, high: Decimal) -> set[Decimal]:
    """The open stretches at both ends of a bounded field."""
    first, last = constants[0], constants[-1]
    return {middle for middle in ((low + first) / 2, (last + high) / 2) if low <= middle <= high}


def _atom_holds(atom: Atom, value: Any) -> bool:
    if isinstance(atom, Compare):
        return OPERATORS[atom.operator](value, atom.constant)
    if isinstance(atom, OneOf):
        return value in atom.constants
    return atom.member in value if isinstance(atom, Has) else atom.low <= value <= atom.high
