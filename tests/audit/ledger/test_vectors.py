"""Published and own vectors; where each comes from stands in tests/vectors/ledger/README.md."""

import hashlib
import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

from audit.ledger import merkle, tiles
from audit.ledger.note import (
    COSIGNATURE,
    Head,
    NoteMalformed,
    SignatureInvalid,
    SigningKey,
    VerifierKey,
    open_checkpoint,
    open_note,
    sign_note,
)

VECTORS = Path(__file__).parents[2] / "vectors" / "ledger"
LEDGER: dict[str, Any] = json.loads((VECTORS / "ledger.json").read_text())
PROBES: dict[str, Any] = json.loads((VECTORS / "probes.json").read_text())
EIGHT = [merkle.leaf_hash(bytes.fromhex(value)) for value in LEDGER["rfc6962_8leaf"]["inputs_hex"]]
BIG = [merkle.leaf_hash(b"entry-%d" % i) for i in range(65536)]


def hexes(values: list[str]) -> list[bytes]:
    return [bytes.fromhex(value) for value in values]


@pytest.mark.parametrize(("size", "root"), LEDGER["rfc6962_8leaf"]["roots_hex"].items())
def test_roots_of_the_eight_leaf_tree(size: str, root: str) -> None:
    assert merkle.root_hash(EIGHT[: int(size)]).hex() == root


@pytest.mark.parametrize("case", LEDGER["rfc6962_8leaf"]["inclusion"])
def test_inclusion_proofs_of_the_eight_leaf_tree(case: dict[str, Any]) -> None:
    index, size, proof = case["index"], case["size"], hexes(case["proof"])
    assert merkle.inclusion_proof(index, EIGHT[:size]) == proof
    merkle.verify_inclusion(EIGHT[index], index, size, proof, merkle.root_hash(EIGHT[:size]))


@pytest.mark.parametrize("case", LEDGER["rfc6962_8leaf"]["consistency"])
def test_consistency_proofs_of_the_eight_leaf_tree(case: dict[str, Any]) -> None:
    size1, size2, proof = case["size1"], case["size2"], hexes(case["proof"])
    assert merkle.consistency_proof(size1, EIGHT[:size2]) == proof
    roots = merkle.root_hash(EIGHT[:size1]), merkle.root_hash(EIGHT[:size2])
    merkle.verify_consistency(size1, size2, proof, *roots)


@pytest.mark.parametrize(("size", "root"), LEDGER["big"]["roots"].items())
def test_roots_of_big_trees_from_leaves_and_from_tiles(size: str, root: str) -> None:
    assert merkle.root_hash(BIG[: int(size)]).hex() == root
    stored = tiles.Edge().append(BIG[: int(size)])
    assert tiles.root_from_tiles(lambda level, number: stored[level, number], int(size)).hex() == root


@pytest.mark.parametrize("case", LEDGER["big"]["inclusion"])
def test_inclusion_proofs_of_big_trees(case: dict[str, Any]) -> None:
    stored = tiles.Edge().append(BIG[: case["size"]])
    found = tiles.inclusion_from_tiles(lambda level, number: stored[level, number], case["index"], case["size"])
    assert found == hexes(case["proof"]) == merkle.inclusion_proof(case["index"], BIG[: case["size"]])


@pytest.mark.parametrize("case", LEDGER["big"]["consistency"])
def test_consistency_proofs_of_big_trees(case: dict[str, Any]) -> None:
    stored = tiles.Edge().append(BIG[: case["size2"]])
    found = tiles.consistency_from_tiles(lambda level, number: stored[level, number], case["size1"], case["size2"])
    assert found == hexes(case["proof"]) == merkle.consistency_proof(case["size1"], BIG[: case["size2"]])


@pytest.mark.parametrize("case", LEDGER["big"]["tiles"])
def test_tiles_have_their_c2sp_path_and_bytes(case: dict[str, Any]) -> None:
    stored = tiles.Edge().append(BIG[: case["size"]])
    by_path = {f"tile/{tiles.tile_path(level, n, len(data) // 32)}": data for (level, n), data in stored.items()}
    data = by_path[case["path"]]
    assert len(data) == case["bytes"]
    assert hashlib.sha256(data).hexdigest() == case["sha256"]


