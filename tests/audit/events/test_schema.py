"""Reading one event: strict where evidence needs it, generous elsewhere, and clear about what would be right."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.events import fields, personal, quick, schema, vocabulary
from audit.events.fields import ListOf, OneOf, Shape, Text
from audit.events.problems import Problem
from tests import scale
from tests.audit.events.samples import dump, event, proposed, reviewed


def test_the_example_of_the_vocabulary_is_read_field_by_field():
    read = schema.parse(dump(proposed(confidence={"value": 0.83, "kind": "calibrated"}, sequence="0000018842")))
    assert isinstance(read, schema.Event)
    assert (read.id, read.source, read.decision_id, read.sequence) == ("p-LN-1", "/lending/prod/scorer", "LN-1", 18842)
    assert read.time == datetime(2026, 11, 20, 9, 14, 31, tzinfo=UTC)
    assert read.data["confidence"] == {"value": Decimal("0.83"), "kind": "calibrated"}


def test_unknown_fields_and_extensions_are_kept_as_they_came():
    sent = proposed(colour="blue", nested={"a": [1, 2.50, None]})
    sent["myextension"] = "kept"
    read = schema.parse(dump(sent))
    assert json.loads(read.payload) == sent
    assert read.data["colour"] == "blue"


def test_the_stored_form_does_not_depend_on_order_white_space_or_escapes():
    sent = proposed(note="Grüße")
    assert schema.parse(dump(sent)).payload == schema.parse(json.dumps(sent, indent=2, sort_keys=True).encode()).payload


def test_numbers_are_kept_as_they_were_written():
    body = dump(proposed(score=7)).replace(b'"score":7', b'"score":0.10000000000000000000000001')
    assert b"0.10000000000000000000000001" in schema.parse(body).payload


@pytest.mark.parametrize("name", ["id", "source", "type", "specversion"])
def test_a_missing_attribute_is_named(name):
    problem = schema.parse(dump({**event(), name: None}))
    assert isinstance(problem, Problem)
    assert problem.pointer == f"/{name}"
    assert name in problem.detail


@pytest.mark.parametrize("name", ["decision_id", "decision_class", "phase", "proposal"])
def test_a_proposed_decision_without_a_field_evidence_needs_is_refused(name):
    sent = proposed()
    del sent["data"][name]
    problem = schema.parse(dump(sent))
    assert problem.status == 422
    assert problem.pointer == f"/data/{name}"


@pytest.mark.parametrize(
    ("change", "pointer", "words"),
    [
        ({"outcome": "accept"}, "/data/outcome", ["approve", "override", "'accept'"]),
        ({"active_ms": "fast"}, "/data/active_ms", ["whole number", "a text"]),
        ({"active_ms": 1e70}, "/data/active_ms", ["9223372036854775807"]),
        ({"submitted_at": "2026-11-20T09:30:00"}, "/data/submitted_at", ["offset"]),
        ({"submitted_at": 5}, "/data/submitted_at", ["RFC 3339", "a number"]),
        ({"actor": {"roles": ["a"]}}, "/data/actor/ref", ["required"]),
        ({"evidence_opened": ["a", 5]}, "/data/evidence_opened/1", ["a text", "a number"]),
        ({"final": {"value": ["x"]}}, "/data/final/value", ["a list"]),
        ({"decision_id": "a/b"}, "/data/decision_id", ["URL-safe"]),
        ({"decision_id": ".."}, "/data/decision_id", ["URL-safe"]),
        ({"decision_id": "x" * 201}, "/data/decision_id", ["200"]),
        ({"reason_text": "a\x00b"}, "/data/reason_text", ["U+0000"]),
    ],
)
def test_a_problem_names_the_field_the_value_and_what_would_be_right(change, pointer, words):
    problem = schema.parse(dump(reviewed(**change)))
    assert isinstance(problem, Problem), problem
    assert problem.pointer == pointer
    assert all(word in problem.detail for word in words), problem.detail


@pytest.mark.parametrize(
    "sent",
    [
        {"active_ms": "214000"},
        {"active_ms": 214000.0},
        {"actor": "rev-7"},
        {"actor": {"ref": "rev-7", "phase": ["not ours"]}},
        {"final": "deny"},
        {"blind": "true"},
        {"evidence_opened": "income"},
        {"opened_at": "2026-11-20 09:10:02+01:00"},
        {"opened_at": None},
    ],
)
def test_the_same_meaning_in_another_dress_is_taken(sent):
    assert isinstance(schema.parse(dump(reviewed(**sent))), schema.Event)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2016-12-31T23:59:60Z", datetime(2017, 1, 1, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
        ("9999-12-31T23:59:59Z", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("2026-11-20t09:14:31.123456789z", datetime(2026, 11, 20, 9, 14, 31, 123456, tzinfo=UTC)),
        ("2026-11-20T09:14:31-05:00", datetime(2026, 11, 20, 14, 14, 31, tzinfo=UTC)),
    ],
)
def test_a_strange_time_is_kept_not_refused(written, meant):
    assert schema.parse(dump(proposed(time=written))).time == meant


@pytest.mark.parametrize(
    "written", ["2026-11-20T09:14:31", "yesterday", "0001-01-01T00:00:00+05:00", "2026-13-01T00:00:00Z", ""]
)
def test_a_time_that_names_no_instant_is_a_problem_at_its_field(written):
    assert schema.parse(dump(proposed(time=written))).pointer == "/time"


def test_an_event_made_by_another_reader_of_json_is_read_alike():
    sent = reviewed(active_ms=2.0, final={"value": 0.5})
    assert schema.read(sent).data == schema.parse(dump(sent)).data
    assert schema.read(proposed(confidence=0.25)).data["confidence"] == {"value": Decimal("0.25")}


def test_a_type_we_do_not_know_is_quarantined_not_refused():
    read = schema.parse(dump(event("decision", type="com.example.thing", data={"decision_id": "LN-9", "x": 1})))
    assert read.quarantined
    assert read.decision_id == "LN-9"


def test_groups_name_a_decision_or_a_subject():
    assert schema.parse(dump(event("group", data={"attributes": {"sex": "F"}}))).pointer == "/data/decision_id"
    read = schema.parse(dump(event("group", data={"subject_ref": "s-1", "attributes": {"sex": "F", "age": 40}})))
    assert read.data["attributes"] == {"sex": "F", "age": "40"}


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b'{"a": NaN}', "JSON"),
        (b'{"a": 1e400}', "IEEE 754"),
        (rb'{"a": "\ud800"}', "JSON"),
        (b'{"a": "\xff"}', "utf-8"),
        (b"[" * 1_000_000 + b"]" * 1_000_000, "bytes"),
        (b"[" * 100_000 + b"]" * 100_000, "nested"),
        (b'{"a":' * 40 + b"1" + b"}" * 40, "nested"),
        (b'{"a":1,"a":2}', "twice"),
        (b'{"a":{"b":1,"b":2}}', "twice"),
        (b'{"a":"' + b"x" * 300_000 + b'"}', "bytes"),
        (b"[]", "object"),
        (b"5", "object"),
    ],
)
def test_what_no_column_could_hold_is_found_before_the_database(raw, words):
    problem = schema.parse(raw)
    assert isinstance(problem, Problem)
    assert words in problem.detail


def without_data(read):
    return read if isinstance(read, Problem) else msgspec.structs.replace(read, data=None)


DRESSED = {
    fields.url_safe: "LN-1", fields.integer: 7, fields.truth: True, fields.scalar: "x", fields.anything: {"b": 1},
    fields.moment: "2026-11-20T09:14:31+02:00", fields.number: 0.10, fields.probability: 0.5,
}  # fmt: skip


def full(shape):
    """A value in every field of a shape that is not free text."""
    return {name: dressed(reader) for name, reader in shape.fields.items() if name not in personal.FREE_TEXT}


def dressed(reader):
    if isinstance(reader, Shape):
        return full(reader)
    if isinstance(reader, ListOf):
        return [dressed(reader.item)]
    if isinstance(reader, OneOf):
        return reader.choices[0]
    return "words" if isinstance(reader, Text) else DRESSED[reader]


@pytest.mark.parametrize("name", [name for name in vocabulary.TYPES if "group" not in name])
def test_what_comes_as_documented_goes_the_short_way_and_is_the_same_event(name, monkeypatch):
    sent = event(type=name, data=full(vocabulary.TYPES[name]), usecase="credit", sequence="007", drill=True)
    long = schema.parse(dump(sent))
    assert isinstance(long, schema.Event), long
    monkeypatch.setattr(schema, "parse", lambda raw: pytest.fail("went the long way"))
    assert quick.take(dump(sent)) == without_data(long)


@pytest.mark.parametrize(
    "change",
    [{"colour": "blue"}, {"reason_text": "call +49 30 1234567"}, {"active_ms": 2.0}, {"rationale_shown": None},
     {"opened_at": "2026-02-30T00:00:00Z"}, {"decision_id": ".."}, {"outcome": ...}, {"active_ms": 2**63}],
)  # fmt: skip
def test_anything_else_goes_the_long_way(change):
    sent = {name: value for name, value in {**reviewed()["data"], **change}.items() if value is not ...}
    raw = dump(event("review", data=sent))
    assert quick.take(raw) == schema.parse(raw)
    assert quick.take(raw) != without_data(schema.parse(raw)) or isinstance(schema.parse(raw), Problem)


def test_an_address_for_a_pseudonym_is_left_to_the_screen():
    raw = dump(proposed(subject_ref="olga@example.org"))
    assert quick.take(raw).data["subject_ref"] == "olga@example.org"


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)
SAMPLES = [proposed(), reviewed(), event("outcome", data={"decision_id": "a", "truth": {"value": 1}})]


@settings(max_examples=scale.count(10_000), deadline=None)
@given(st.sampled_from(SAMPLES), st.data())
def test_whatever_stands_in_a_field_the_answer_is_an_event_or_a_problem(sample, data):
    sent = json.loads(json.dumps(sample))
    target = sent["data"] if data.draw(st.booleans()) else sent
    target[data.draw(st.sampled_from(sorted(target)))] = data.draw(ANY_JSON)
    try:
        raw = json.dumps(sent).encode()
    except UnicodeEncodeError:
        return
    read = schema.parse(raw)
    assert without_data(quick.take(raw)) == without_data(read)
    if isinstance(read, Problem):
        assert read.status == 422
        assert read.detail
    else:
        assert b"\\u0000" not in read.payload
        again = schema.parse(read.payload)
        assert isinstance(again, schema.Event)
        assert again.payload == read.payload


NASTY = st.text(alphabet='":\\ ,{}\nu02ab', max_size=6)
PAIRS = st.recursive(
    st.integers(0, 9) | NASTY,
    lambda inner: st.lists(st.tuples(NASTY | st.sampled_from(["a", "b"]), inner), max_size=4),
    max_leaves=12,
)


def written(value, gaps):
    """An object written with members as given, repeated names too, in any dress JSON allows."""
    if not isinstance(value, list):
        if isinstance(value, str) and gaps.draw(st.booleans()):
            return '"' + "".join(f"\\u{ord(each):04x}" for each in value) + '"'
        return json.dumps(value)
    between = st.sampled_from(["", "", "", " ", "\n", "\t"])
    members = [
        f"{written(name, gaps)}{gaps.draw(between)}:{gaps.draw(between)}{written(each, gaps)}" for name, each in value
    ]
    return "{" + f"{gaps.draw(between)},".join(members) + "}"


@settings(max_examples=scale.count(10_000, at_least=50))
@given(st.lists(st.tuples(NASTY, PAIRS), max_size=5), st.data())
def test_a_name_given_twice_is_seen_whatever_dress_the_text_wears(members, gaps):
    sent = '{"specversion":"1.0","id":"x","source":"/s","type":"t","data":' + written(members, gaps) + "}"
    doubled = []
    json.loads(sent, object_pairs_hook=lambda pairs: doubled.append(len(dict(pairs)) != len(pairs)) or dict(pairs))
    read = schema.parse(sent.encode())
    assert quick.take(sent.encode()) == read
    assert isinstance(read, Problem) == any(doubled), sent
    assert not any(doubled) or "twice" in read.detail
