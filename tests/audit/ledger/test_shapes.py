"""Envelopes recognised by what they have in common: counted right, and never when one is not what it should be."""

import json
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.ledger import envelope
from audit.ledger.bundled import read_known, uncovered
from audit.ledger.shapes import MANY, Shapes

LOG = "ledger.example.org"
APART = frozenset({"subject.erased"})
COMMIT = envelope.commitment(bytes(32), b"{}")


def made(number: int = 0, *, commit: str | None = COMMIT, **fields: object) -> bytes:
    """One envelope in canonical form: its members sorted, without space (RFC 8785; all text here is ASCII)."""
    payload = {"alg": "HMAC-SHA256", "commit": commit, "key_id": None, "media_type": "application/json", "size": number}
    value = {
        "v": "lv/1",
        "log": LOG,
        "id": str(UUID(int=number)),
        "stream": "events",
        "type": "ai.oversight.decision.v1",
        "event_time": "2026-01-01T00:00:00.000000Z",
        "recorded_at": "2026-01-01T00:00:01.000000Z",
        "recorded_by": None,
        "subject": None,
        "system": "urn:system:screening",
        "model_version": "2026.1",
        "policy_ref": "",
        "refs": ["UC-0001"],
        "simulated": False,
        "payload": payload if commit else None,
        **fields,
    }
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def learnt(rows: list[bytes]) -> Shapes:
    shapes = Shapes(LOG, APART)
    for row in rows:
        known = read_known(row)
        if known is not None:
            shapes.learn(row, known)
    return shapes


def test_a_mixed_file_is_told_apart() -> None:
    kinds: list[dict[str, object]] = [{}, {"type": "other"}, {"commit": None}, {"simulated": True, "refs": []}]
    rows = [made(i, **kinds[i % 4]) for i in range(256)]
    assert Shapes(LOG, APART).look(rows) == (list(range(256)), set())
    assert learnt(rows[:4]).look(rows) == ([], set(range(2, 256, 4)))


def test_what_says_what_was_removed_is_never_taken_for_known() -> None:
    rows = [made(1), made(2, type="subject.erased"), made(3)]
    assert learnt(rows).look(rows) == ([1], set())


def test_models_without_end_are_left_to_the_slow_way() -> None:
    rows = [made(i, model_version=f"build-{i}") for i in range(4 * MANY)]
    assert learnt(rows).look(rows) == (list(range(MANY, 4 * MANY)), set())


@pytest.mark.parametrize(
    ("ranges", "open_places"),
    [
        ((), [4, 5, 6, 7, 8]),
        (((0, 100),), []),
        (((4, 9),), []),
        (((0, 5), (6, 8), (20, 30)), [5, 8]),
        (((5, 6),), [4, 6, 7, 8]),
        (((0, 4), (9, 12)), [4, 5, 6, 7, 8]),
    ],
)
def test_the_places_that_no_range_holds(ranges: tuple[tuple[int, int], ...], open_places: list[int]) -> None:
    assert list(uncovered(ranges, 4, 8)) == open_places
    assert [index for index in range(4, 9) if not any(low <= index < high for low, high in ranges)] == open_places


@pytest.mark.parametrize(
    "strange",
    [
        made(7, log="ledger.example.net"),
        made(7, type="ai.oversight.review.v1"),
        made(7, model_version="2026.2"),
        made(7).replace(b'"v":"lv/1"', b'"v":"lv/2"'),
        made(7).replace(b'"payload":{', b'"payload": {'),
        made(7)[:-1],
        b"",
        b"not json",
    ],
)
def test_one_that_is_not_what_was_learnt_is_parsed(strange: bytes) -> None:
    rows = [made(i) for i in range(20)]
    assert learnt(rows).look([*rows, strange, *rows]) == ([20], set())


def test_what_holds_an_escape_is_parsed() -> None:
    """A model's name may hold quotation marks, and a member's name may be written with an escape."""
    name = '","payload":null,"x":"'
    rows = [made(1, model_version=name), made(2, model_version=name, commit=None)]
    assert learnt(rows).look(rows) == ([0, 1], set())


NASTY = st.lists(
    st.sampled_from([*'",:{}[]\\ü', '","payload":null,', ',"simulated":true,', '"ledger"', "null"]), max_size=4
)
WORDS = NASTY.map("".join)


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "model_version": WORDS,
                "system": WORDS,
                "refs": st.lists(WORDS, max_size=2),
                "stream": st.sampled_from([*["events"] * 9, *["register"] * 6, "ledger"]),
                "commit": st.sampled_from([COMMIT, COMMIT, None]),
                "simulated": st.booleans(),
                "log": st.sampled_from([LOG] * 15 + [f"{LOG}2"]),
            }
        ),
        min_size=1,
        max_size=6,
    )
)
@settings(max_examples=40)
def test_whatever_stands_in_the_texts_it_says_what_a_parser_says(fields: list[dict[str, object]]) -> None:
    rows = [made(number, **each) for number, each in enumerate(fields)]  # type: ignore[arg-type]
    strange, none = learnt(rows).look(rows)
    for place, row in enumerate(rows):
        known = read_known(row)
        assert known is not None
        if place not in strange:
            assert known.log == LOG
            assert (known.commit is None) == (place in none)
