"""The evidence bundle: the same bytes each time, and every change to it is found, by both verifiers."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from audit.ledger import keys, log
from audit.ledger.bundle import BundleFailed, verify_bundle
from audit.ledger.note import Head, sign_note
from audit.ledger.packs import LARGE
from tests.audit.ledger.bundles import OFFLINE, both, make, members, pack, records, rewrite, to_bytes
from tests.audit.ledger.conftest import draft, record

Fill = Callable[[int], list[log.Recorded]]


def flip(data: bytes, position: int) -> bytes:
    return data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :]


def test_a_bundle_of_the_ledger_is_ok_for_both_verifiers(fill: Fill, tmp_path: Path) -> None:
    fill(300)
    checkpoint = log.latest_checkpoint()
    assert checkpoint is not None
    outcome = both(make(tmp_path / "b.zip"), checkpoints=[checkpoint.note], vkeys=[str(log.vkey())])
    assert str(outcome.verdict) == "OK", outcome.summary
    assert outcome.figures["checked"] == 300
    assert outcome.figures["payloads"]["checked"] == 300
    assert outcome.figures["fingerprint"] == checkpoint.fingerprint


def test_an_earlier_checkpoint_fits_a_later_bundle(fill: Fill, tmp_path: Path) -> None:
    fill(260)
    notes = [log.checkpoint_at(size).note for size in (1, 4, 11, 26, 57, 120, 247, 260)]
    assert both(make(tmp_path / "b.zip"), checkpoints=notes).exit_code == 0


def test_the_same_ledger_gives_the_same_bytes(fill: Fill) -> None:
    fill(20)
    assert to_bytes() == to_bytes()


def test_one_changed_byte_of_an_entry_is_found_and_named(fill: Fill, tmp_path: Path) -> None:
    receipts = fill(20)
    path = make(tmp_path / "b.zip")
    entries = members(path)["entries/000.bin"]
    target = list(log.entries())[17]
    position = entries.index(target.envelope) + target.envelope.index(b"UC-0001")
    outcome = both(rewrite(path, {"entries/000.bin": flip(entries, position)}, tmp_path / "c.zip"))
    assert (str(outcome.verdict), outcome.exit_code) == ("ALTERED", 11)
    assert [(f.index, f.entry) for f in outcome.failures] == [(17, str(target.entry))]
    assert str(target.entry) in {str(r.entry) for r in receipts}


def test_one_changed_byte_anywhere_in_the_evidence_is_never_ok(fill: Fill, tmp_path: Path) -> None:
    fill(5)
    path = make(tmp_path / "b.zip")
    found = members(path)
    evidence = [n for n in found if n.startswith(("entries/", "tiles/", "payloads/", "checkpoint"))]
    for name in evidence:
        for position in {0, len(found[name]) // 3, len(found[name]) // 2, len(found[name]) - 2}:
            changed = rewrite(path, {name: flip(found[name], position)}, tmp_path / "c.zip")
            outcome = verify_bundle(changed, vkeys=[str(log.vkey())])
            assert str(outcome.verdict) in {"ALTERED", "BAD-SIGNATURE", "UNVERIFIABLE"}, (name, position)


def drop_last(found: dict[str, bytes]) -> None:
    data = found["entries/000.bin"]
    position = 0
    while True:
        step = 2 + int.from_bytes(data[position : position + 2], "big")
        if position + step == len(data):
            break
        position += step
    found["entries/000.bin"] = data[:position]


def swap_first_two(found: dict[str, bytes]) -> None:
    data = found["entries/000.bin"]
    first = 2 + int.from_bytes(data[:2], "big")
    second = first + 2 + int.from_bytes(data[first : first + 2], "big")
    found["entries/000.bin"] = data[first:second] + data[:first] + data[second:]


def forget_a_payload(found: dict[str, bytes]) -> None:
    pack(found, {place: record for place, record in records(found).items() if place != 3})


def forget_all_payloads(found: dict[str, bytes]) -> None:
    del found["payloads/000.bin"]


def swap_two_payloads(found: dict[str, bytes]) -> None:
    kept = records(found)
    pack(found, {**kept, 3: kept[4], 4: kept[3]})


def forget_a_salt(found: dict[str, bytes]) -> None:
    kept = records(found)
    pack(found, {**kept, 3: kept[3][32:]})


def take_away_a_large_one(found: dict[str, bytes]) -> None:
    kept = records(found)
    pack(found, {**kept, 3: kept[3][:32]})


def lengthen_a_pack(found: dict[str, bytes]) -> None:
    found["payloads/000.bin"] += b"more"


def cut_the_lengths(found: dict[str, bytes]) -> None:
    found["payloads/000.bin"] = found["payloads/000.bin"][:7]


def promise_too_much(found: dict[str, bytes]) -> None:
    found["payloads/000.bin"] = b"\xff" * 4 + found["payloads/000.bin"][4:]


def bring_what_nobody_asked_for(found: dict[str, bytes]) -> None:
    found["payloads/001.bin"] = found["payloads/000.bin"]


def other_key(found: dict[str, bytes]) -> None:
    from audit.ledger.note import SigningKey

    found["policy.txt"] = f"log {SigningKey(log.origin(), bytes(32)).verifier}\nquorum none\n".encode()


def shrink_the_range(found: dict[str, bytes]) -> None:
    manifest = json.loads(found["manifest.json"])
    manifest["entries"]["to"] = 10_000
    found["manifest.json"] = json.dumps(manifest).encode()


def double_member(found: dict[str, bytes]) -> None:
    found["manifest.json"] = found["manifest.json"].replace(b'"log":', b'"log": "x", "log":')


def no_tiles(found: dict[str, bytes]) -> None:
    for name in [name for name in found if name.startswith("tiles/")]:
        del found[name]


@pytest.mark.parametrize(
    ("attack", "verdict"),
    [
        (drop_last, "ALTERED"),
        (swap_first_two, "ALTERED"),
        (forget_a_payload, "ALTERED"),
        (forget_all_payloads, "ALTERED"),
        (swap_two_payloads, "ALTERED"),
        (forget_a_salt, "UNVERIFIABLE"),
        (take_away_a_large_one, "UNVERIFIABLE"),
        (lengthen_a_pack, "UNVERIFIABLE"),
        (cut_the_lengths, "UNVERIFIABLE"),
        (promise_too_much, "UNVERIFIABLE"),
        (bring_what_nobody_asked_for, "ALTERED"),
        (other_key, "BAD-SIGNATURE"),
        (shrink_the_range, "ALTERED"),
        (double_member, "UNVERIFIABLE"),
        (no_tiles, "UNVERIFIABLE"),
    ],
)
def test_a_forged_bundle_gets_the_word_it_deserves(
    fill: Fill, tmp_path: Path, attack: Callable[[dict[str, bytes]], None], verdict: str
) -> None:
    fill(10)
    outcome = both(rewrite(make(tmp_path / "b.zip"), attack, tmp_path / "c.zip"))
    assert str(outcome.verdict) == verdict, outcome.summary


def test_a_checkpoint_of_more_entries_means_rolled_back(fill: Fill, tmp_path: Path) -> None:
    fill(10)
    path = make(tmp_path / "b.zip")
    record(draft(11))
    newer = log.latest_checkpoint()
    assert newer is not None
    assert str(both(path, checkpoints=[newer.note]).verdict) == "ROLLED-BACK"


def test_a_wrong_key_given_by_the_reader_is_a_bad_signature(fill: Fill, tmp_path: Path) -> None:
    from audit.ledger.note import SigningKey

    fill(3)
    foreign = SigningKey(log.origin(), bytes(32)).verifier
    assert both(make(tmp_path / "b.zip"), vkeys=[str(foreign)]).exit_code == 14


@pytest.mark.parametrize("junk", ["", "gibberish", "a\n1\nb\n\n— a b\n", "\n\n"])
def test_an_unreadable_checkpoint_is_unverifiable_and_never_ok(fill: Fill, tmp_path: Path, junk: str) -> None:
    fill(3)
    assert both(make(tmp_path / "b.zip"), checkpoints=[junk]).exit_code == 15


def test_a_range_is_widened_to_tiles_and_says_what_it_does_not_cover(fill: Fill, tmp_path: Path) -> None:
    fill(1100)
    outcome = both(make(tmp_path / "b.zip", start=300, end=520))
    assert outcome.exit_code == 0, outcome.summary
    assert outcome.figures["entries"] == {"from": 256, "to": 768}
    assert any("range" in remark for remark in outcome.remarks)
    altered = make(tmp_path / "b.zip", start=300, end=520)
    name = "tiles/0/001"
    changed = rewrite(altered, {name: flip(members(altered)[name], 40)}, tmp_path / "c.zip")
    assert both(changed).exit_code == 11


def test_payloads_can_be_withheld_and_the_proofs_still_hold(fill: Fill, tmp_path: Path) -> None:
    fill(12)
    path = make(tmp_path / "b.zip", payloads=False)
    outcome = both(path)
    assert outcome.exit_code == 0
    assert outcome.figures["payloads"] == {"checked": 0, "withheld": 12, "removed": 0, "none": 0}
    assert not any(name.startswith("payloads/") for name in members(path))


def test_large_and_empty_payloads_are_files_of_their_own(db: None, tmp_path: Path) -> None:
    record(draft(1, payload=b""), draft(2, payload=bytes(LARGE)), draft(3, payload=bytes(LARGE + 1)), draft(4))
    path = make(tmp_path / "b.zip")
    outcome = both(path)
    assert (outcome.exit_code, outcome.figures["payloads"]["checked"]) == (0, 4)
    found = members(path)
    own = {name: len(data) for name, data in found.items() if name.startswith("payloads/000/")}
    assert own == {"payloads/000/0.bin": 0, "payloads/000/2.bin": LARGE + 1}
    altered = rewrite(path, {"payloads/000/2.bin": b"\1" + bytes(LARGE)}, tmp_path / "c.zip")
    assert str(both(altered).verdict) == "ALTERED"


def test_a_payload_for_an_entry_that_commits_to_none_is_altered(db: None, tmp_path: Path) -> None:
    record(draft(1), draft(2, payload=None))

    def add(found: dict[str, bytes]) -> None:
        kept = records(found)
        pack(found, {0: kept[0], 1: kept[0]})

    assert str(both(rewrite(make(tmp_path / "b.zip"), add, tmp_path / "c.zip")).verdict) == "ALTERED"


@pytest.mark.django_db
def test_an_empty_ledger_has_no_bundle(tmp_path: Path) -> None:
    with pytest.raises(BundleFailed):
        make(tmp_path / "b.zip")


def test_the_bundle_carries_the_verifier_and_extra_files(fill: Fill, tmp_path: Path) -> None:
    fill(2)
    found = members(make(tmp_path / "b.zip", extra={"report.pdf": b"%PDF"}))
    assert found["verify.py"] == OFFLINE.read_bytes()
    assert found["report.pdf"] == b"%PDF"
    assert b"What a passing check does not prove" in found["README.txt"]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"not a zip", b"PK\x05\x06" + bytes(18)])
def test_a_file_that_is_no_bundle_is_unverifiable(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "b.zip"
    path.write_bytes(content)
    assert both(path).exit_code == 15


def test_a_range_made_for_a_checkpoint_can_be_held_against_it(fill: Fill, tmp_path: Path) -> None:
    """Of 1,000 entries only the last are handed over; the recipient kept a checkpoint from long before."""
    fill(1000)
    kept = log.checkpoint_at(next(size for size in _sizes() if 200 < size < 500))
    without = make(tmp_path / "a.zip", start=768)
    assert str(both(without, checkpoints=[kept.note]).verdict) == "UNVERIFIABLE"
    path = make(tmp_path / "b.zip", start=768, known=[kept.size])
    assert str(both(path, checkpoints=[kept.note]).verdict) == "OK"
    other = sign_note(Head(log.origin(), kept.size, b"\x05" * 32).to_text(), keys.signer())
    assert str(both(path, checkpoints=[other]).verdict) == "FORKED"


def test_a_tile_of_another_history_does_not_make_a_range_fit(fill: Fill, tmp_path: Path) -> None:
    """The key holder rewrote entries the recipient had sealed, and brings the old tile beside the new range."""
    fill(1000)
    kept = log.checkpoint_at(next(size for size in _sizes() if 200 < size < 500))
    number = kept.size // 256
    honest = members(make(tmp_path / "a.zip", start=768, known=[kept.size]))
    tile = f"tiles/0/{number:03d}"
    forged = bytes([honest[tile][0] ^ 1]) + honest[tile][1:]
    outcome = both(rewrite(tmp_path / "a.zip", {tile: forged}, tmp_path / "b.zip"), checkpoints=[kept.note])
    assert str(outcome.verdict) == "ALTERED", outcome.summary


def _sizes() -> list[int]:
    from audit.ledger.models import SignedCheckpoint

    return list(SignedCheckpoint.objects.order_by("size").values_list("size", flat=True))


def test_the_verifier_that_goes_into_the_bundle_stays_short() -> None:
    """400 lines can be read in an hour, and the mathematics of 150 fit on paper."""
    lines = OFFLINE.read_text().splitlines()
    assert len(lines) <= 400
    assert max(map(len, lines)) <= 120
    first = next(i for i, line in enumerate(lines) if line.startswith("# ==== part 1"))
    second = next(i for i, line in enumerate(lines) if line.startswith("# ==== part 2"))
    assert second - first <= 150
