"""The drill: the 24 rows of the threat model, each an attack performed and the verdict it must get.

(K) marks attackers who hold the signing key too. ``held`` are checkpoints an outsider kept at 40 and 120 of 200.
"""

import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connection, transaction

from audit.ledger import anchors, compare, counting, doctor, guards, keys, log, merkle, removal, rotation, sequencing
from audit.ledger.models import Entry, Leaf, Payload, Queued, SignedCheckpoint
from audit.ledger.note import COSIGNATURE, Head, SigningKey, sign_note
from audit.ledger.verification import verify_bundle
from audit.ledger.witness import Witness, request_text
from tests.audit.ledger import forger
from tests.audit.ledger.bundles import both, make, rewrite
from tests.audit.ledger.conftest import ACTOR, draft, record, sequence

SECOND = UUID("01900000-0000-7000-8000-000000000002")
SUBJECT = UUID("01900000-0000-7000-8000-0000000000aa")
pytestmark = pytest.mark.django_db


@pytest.fixture
def held(db: None) -> list[str]:
    """200 entries without payloads (so that a forger has less to do), and what an outsider kept."""
    notes = []
    for size in (40, 80, 80):
        record(*(draft(i, payload=None) for i in range(size)))
        last = log.latest_checkpoint()
        assert last is not None
        notes.append(last.note)
    return notes[:2]


@pytest.fixture
def verdict(tmp_path: Path) -> Callable[..., str]:
    """Make a bundle and return the word both verifiers agree on."""

    def _verdict(*notes: str) -> str:
        return str(both(make(tmp_path / "b.zip"), checkpoints=notes, vkeys=[str(log.vkey())]).verdict)

    return _verdict


Verify = Callable[..., str]


def now() -> datetime:
    return datetime.now(UTC)


def test_row_01_an_edited_row_is_altered(held: list[str], verdict: Verify) -> None:
    target = next(log.entries(30, 31))
    forger.edit_in_place(target.entry)
    assert verdict() == verdict(*held) == "ALTERED"
    found = doctor.examine()
    assert [(f.kind, f.index, f.entry) for f in found.failures] == [("content", 30, str(target.entry))]


def test_row_02_edited_and_signed_again_passes_alone_and_is_forked_for_an_outsider(
    held: list[str], verdict: Verify
) -> None:
    rows = forger.history()
    forger.rewrite_and_sign([*rows[:30], forger.edit(rows[30]), *rows[31:]])
    assert verdict() == "OK"
    assert verdict(held[0]) == verdict(held[1]) == "FORKED"


def test_row_03_an_edit_after_the_last_outside_checkpoint_passes_and_the_verifier_says_what_it_relied_on(
    held: list[str], verdict: Verify, tmp_path: Path
) -> None:
    rows = forger.history()
    forger.rewrite_and_sign([*rows[:150], forger.edit(rows[150]), *rows[151:]])
    assert verdict(*held) == "OK"
    outcome = verify_bundle(tmp_path / "b.zip", checkpoints=held)
    assert any("first 120 entries" in remark for remark in outcome.remarks)


def test_row_04_a_deleted_tail_under_the_old_checkpoint_is_altered(held: list[str], tmp_path: Path) -> None:
    def cut(found: dict[str, bytes]) -> None:
        rows = forger.history()[:190]
        found["entries/000.bin"] = b"".join(len(r.envelope).to_bytes(2, "big") + r.envelope for r in rows)

    assert str(both(rewrite(make(tmp_path / "b.zip"), cut, tmp_path / "c.zip")).verdict) == "ALTERED"
    with guards.lifted(connection):
        Entry.objects.filter(pk__in=Leaf.objects.filter(idx__gte=190).values("entry_id")).delete()
        Leaf.objects.filter(idx__gte=190).delete()
    found = doctor.examine()
    assert (str(found.verdict), found.failures[0].kind, found.failures[0].index) == ("ALTERED", "missing", 190)
    with pytest.raises(log.NotFound):
        make(tmp_path / "d.zip")


def test_row_05_a_deleted_tail_signed_again_is_rolled_back(held: list[str], verdict: Verify) -> None:
    forger.rewrite_and_sign(forger.history()[:100])
    assert verdict() == "OK"
    assert verdict(held[1]) == "ROLLED-BACK"


