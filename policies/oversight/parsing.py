"""Text of a ``when`` to its expression: a tokenizer and a recursive-descent parser of our own."""

import re
from decimal import Decimal

from policies.oversight.predicates import (
    KINDS,
    Always,
    Atom,
    Between,
    Both,
    Compare,
    Constant,
    Either,
    Expression,
    Has,
    Not,
    OneOf,
    kind_of,
)

LONGEST = 2000
DEEPEST = 40
_TOKEN = re.compile(
    r"\s*(?:(?P<number>-?\d+(?:\.\d+)?)|(?P<text>'[^']*'|\"[^\"]*\")|(?P<operator>==|!=|<=|>=|<|>)"
    r"|(?P<mark>[(),\[\]])|(?P<name>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)?))"
)
_WORDS = frozenset({"and", "or", "not", "in", "between", "true", "false"})
_MIRROR = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
Token = tuple[str, str, int]


class PredicateError(ValueError):
    """A ``when`` that cannot be read; ``position`` counts characters from 0."""

    code = "predicate"

    def __init__(self, message: str, position: int) -> None:
        super().__init__(f"{message} (at character {position + 1})")
        self.position = position


def parse_predicate(text: str) -> Expression:
    """Return the expression ``text`` stands for; raises :class:`PredicateError` saying what would be right."""
    if len(text) > LONGEST:
        raise PredicateError(f"a condition may be {LONGEST} characters long, this one has {len(text)}", LONGEST)
    parser = _Parser(_tokens(text))
    expression = parser.either(0)
    kind, word, position = parser.next
    if kind != "end":
        raise PredicateError(f"expected 'and', 'or' or the end, found {word!r}", position)
    return expression


def _tokens(text: str) -> list[Token]:
    tokens: list[Token] = []
    position, end = 0, len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None:
            raise PredicateError(f"{text[position:].lstrip()[:1]!r} has no meaning here", position)
        kind = match.lastgroup or ""
        word = match[kind]
        tokens.append(("word" if kind == "name" and word in _WORDS else kind, word, match.start(kind)))
        position = match.end()
    return [*tokens, ("end", "the end", end)]


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0

    @property
    def next(self) -> Token:
        return self._tokens[self._at]

    def take(self) -> Token:
        token = self._tokens[self._at]
        self._at += token[0] != "end"
        return token

    def took(self, word: str) -> bool:
        kind, found, _ = self.next
        hit = found == word and kind in ("word", "mark")
        self._at += hit
        return hit

    def must(self, word: str) -> None:
        _, found, position = self.next
        if not self.took(word):
            raise PredicateError(f"expected {word!r}, found {found!r}", position)

    def either(self, depth: int) -> Expression:
        parts = [self.both(depth)]
        while self.took("or"):
            parts.append(self.both(depth))
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def both(self, depth: int) -> Expression:
        parts = [self.unit(depth)]
        while self.took("and"):
            parts.append(self.unit(depth))
        return parts[0] if len(parts) == 1 else Both(tuple(parts))

    def unit(self, depth: int) -> Expression:
        if depth > DEEPEST:
            raise PredicateError(f"a condition may be nested {DEEPEST} deep", self.next[2])
        if self.took("not"):
            return Not(self.unit(depth + 1))
        if self.took("("):
            inner = self.either(depth + 1)
            self.must(")")
            return inner
        if self.next[0] == "word" and self.next[1] in ("true", "false") and self._stands_alone():
            return Always(self.take()[1] == "true")
        return self.comparison()

    def _stands_alone(self) -> bool:
        kind, word, _ = self._tokens[self._at + 1]
        return kind == "end" or word in ("and", "or", ")")

    def comparison(self) -> Expression:
        kind, _, position = self.next
        if kind == "name":
            return self._from_field(self._field(), position)
        constant = self._constant()
        if self.took("in"):
            if not isinstance(constant, str):
                raise PredicateError("only a quoted word can be looked for in a field", position)
            return _checked(Has(self._field(), constant), position)
        kind, operator, at = self.take()
        if kind != "operator":
            raise PredicateError(f"expected a comparison or 'in', found {operator!r}", at)
        return _compare(self._field(), _MIRROR[operator], constant, position)

    def _from_field(self, field: str, position: int) -> Expression:
        kind, word, at = self.next
        if kind == "operator":
            self.take()
            return _compare(field, word, self._constant(), position)
        if self.took("between"):
            low = self._number()
            self.must("and")
            high = self._number()
            if low > high:
                raise PredicateError(f"'between' needs the smaller number first, found {low} and {high}", at)
            return _checked(Between(field, low, high), position)
        negated = self.took("not")
        if self.took("in"):
            one_of = _checked(OneOf(field, self._list()), position)
            return Not(one_of) if negated else one_of
        if negated:
            raise PredicateError("expected 'in' after 'not'", self.next[2])
        return _checked(Compare(field, "==", True), position)

    def _field(self) -> str:
        kind, word, position = self.take()
        if kind != "name":
            raise PredicateError(f"expected the name of a field, found {word!r}", position)
        prefix, dot, rest = word.partition(".")
        if dot and prefix != "fields":
            raise PredicateError(f"write fields.{rest} for a further field of the proposal", position)
        if dot and rest in KINDS:
            raise PredicateError(f"{rest} is a standard field: write {rest} without 'fields.'", position)
        return rest if dot else word

    def _constant(self) -> Constant:
        kind, word, position = self.take()
        if kind == "number":
            return Decimal(word)
        if kind == "text":
            return word[1:-1]
        if kind == "word" and word in ("true", "false"):
            return word == "true"
        raise PredicateError(f"expected a number, a quoted word, true or false, found {word!r}", position)

    def _number(self) -> Decimal:
        position = self.next[2]
        constant = self._constant()
        if not isinstance(constant, Decimal):
            raise PredicateError("'between' compares numbers", position)
        return constant

    def _list(self) -> tuple[Constant, ...]:
        position = self.next[2]
        closing = "]" if self.took("[") else ")"
        if closing == ")":
            self.must("(")
        constants = [self._constant()]
        while self.took(","):
            constants.append(self._constant())
        self.must(closing)
        if len({type(each) for each in constants}) > 1:
            raise PredicateError("the constants of a list must all be numbers or all be quoted words", position)
        return tuple(dict.fromkeys(constants))


def _compare(field: str, operator: str, constant: Constant, position: int) -> Expression:
    if operator not in ("==", "!=") and not isinstance(constant, Decimal):
        raise PredicateError(f"{operator} compares numbers; for words use == or !=", position)
    return _checked(Compare(field, operator, constant), position)


def _checked(atom: Atom, position: int) -> Atom:
    expected = KINDS.get(atom.field)
    found = kind_of(atom)
    if expected is None or expected == found:
        return atom
    right = {
        "number": f"{atom.field} is a number: write it without quotes, as in {atom.field} >= 10",
        "text": f"{atom.field} is a word: compare it with a quoted word, as in {atom.field} == 'x'",
        "set": f"{atom.field} holds several words: write 'word' in {atom.field}",
    }
    raise PredicateError(right[expected], position)
