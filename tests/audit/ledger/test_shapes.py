"""Envelopes recognised by their layout: counted right, and never when one is not what it should be."""

import json
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.ledger import envelope
from audit.ledger.bundled import read_known, uncovered
from audit.ledger.shapes import COMMIT as COMMITS
from audit.ledger.shapes import Layout

LOG = "ledger.example.org"
APART = frozenset({"subject.erased"})
COMMIT = envelope.commitment(bytes(32), b"{}")


def made(number: int = 0, *, commit: str | None = COMMIT, **fields: object) -> bytes:
    """One envelope in canonical form: its members sorted, without space (RFC 8785)."""
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
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def look(rows: list[bytes]) -> tuple[list[int], list[int]]:
    return Layout(LOG, APART, 256).look(rows)


def test_a_mixed_file_is_recognised() -> None:
    kinds: list[dict[str, object]] = [{}, {"type": "other", "system": "Prüfung"}, {"commit": None}, {"refs": []}]
    rows = [made(i, **kinds[i % 4]) for i in range(256)]  # type: ignore[arg-type]
    assert look(rows) == look(rows[:200]) == ([], [])
    rows[7] = made(7, simulated=True, subject=str(UUID(int=7)), refs=["a", "b", "c"])
    assert look(rows) == ([], [7])


def test_what_says_what_was_removed_is_always_parsed() -> None:
    rows = [made(i, type="subject.erased" if i == 9 else "subject.erased.v2") for i in range(256)]
    assert look(rows) == ([9], [])


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


def twice(member: bytes) -> bytes:
    return made(7).replace(b'"refs":', member + b',"refs":')


@pytest.mark.parametrize(
    "strange",
    [
        made(7, log="ledger.example.net"),
        made(7, log="ledgerXexample.org"),
        made(7, further=1),
        made(7, event_time="yesterday"),
        made(7).replace(b'"v":"lv/1"', b'"v":"lv/2"'),
        made(7).replace(b'"payload":{', b'"payload": {'),
        made(7).replace(b'"size":7', b'"size":07'),
        made(7).replace(b'"UC-0001"', b'"UC-0001",'),
        made(7).replace(b"urn:system:screening", b"urn:\xff"),
        *[twice(b'"%b"%b:null' % (name, space)) for name in (b"payload", b"type", b"stream") for space in (b"", b" ")],
        made(7)[:-1],
        made(7) + b"\n",
        made(7) + b'"""' + made(8),
        b"",
        b"not json",
    ],
)
def test_one_that_is_not_laid_out_as_usual_is_parsed(strange: bytes) -> None:
    rows = [made(i) for i in range(20)]
    assert look([*rows, strange, *rows]) == ([20], [])
    whole = [*[made(i) for i in range(255)], strange]
    assert look(whole) == ([255], [])


def test_envelopes_that_only_joined_look_like_envelopes_are_parsed() -> None:
    """Two halves of one and two glued together: as many as there should be, but none of these was signed."""
    whole = made(3, refs=["", "", ""])
    left, right = whole[:-90], whole[-90:]
    rows = [*[made(i) for i in range(253)], left, right, made(4) + b'"""' + made(5)]
    assert look(rows) == ([253, 254, 255], [])


def test_what_holds_an_escape_is_parsed() -> None:
    """A model's name may hold quotation marks, and a member's name may be written with an escape."""
    name = '","payload":null,"x":"'
    rows = [made(1, model_version=name), made(2, model_version=name, commit=None), made(3)]
    assert look(rows) == ([0, 1], [])


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
    unusual, simulated = look(rows)
    for place, row in enumerate(rows):
        known = read_known(row)
        assert known is not None
        if place not in unusual:
            assert known.log == LOG
            assert (known.commit is None) == (COMMITS not in row)
            assert known.simulated == (place in simulated)