@pytest.mark.parametrize("gone", [range(0, 5), range(50, 55)])
def test_row_06_a_deleted_head_or_middle_signed_again_is_forked(held: list[str], verdict: Verify, gone: range) -> None:
    forger.rewrite_and_sign([row for i, row in enumerate(forger.history()) if i not in gone])
    assert verdict() == "OK"
    assert verdict(held[1]) == "FORKED"


def test_row_07_reordered_entries_are_altered(held: list[str], tmp_path: Path) -> None:
    def swap(found: dict[str, bytes]) -> None:
        rows = forger.history()
        rows[10], rows[11] = rows[11], rows[10]
        found["entries/000.bin"] = b"".join(len(r.envelope).to_bytes(2, "big") + r.envelope for r in rows)

    outcome = both(rewrite(make(tmp_path / "b.zip"), swap, tmp_path / "c.zip"))
    assert str(outcome.verdict) == "ALTERED"
    assert [(f.kind, f.index) for f in outcome.failures] == [("order", 10), ("order", 11)]


def test_row_08_an_entry_put_into_the_past_is_forked(held: list[str], verdict: Verify) -> None:
    rows = forger.history()
    invented = forger.Row(
        UUID(int=77), rows[20].envelope.replace(str(rows[20].entry).encode(), str(UUID(int=77)).encode())
    )
    forger.rewrite_and_sign([*rows[:20], invented, *rows[20:]])
    assert verdict() == "OK"
    assert verdict(held[0]) == "FORKED"


def test_row_08_an_entry_that_claims_a_time_before_a_witnessed_checkpoint_is_said_to_be_late(
    held: list[str], tmp_path: Path
) -> None:
    witness = SigningKey("witness.example.org/w", bytes(32), COSIGNATURE)
    last = log.latest_checkpoint()
    assert last is not None
    line = witness.line(anchors.signed_text(last).decode(), time=int((now() + timedelta(hours=1)).timestamp()))
    anchors.Anchor.objects.create(
        size=last.size, kind="cosignature", source=str(witness.verifier), blob=line.encode(), at=now()
    )
    record(draft(payload=None))
    outcome = both(make(tmp_path / "b.zip"))
    assert outcome.figures["late_recorded"] == 1
    assert any("recorded late" in remark for remark in outcome.remarks)


def test_row_09_two_histories_for_two_auditors_are_seen_when_they_compare_and_by_a_shared_witness(
    held: list[str], tmp_path: Path
) -> None:
    honest = log.latest_checkpoint()
    assert honest is not None
    witness = Witness(SigningKey("w.example.org", bytes(32), COSIGNATURE), [log.vkey()], tmp_path / "seen.json")
    assert witness.add_checkpoint(request_text(0, (), honest.note)).status == 200
    rows = forger.history()
    forger.rewrite_and_sign([*rows[:150], forger.edit(rows[150]), *rows[151:]])
    other = log.latest_checkpoint()
    assert other is not None
    assert str(compare.compare_notes(honest.note, other.note, vkeys=[str(log.vkey())]).verdict) == "FORKED"
    assert witness.add_checkpoint(request_text(200, (), other.note)).status == 409
    bundle = make(tmp_path / "b.zip")
    assert str(compare.compare_notes(held[0], other.note, bundle=bundle).verdict) == "OK"
    assert str(both(bundle, checkpoints=[honest.note]).verdict) == "FORKED"


@pytest.fixture
def own_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key of this test's own, so that rotating it does not touch the others."""
    monkeypatch.setattr(settings, "LEDGER_KEY_FILE", tmp_path / "keys" / "ledger_key")
    monkeypatch.setattr(settings, "LEDGER_ORIGIN", "drill.example.org")


def test_row_10_a_rotated_key_is_followed_from_the_old_one(own_key: None, tmp_path: Path) -> None:
    record(draft(1), draft(2))
    old_vkey, old = str(log.vkey()), log.latest_checkpoint()
    assert old is not None
    new_vkey = str(rotation.rotate_key(actor=ACTOR, at=now(), reason="yearly"))
    record(draft(3))
    assert new_vkey != old_vkey
    for known in ([old_vkey], [new_vkey, old_vkey]):
        assert str(both(make(tmp_path / "b.zip"), checkpoints=[old.note], vkeys=known).verdict) == "OK"
    stranger = str(SigningKey("drill.example.org", bytes(32)).verifier)
    assert str(both(make(tmp_path / "b.zip"), vkeys=[stranger]).verdict) == "BAD-SIGNATURE"
    assert doctor.examine().exit_code == 0


