"""Envelope bytes are those of RFC 8785, and nothing that would make them ambiguous gets in."""

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from audit.ledger import envelope
from audit.ledger.bundled import read_known

text = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60)
uuids = st.none() | st.uuids()
REFS = ("UC-0001",)


def encode(**fields: object) -> bytes:
    given: dict[str, object] = {
        "log": "custodes-0123456789ab.local",
        "entry": "01900000-0000-7000-8000-000000000001",
        "stream": "events",
        "kind": "ai.oversight.decision.v1",
        "event_time": envelope.moment(datetime(2026, 1, 1, tzinfo=UTC)),
        "recorded_at": envelope.moment(datetime(2026, 1, 2, tzinfo=UTC)),
        "recorded_by": None,
        "subject": None,
        "system": "s",
        "model_version": "m",
        "policy_ref": "p",
        "refs": REFS,
        "simulated": False,
        "commit": "ab" * 32,
        "size": 3,
        "media_type": "application/json",
        **fields,
    }
    own = {name: given.pop(name) for name in ("entry", "event_time", "commit", "size")}
    return envelope.fill(envelope.form(**given), **own)  # type: ignore[arg-type]


@given(
    text,
    text,
    text,
    st.lists(text, max_size=5),
    uuids,
    uuids,
    st.booleans(),
    st.booleans(),
    text,
    st.integers(0, 10**8),
)
def test_our_bytes_are_those_of_an_independent_canonicaliser(
    system: str,
    model: str,
    policy: str,
    refs: list[str],
    by: UUID | None,
    subject: UUID | None,
    simulated: bool,
    has_payload: bool,
    media_type: str,
    size: int,
) -> None:
    data = encode(
        system=system,
        model_version=model,
        policy_ref=policy,
        refs=refs,
        recorded_by=by,
        subject=subject,
        simulated=simulated,
        commit="0f" * 32 if has_payload else None,
        size=size,
        media_type=media_type,
        key_id=str(subject) if subject else None,
    )
    parsed = json.loads(data)
    assert rfc8785.dumps(parsed) == data
    assert envelope.decode(data) == parsed
    assert (parsed["system"], parsed["refs"]) == (system, refs)
    known = read_known(data)
    assert known is not None
    assert known.simulated == simulated
    assert (known.commit is not None) == has_payload


def test_every_control_character_is_written_as_the_rfc_asks() -> None:
    data = encode(system="".join(map(chr, range(0x20))) + '"\\/\x7f\u2028€😀')
    assert rfc8785.dumps(json.loads(data)) == data


def test_a_lone_surrogate_is_refused() -> None:
    with pytest.raises(envelope.EnvelopeInvalid):
        encode(system="\ud800")


@pytest.mark.parametrize(
    "fields", [{"system": "x" * 501}, {"refs": ("r",) * 65}, {"refs": ("r" * 501,)}, {"refs": ("r" * 400,) * 30}]
)
def test_what_does_not_fit_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(envelope.EnvelopeInvalid):
        encode(**fields)


@pytest.mark.parametrize(
    "data",
    [
        b'{"v":"lv/1","a":1.5}',
        b'{"v":"lv/1","a":9007199254740992}',
        b'{"v":"lv/1","a":1,"a":2}',
        b'{"v":"lv/1","a":NaN}',
        b'{"v":"lv/2"}',
        b"[]",
        b"{",
        b"\xff",
        b'{"v":"lv/1","a":"' + b"x" * 9000 + b'"}',
        b"[" * 8000,
    ],
)
def test_ambiguous_json_is_refused(data: bytes) -> None:
    with pytest.raises(envelope.EnvelopeInvalid):
        envelope.decode(data)


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(envelope.EnvelopeInvalid):
        envelope.moment(datetime(2026, 1, 1))  # noqa: DTZ001


@pytest.mark.parametrize("name", ["", "A", "a b", "a/b", "x" * 101])
def test_streams_and_types_are_short_plain_names(name: str) -> None:
    with pytest.raises(envelope.EnvelopeInvalid):
        envelope.check_names(name, "ok")


def test_a_commitment_needs_its_salt() -> None:
    assert envelope.commitment(bytes(32), b"yes") != envelope.commitment(bytes([1]) * 32, b"yes")
