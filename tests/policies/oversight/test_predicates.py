"""The language of conditions: what it says, what it refuses, and what it does where a field is missing."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.oversight.parsing import PredicateError, parse_predicate
from policies.oversight.predicates import compile_test, unknown_fields
from policies.oversight.record import DecisionRecord
from policies.oversight.regions import cases, holds


def record(**changes: Any) -> DecisionRecord:
    return DecisionRecord(use_case="u", decision_id="d", **changes)


def value(text: str, **changes: Any) -> bool | None:
    return compile_test(parse_predicate(text))(record(**changes))


FULL = {
    "decision_class": "decline",
    "confidence": Decimal("0.80"),
    "amount": Decimal(50000),
    "flags": ("novel",),
    "language": "lv",
    "fields": {"channel": "phone", "minor": True, "score": 0.3, "codes": ["a"]},
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("class == 'decline'", True),
        ('class != "decline"', False),
        ("amount >= 50000", True),
        ("amount > 50000", False),
        ("50000 <= amount", True),
        ("confidence < 0.80", False),
        ("confidence < 0.80 or 'novel' in flags", True),
        ("'old' in flags", False),
        ("class in ('a', 'decline')", True),
        ("class not in ['a', 'decline']", False),
        ("amount between 1 and 50000", True),
        ("amount between 1 and 2", False),
        ("channel == 'phone' and fields.minor", True),
        ("not minor", False),
        ("score == 0.3", True),
        ("'a' in codes", True),
        ("true", True),
        ("not (class == 'decline' and amount < 1)", True),
        ("class == 'x' or class == 'decline' and amount == 50000", True),
        ("(class == 'x' or class == 'decline') and amount == 1", False),
        ("reversibility_seconds > -1", None),
    ],
)
def test_conditions_say_what_they_read_like(text: str, expected: bool | None) -> None:
    assert value(text, **FULL) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("confidence < 0.8", None),
        ("not confidence < 0.8", None),
        ("confidence < 0.8 and class == 'x'", False),
        ("confidence < 0.8 or class == 'decline'", True),
        ("confidence < 0.8 or class == 'x'", None),
        ("channel == 'phone'", None),
    ],
)
def test_a_missing_field_makes_unknown_unless_the_rest_decides(text: str, expected: bool | None) -> None:
    assert value(text, decision_class="decline") is expected


def test_a_value_of_another_kind_is_unknown() -> None:
    assert value("score > 1", fields={"score": "high"}) is None
    assert value("minor", fields={"minor": "yes"}) is None
    assert value("score > 1", fields={"score": float("nan")}) is None


def test_the_missing_fields_are_named() -> None:
    expression = parse_predicate("confidence < 0.8 or channel == 'x' or class == 'y'")
    assert unknown_fields(expression, record(decision_class="z")) == ("channel", "confidence")


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("", "expected a number"),
        ("class ==", "expected a number"),
        ("class = 'x'", "no meaning"),
        ("class == 'x", "no meaning"),
        ("class == decline", "quoted word"),
        ("amount == '5'", "without quotes"),
        ("class > 'a'", "use == or !="),
        ("flags == 'novel'", "'word' in flags"),
        ("amount between 5 and 1", "smaller number first"),
        ("amount between 'a' and 'b'", "compares numbers"),
        ("class in ('a', 1)", "all be numbers"),
        ("class == 'x' class == 'y'", "expected 'and'"),
        ("(class == 'x'", "expected ')'"),
        ("a.b == 1", "fields.b"),
        ("fields.amount == 1", "standard field"),
        ("__import__('os')", "expected 'and'"),
        ("amount.real > 1", "fields.real"),
        ("not " * 60 + "true", "nested"),
        ("x == 1 or " * 400 + "true", "characters long"),
        ("1 in flags", "quoted word"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_would_be_right(text: str, hint: str) -> None:
    with pytest.raises(PredicateError) as raised:
        parse_predicate(text)
    assert hint in str(raised.value)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_and_nothing_else_happens(text: str) -> None:
    try:
        expression = parse_predicate(text)
    except PredicateError:
        return
    assert compile_test(expression)(record()) in (True, False, None)


_ATOMS = st.sampled_from(
    [
        "amount > 10",
        "amount <= 10",
        "amount == 20",
        "class == 'a'",
        "class in ('a','b')",
        "'n' in flags",
        "confidence < 0.5",
    ]
)
_CONDITIONS = st.recursive(
    _ATOMS,
    lambda inner: st.one_of(
        inner.map(lambda part: f"not ({part})"),
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
    ),
    max_leaves=6,
)


@given(_CONDITIONS, st.integers(0, 30), st.sampled_from(["a", "b", "c"]), st.booleans(), st.integers(0, 10))
def test_regions_find_a_case_for_every_record_a_condition_accepts(
    text: str, amount: int, name: str, novel: bool, tenth: int
) -> None:
    """Exact analysis: if any record satisfies the condition, some region does, and the other way round."""
    expression = parse_predicate(text)
    found = cases([expression])
    assert found is not None
    satisfiable = any(holds(expression, case) for case in found)
    hit = compile_test(expression)(
        record(
            amount=Decimal(amount),
            decision_class=name,
            flags=("n",) if novel else (),
            confidence=Decimal(tenth) / 10,
        )
    )
    assert satisfiable or not hit