def test_row_10_a_rotation_nobody_signed_is_not_followed(own_key: None, tmp_path: Path) -> None:
    record(draft(1))
    old_vkey = str(log.vkey())
    settings.LEDGER_KEY_FILE.unlink()
    keys.forget()
    record(draft(2))
    assert str(both(make(tmp_path / "b.zip"), vkeys=[old_vkey]).verdict) == "BAD-SIGNATURE"


def test_row_11_with_a_stolen_key_a_fork_is_refused_by_the_witness(held: list[str], tmp_path: Path) -> None:
    witness = Witness(SigningKey("w.example.org", bytes(32), COSIGNATURE), [log.vkey()], tmp_path / "seen.json")
    assert witness.add_checkpoint(request_text(0, (), held[1])).status == 200
    forged = sign_note(Head(log.origin(), 130, bytes(32)).to_text(), keys.signer())
    assert witness.add_checkpoint(request_text(120, (bytes(32),), forged)).status == 422


def test_row_12_what_was_not_committed_was_not_acknowledged(held: list[str], verdict: Verify) -> None:
    with pytest.raises(ConnectionError), transaction.atomic():
        log.append([draft()], at=now())
        raise ConnectionError("gone before COMMIT")
    sequence()
    assert verdict(*held) == "OK"
    assert Entry.objects.count() == 200


def test_row_13_a_crash_inside_the_sequencer_leaves_no_half_step(
    held: list[str], verdict: Verify, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object, **__: object) -> str:
        raise ConnectionError("killed before signing")

    with monkeypatch.context() as broken:
        broken.setattr(sequencing, "sign_note", crash)
        with pytest.raises(ConnectionError):
            record(draft(payload=None))
    assert Leaf.objects.count() == 200
    record(draft(payload=None))
    assert verdict(*held) == "OK"


def test_row_13_nothing_is_signed_over_tiles_that_do_not_give_the_last_root(held: list[str]) -> None:
    from audit.ledger.models import Tile

    with guards.lifted(connection):
        tile = Tile.objects.get(pk=0)
        Tile.objects.filter(pk=0).update(hashes=bytes(32) + bytes(tile.hashes)[32:])
    sequencing._edge = None
    with pytest.raises(log.TreeBroken):
        record(draft(payload=None))


def test_row_14_a_second_sequencer_cannot_sign_one_size_twice(held: list[str]) -> None:
    edge = sequencing._current_edge()
    with guards.lifted(connection):
        SignedCheckpoint.objects.create(size=201, root=bytes(32), note="", at=now())
    with pytest.raises(log.TreeBroken), transaction.atomic():
        sequencing._sign(edge, [bytes(32)], now())


def test_row_14_a_restored_backup_is_not_signed_over(own_key: None) -> None:
    record(draft(1), draft(2))
    sequencing.remember(50, force=True)
    with pytest.raises(log.RolledBack):
        record(draft(3))
    assert str(doctor.examine().verdict) == "ROLLED-BACK"


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has one writer and no queue")
@pytest.mark.postgres
def test_row_16_a_lower_id_that_commits_later_is_not_lost(verdict: Verify) -> None:
    with transaction.atomic():
        early = log.append([draft(1)], at=now())
    delayed = Queued.objects.get()
    kept = (delayed.pk, bytes(delayed.entries), bytes(delayed.leaf_hashes), delayed.queued_at)
    delayed.delete()  # not yet visible, as if its transaction were still open
    [late] = record(draft(2))
    Queued.objects.create(pk=kept[0], entries=kept[1], leaf_hashes=kept[2], size=1, queued_at=kept[3])
    sequence()
    assert (log.index_of(late.entry), log.index_of(early[0].entry)) == (0, 1)
    assert verdict() == "OK"


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite sequences in the same transaction")
@pytest.mark.postgres
def test_row_17_an_entry_taken_out_of_the_queue_is_seen_as_long_as_it_exists() -> None:
    with transaction.atomic():
        log.append([draft(1)], at=now())
    Queued.objects.all().delete()
    found = doctor.examine()
    assert (str(found.verdict), found.failures[0].kind) == ("ALTERED", "extra")


def test_row_17_a_receipt_with_a_proof_convicts_whoever_removes_the_entry(held: list[str], verdict: Verify) -> None:
    [receipt] = record(draft(payload=None))
    proof = log.inclusion(receipt.entry).to_text()
    receipt_note = proof.split("\n\n", 1)[1]
    forger.rewrite_and_sign(forger.history()[:200])
    assert verdict(receipt_note) == "ROLLED-BACK"


