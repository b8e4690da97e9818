"""From a request body to events: four transport forms, caps around gunzip, one bad item spoils only itself."""

import gzip
import io
import json
import zlib

import pytest

from audit.events import bodies, schema
from audit.events.problems import Problem, Unreadable
from tests.audit.events.samples import dump, proposed, reviewed

BATCH = "application/cloudevents-batch+json"
POISON = {
    "NaN": b'{"specversion":"1.0","id":"x","source":"s","type":"t","data":NaN}',
    "too large a number": b'{"specversion":"1.0","id":"x","source":"s","type":"t","data":1e400}',
    "NUL": rb'{"specversion":"1.0","id":"x","source":"s","type":"t","data":"\u0000"}',
    "lone surrogate": rb'{"specversion":"1.0","id":"x","source":"s","type":"t","data":"\ud800"}',
    "deep": b"[" * 200_000 + b"]" * 200_000,
    "deep object": b'{"a":' * 200_000 + b"1" + b"}" * 200_000,
    "long text": b'{"id":"' + b"x" * 1_000_000 + b'"}',
    "repeated key": b'{"specversion":"1.0","id":"x","id":"y","source":"s","type":"t"}',
    "long integer": b'{"specversion":"1.0","id":"x","source":"s","type":"t","data":' + b"9" * 10_000 + b"}",
    "not an object": b"17",
    "bad type": dump(proposed(decision_id="a b")),
}


def parse(body: bytes, media: str = BATCH, **headers: str) -> bodies.Request:
    return bodies.split(body, content_type=media, headers={k.replace("_", "-"): v for k, v in headers.items()})


def test_each_transport_form_gives_the_same_event():
    sent = proposed()
    structured = parse(dump(sent), "application/cloudevents+json; charset=utf-8")
    batched = parse(dump([sent]))
    lines = parse(dump(sent) + b"\n\n", "application/x-ndjson")
    header = {f"ce_{name}": str(value) for name, value in sent.items() if name != "data"}
    binary = parse(dump(sent["data"]), "application/json", content_type="application/json", **header)
    assert [request.many for request in (structured, batched, lines, binary)] == [False, True, True, False]
    payload = structured.items[0].payload
    assert batched.items[0].payload == lines.items[0].payload == payload
    assert json.loads(binary.items[0].payload) == {**sent, "datacontenttype": "application/json"}


def test_header_values_are_percent_decoded():
    request = parse(
        b"{}", "application/json", ce_specversion="1.0", ce_id="Gr%C3%BC%C3%9Fe", ce_source="s", ce_type="t"
    )
    assert request.items[0].id == "Grüße"


def test_plain_json_is_one_event_or_a_batch_by_its_first_character():
    assert not parse(dump(proposed()), "application/json").many
    assert parse(dump([proposed()]), "application/json").many


@pytest.mark.parametrize("name", POISON)
@pytest.mark.parametrize("position", [0, 1, 2])
def test_a_poison_item_spoils_only_itself(name, position):
    pieces = [dump(proposed("A", note='[{\\"],')), dump(reviewed("B"))]
    pieces.insert(position, POISON[name])
    request = parse(b" [" + b" ,\n".join(pieces) + b"] ")
    assert [isinstance(item, Problem) for item in request.items] == [index == position for index in range(3)]
    assert request.items[position].status == 422


@pytest.mark.parametrize("name", [name for name in POISON if name != "not an object"])
def test_a_poison_line_spoils_only_itself(name):
    request = parse(b"\n".join([dump(proposed("A")), POISON[name], dump(reviewed("B"))]), "application/x-ndjson")
    assert [isinstance(item, Problem) for item in request.items] == [False, True, False]


@pytest.mark.parametrize(
    "body",
    [b"", b"not json", b'{"a":', b"[", b"[}", b"[1,2", b'["a]', b"[{},]", b"[{}] x", b'[{"a":1,}]', b"\xff\xfe", b"{}"],
)
def test_what_is_no_json_array_is_refused_as_a_whole(body):
    with pytest.raises(Unreadable) as caught:
        parse(body)
    assert caught.value.problem.status == 400


@pytest.mark.parametrize("body", [b"", b"not json", b'{"a":', b"\xff"])
def test_a_single_event_that_is_no_json_is_unparsable(body):
    with pytest.raises(Unreadable) as caught:
        parse(body, "application/cloudevents+json")
    assert caught.value.problem.status == 400


def test_a_thousand_events_are_taken_and_one_more_is_too_many():
    assert len(parse(dump([proposed()] * 1000)).items) == 1000
    with pytest.raises(Unreadable) as caught:
        parse(dump([proposed()] * 1001))
    assert caught.value.problem.status == 413


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/xml", "multipart/form-data"])
def test_other_content_types_are_named_and_refused(content_type):
    with pytest.raises(Unreadable) as caught:
        parse(b"[]", content_type)
    assert caught.value.problem.status == 415
    assert "cloudevents" in caught.value.problem.detail


def gather(data: bytes, encoding: str = "gzip") -> bytes:
    return bodies.gather(io.BytesIO(data).read, encoding=encoding)


def test_gzip_is_undone_also_in_several_members():
    assert gather(gzip.compress(b"ab") + gzip.compress(b"cd")) == b"abcd"


def test_the_cap_holds_before_and_after_decompression():
    assert len(gather(bytes(bodies.MAX_BYTES), "")) == bodies.MAX_BYTES
    for data, encoding in ((bytes(bodies.MAX_BYTES + 1), ""), (gzip.compress(bytes(bodies.MAX_BYTES + 1)), "gzip")):
        with pytest.raises(Unreadable) as caught:
            gather(data, encoding)
        assert caught.value.problem.status == 413


def test_a_bomb_is_stopped_after_little_reading():
    press = zlib.compressobj(9, wbits=31)
    bomb = b"".join(press.compress(bytes(1 << 20)) for _ in range(200)) + press.flush()
    source = io.BytesIO(bomb)
    with pytest.raises(Unreadable):
        bodies.gather(source.read, encoding="gzip")
    assert source.tell() <= 64 * 1024


@pytest.mark.parametrize(("data", "encoding", "status"), [(b"no", "gzip", 400), (b"", "gzip", 400), (b"", "br", 415)])
def test_a_broken_or_unknown_encoding_is_refused(data, encoding, status):
    with pytest.raises(Unreadable) as caught:
        gather(data, encoding)
    assert caught.value.problem.status == status


def test_a_cut_gzip_body_is_refused():
    with pytest.raises(Unreadable):
        gather(gzip.compress(b"x" * 1000)[:-9])


def test_events_are_events():
    assert isinstance(parse(dump([proposed()])).items[0], schema.Event)