def test_at_256_leaves_there_is_a_full_tile_and_a_partial_one_above() -> None:
    stored = tiles.Edge().append(BIG[:256])
    assert {key: len(data) for key, data in stored.items()} == {(0, 0): 8192, (1, 0): 32}


@pytest.mark.parametrize(("name", "probe"), PROBES["inclusion"].items())
def test_inclusion_probes(name: str, probe: dict[str, Any]) -> None:
    def check() -> None:
        merkle.verify_inclusion(
            b64decode(probe["leafHash"] or ""),
            probe["leafIdx"],
            probe["treeSize"],
            [b64decode(value) for value in probe["proof"] or []],
            b64decode(probe["root"] or ""),
        )

    expect(probe, check)


@pytest.mark.parametrize(("name", "probe"), PROBES["consistency"].items())
def test_consistency_probes(name: str, probe: dict[str, Any]) -> None:
    def check() -> None:
        merkle.verify_consistency(
            probe["size1"],
            probe["size2"],
            [b64decode(value) for value in probe["proof"] or []],
            b64decode(probe["root1"] or ""),
            b64decode(probe["root2"] or ""),
        )

    expect(probe, check)


def expect(probe: dict[str, Any], check: Any) -> None:
    if probe["wantErr"]:
        with pytest.raises(merkle.ProofInvalid):
            check()
    else:
        check()


def test_the_note_of_the_specification_is_accepted_and_its_alterations_are_not() -> None:
    example = LEDGER["signed_note_example"]
    note = open_note(example["note"], [example["vkey"]])
    assert note.text == "This is an example message.\n"
    for changed in (
        example["note"].replace("example message", "example massage"),
        example["note"].replace("Uw2QOkn8", "Uw2QOkn9"),
        example["note"].replace("\n\n", "\n"),
    ):
        with pytest.raises((SignatureInvalid, NoteMalformed)):
            open_note(changed, [example["vkey"]])


def test_the_checkpoint_vector_is_what_we_sign_ourselves() -> None:
    vector = LEDGER["checkpoint"]
    seed = hashlib.sha256(b"visible-log").digest()
    key = SigningKey("ledger.example.com/visible", seed)
    assert str(key.verifier) == vector["vkey"]
    head, note = open_checkpoint(vector["note"], [vector["vkey"]], [vector["witness_vkey"]])
    assert (head.size, head.root) == (8, merkle.root_hash(EIGHT))
    assert [s.time for s in note.signatures] == [None, vector["witness_time"]]
    assert vector["note"].startswith(sign_note(Head(key.name, 8, head.root).to_text(), key))


@pytest.mark.parametrize("name", LEDGER["checkpoint"]["must_reject_with_vkey"])
def test_checkpoints_that_must_be_refused(name: str) -> None:
    vector = LEDGER["checkpoint"]
    with pytest.raises((SignatureInvalid, NoteMalformed)):
        open_checkpoint(vector["must_reject_with_vkey"][name], [vector["vkey"]], [vector["witness_vkey"]])


def test_a_cosignature_covers_the_time_it_names() -> None:
    witness = SigningKey("witness.example.org/w", bytes(32), COSIGNATURE)
    log = SigningKey("log.example.org", bytes([1]) * 32)
    text = Head("log.example.org", 1, bytes(32)).to_text()
    note = sign_note(text, log) + witness.line(text, time=1_700_000_000)
    _, opened = open_checkpoint(note, [log.verifier], [witness.verifier])
    assert opened.signatures[1].time == 1_700_000_000
    earlier = note.replace(
        witness.line(text, time=1_700_000_000), witness.line(text, time=1_700_000_000).replace("AAABlU", "AAABlV")
    )
    assert earlier != note
    with pytest.raises(SignatureInvalid):
        open_checkpoint(earlier, [log.verifier], [witness.verifier])


@pytest.mark.parametrize("key", ["", "a+b", "x+00000000+AAAA", "a b+12345678+" + "A" * 44])
def test_broken_keys_are_refused(key: str) -> None:
    with pytest.raises(NoteMalformed):
        VerifierKey.parse(key)
    with pytest.raises(NoteMalformed):
        SigningKey.parse(f"PRIVATE+KEY+{key}")