def test_row_18_what_was_never_recorded_is_named_as_beyond_any_proof(held: list[str], tmp_path: Path) -> None:
    with zipfile.ZipFile(make(tmp_path / "b.zip")) as archive:
        said = archive.read("README.txt").decode()
    assert "That everything that happened was recorded" in said.split("does not prove")[1]


def test_row_19_payloads_dropped_by_retention_are_gaps_and_without_an_entry_altered(verdict: Verify) -> None:
    with log.replaying_clock("test"), transaction.atomic():
        log.append([draft(i) for i in range(3)], at=now() - timedelta(days=900))
    sequence()
    record(draft(9))
    removal.prune(actor=ACTOR, second=SECOND, at=now(), stream="events", reason="retention")
    sequence()
    assert verdict() == "OK-WITH-GAPS"
    with guards.lifted(connection):
        Payload.objects.filter(pk=next(log.entries(3, 4)).entry).delete()
    assert verdict() == "ALTERED"


def test_row_20_an_erasure_leaves_every_earlier_proof_standing(verdict: Verify) -> None:
    record(draft(1, subject=SUBJECT), draft(2))
    before = log.latest_checkpoint()
    assert before is not None
    removal.erase_subject(actor=ACTOR, second=SECOND, at=now(), subject=SUBJECT, reason="request")
    sequence()
    assert verdict(before.note) == "OK-WITH-GAPS"


def test_row_21_an_erasure_to_hide_evidence_needs_two_is_stopped_by_a_hold_and_is_counted() -> None:
    record(draft(1, subject=SUBJECT))
    with pytest.raises(removal.TwoPersonsNeeded):
        removal.erase_subject(actor=ACTOR, second=ACTOR, at=now(), subject=SUBJECT, reason="hide")
    hold = removal.place_hold(actor=ACTOR, at=now(), reason="court", subject=SUBJECT)
    with pytest.raises(removal.OnHold):
        removal.erase_subject(actor=ACTOR, second=SECOND, at=now(), subject=SUBJECT, reason="hide")
    removal.lift_hold(actor=ACTOR, second=SECOND, at=now(), hold=hold, reason="over")
    sequence()
    removal.erase_subject(actor=ACTOR, second=SECOND, at=now(), subject=SUBJECT, reason="request")
    assert [act.payloads for act in counting.acts()] == [{"events": 1}]


def test_row_22_a_guess_at_a_payload_cannot_be_checked_without_its_salt() -> None:
    first, second = record(draft(payload=b'{"who":"Mr X"}'), draft(payload=b'{"who":"Mr X"}'))
    one, two = log.entry(first.entry), log.entry(second.entry)
    assert one.parsed["payload"]["commit"] != two.parsed["payload"]["commit"]
    assert b"Mr X" not in one.envelope


def test_row_23_an_entry_of_another_log_or_a_node_sold_as_a_leaf_does_not_pass(
    held: list[str], verdict: Verify
) -> None:
    rows = forger.history()
    foreign = forger.Row(rows[150].entry, rows[150].envelope.replace(log.origin().encode(), b"other.example.org"))
    forger.rewrite_and_sign([*rows[:150], foreign, *rows[151:]])
    assert verdict() == "ALTERED"
    hashes = [merkle.leaf_hash(b"%d" % i) for i in range(4)]
    inner = b"\x01" + hashes[0] + hashes[1]
    with pytest.raises(merkle.ProofInvalid):
        merkle.verify_inclusion(merkle.leaf_hash(inner), 0, 2, [merkle.root_hash(hashes[2:])], merkle.root_hash(hashes))


