"""The digest of a proposed action is of RFC 8785 bytes, whoever wrote the JSON."""

import hashlib
import math

import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.events.canonical import canonical, proposal_digest
from tests import scale

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
)
NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=4)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4))


@settings(max_examples=scale.count(10_000), deadline=None)
@given(VALUES)
def test_the_canonical_form_equals_that_of_the_reference_package(value):
    assert canonical(value) == rfc8785.dumps(value)


def test_numbers_of_rfc_8785_appendix_b():
    """IEEE 754 bits and their text, RFC 8785 appendix B."""
    import struct

    for bits, expected in {
        "0000000000000000": b"0",
        "8000000000000000": b"0",
        "0000000000000001": b"5e-324",
        "8000000000000001": b"-5e-324",
        "7fefffffffffffff": b"1.7976931348623157e+308",
        "4340000000000000": b"9007199254740992",
        "4430000000000000": b"295147905179352830000",
        "44b52d02c7e14af5": b"9.999999999999997e+22",
        "44b52d02c7e14af6": b"1e+23",
        "44b52d02c7e14af7": b"1.0000000000000001e+23",
        "444b1ae4d6e2ef4e": b"999999999999999700000",
        "444b1ae4d6e2ef50": b"1e+21",
        "3eb0c6f7a0b5ed8c": b"9.999999999999997e-7",
        "3eb0c6f7a0b5ed8d": b"0.000001",
        "41b3de4355555553": b"333333333.3333332",
        "43143ff3c1cb0959": b"1424953923781206.2",
    }.items():
        assert canonical(struct.unpack(">d", bytes.fromhex(bits))[0]) == expected


def test_numbers_that_are_not_finite_have_no_canonical_form():
    for value in (math.nan, math.inf, -math.inf):
        try:
            canonical(value)
        except ValueError:
            continue
        raise AssertionError(value)


def test_a_digest_leaves_its_own_field_out():
    expected = "sha256:" + hashlib.sha256(b'{"amount":5,"value":"grant"}').hexdigest()
    assert proposal_digest({"value": "grant", "amount": 5.0, "digest": "sha256:00"}) == expected
    assert proposal_digest("grant") == proposal_digest({"value": "grant"})