def hostile(kind: str, found: dict[str, bytes], path: Path) -> None:
    """Write a bundle meant to crash or fool a verifier."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in found.items():
            if kind == "climbs" and name == "README.txt":
                archive.writestr("../../etc/evil", data)
            archive.writestr(name, data)
        if kind == "bomb":
            archive.writestr("bomb", bytes(1 << 22), compress_type=zipfile.ZIP_DEFLATED)
        if kind == "twice":
            archive.writestr("manifest.json", found["manifest.json"])
        if kind == "absolute":
            archive.writestr("/etc/evil", b"")


CHANGES: dict[str, Callable[[dict[str, bytes]], None]] = {
    "climbs": lambda found: None,
    "bomb": lambda found: None,
    "twice": lambda found: None,
    "absolute": lambda found: None,
    "deep json": lambda found: found.update({"manifest.json": b"[" * 200_000}),
    "huge size": lambda found: found.update({"checkpoint.note": huge_checkpoint()}),
    "negative range": lambda found: found.update(
        {"manifest.json": found["manifest.json"].replace(b'"from": 0', b'"from": -256')}
    ),
    "no manifest": lambda found: found.update({"manifest.json": b"{}"}),
    "length beyond": lambda found: found.update({"entries/000.bin": b"\xff\xff" + found["entries/000.bin"][2:]}),
    "binary note": lambda found: found.update({"checkpoint.note": b"\xff\xfe" * 50}),
    "junk payloads": lambda found: found.update({"payloads/000.bin": b"{"}),
    "lengths without end": lambda found: found.update({"payloads/000.bin": b"\xff" * 8}),
    "junk keys": lambda found: found.update({"policy.txt": b"log x\n"}),
}


def swap(found: dict[str, bytes], name: str, old: bytes, new: bytes) -> None:
    assert old in found[name]
    found[name] = found[name].replace(old, new)


def huge_checkpoint() -> bytes:
    return sign_note(Head(log.origin(), (1 << 63) - 1, bytes(32)).to_text(), keys.signer()).encode()


@pytest.mark.parametrize("kind", CHANGES)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_row_24_a_hostile_bundle_is_unverifiable_and_crashes_nothing(kind: str, tmp_path: Path) -> None:
    record(draft(1))
    with zipfile.ZipFile(make(tmp_path / "b.zip")) as archive:
        found = {info.filename: archive.read(info) for info in archive.infolist()}
    CHANGES[kind](found)
    hostile(kind, found, tmp_path / "c.zip")
    assert str(both(tmp_path / "c.zip").verdict) == "UNVERIFIABLE"


@pytest.mark.parametrize(
    "second",
    [
        *[b'"payload":null,', b'"type":"none",', b'"pay\\u006coad":null,', b'"t\\u0079pe":"none",'],
        *[b'"payload" :null,', b'"type"\n:"none",', b'"stream":"ledger",', b'"simulated":true,', b'"id":"x",'],
    ],
)
def test_row_24_an_envelope_with_a_member_twice_is_refused_though_it_begins_and_ends_as_usual(
    held: list[str], verdict: Verify, second: bytes
) -> None:
    rows = forger.history()
    forger.rewrite_and_sign([*rows[:30], forger.edit(rows[30], b'"refs":', second + b'"refs":'), *rows[31:]])
    assert verdict() == "ALTERED"


def _commit(said: bytes) -> tuple[bytes, bytes]:
    return b'"payload":null', b'"payload":{"commit":%b}' % said


@pytest.mark.parametrize(
    ("old", "new"),
    [
        *[(b'"simulated":', b'"score":%b,"simulated":' % number) for number in (b"0.5", b"NaN", b"9007199254740992")],
        *[_commit(said) for said in (b"5", b"null", b'"\\ud800"')],
        (b'"payload":null', b'"payload":{}'),
        (b'"payload":null', b'"payload":false'),
        (b'"system":"', b'"system":"' + b"x" * 8192),
    ],
)
def test_row_24_an_envelope_nobody_could_have_recorded_is_refused_by_both(
    held: list[str], verdict: Verify, old: bytes, new: bytes
) -> None:
    rows = forger.history()
    forger.rewrite_and_sign([*rows[:30], forger.edit(rows[30], old, new), *rows[31:]])
    assert verdict() == "ALTERED"


def test_row_24_a_payload_is_held_against_the_commitment_of_the_envelope_itself(tmp_path: Path) -> None:
    """One that stands in another member, before the real one and laid out alike, promises nothing."""
    record(draft(1), draft(2))
    rows = forger.history()
    real = rows[0].envelope[rows[0].envelope.index(b'"payload":') :].partition(b"},")[0] + b"},"
    decoy = real.replace(b'"commit":"', b'"commit":"' + b"0" * 64 + b'","was":"')
    forger.rewrite_and_sign([forger.edit(rows[0], real, b'"m":{' + real[:-1] + b"}," + decoy), rows[1]])
    assert str(both(make(tmp_path / "b.zip")).verdict) == "ALTERED"


def test_row_24_json_with_a_member_twice_is_refused() -> None:
    from audit.ledger.strict import JSONRefused, strict_json

    with pytest.raises(JSONRefused):
        strict_json('{"a": 1, "a": 2}', "x")
    assert json.loads('{"a": 1, "a": 2}') == {"a": 2}
