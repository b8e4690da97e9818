"""Trees of every shape: leaves, tiles and the growing edge agree, and nothing but the right proof holds."""

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.ledger import merkle, tiles

LEAVES = [merkle.leaf_hash(b"%d" % i) for i in range(70_000)]
sizes = st.one_of(st.integers(1, 600), st.sampled_from([255, 256, 257, 511, 512, 513, 65535, 65536, 65537, 66000]))


def grown(size: int, steps: list[int]) -> tuple[tiles.Edge, dict[tuple[int, int], bytes]]:
    """Grow a tree by uneven steps, storing tiles as a database would."""
    edge, stored, position = tiles.Edge(), {}, 0
    while position < size:
        step = steps[position % len(steps)]
        stored.update(edge.append(LEAVES[position : min(size, position + step)]))
        position += step
    return edge, stored


@given(sizes, st.lists(st.integers(1, 700), min_size=1, max_size=5))
@settings(max_examples=60, deadline=None)
def test_growing_by_any_steps_gives_the_root_of_the_leaves(size: int, steps: list[int]) -> None:
    edge, stored = grown(size, steps)
    root = merkle.root_hash(LEAVES[:size])
    assert edge.root() == root
    assert tiles.root_from_tiles(lambda level, number: stored[level, number], size) == root
    reloaded = tiles.Edge.load(lambda level, number: stored[level, number], size)
    assert (reloaded.peaks, reloaded.partial) == (edge.peaks, {k: v for k, v in edge.partial.items() if v})


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_proofs_from_tiles_hold_and_equal_those_from_leaves(data: st.DataObject) -> None:
    size = data.draw(sizes)
    index, older = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    _, stored = grown(min(len(LEAVES), size + data.draw(st.integers(0, 300))), [997])

    def read(level: int, number: int) -> bytes:
        return stored[level, number]

    root = merkle.root_hash(LEAVES[:size])
    path = tiles.inclusion_from_tiles(read, index, size)
    assert path == merkle.inclusion_proof(index, LEAVES[:size])
    merkle.verify_inclusion(LEAVES[index], index, size, path, root)
    proof = tiles.consistency_from_tiles(read, older, size)
    merkle.verify_consistency(older, size, proof, merkle.root_hash(LEAVES[:older]), root)


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_a_changed_proof_does_not_hold(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 300))
    index = data.draw(st.integers(0, size - 1))
    path, root = merkle.inclusion_proof(index, LEAVES[:size]), merkle.root_hash(LEAVES[:size])
    wrong = data.draw(st.sampled_from(["index", "size", "drop", "add", "flip", "leaf"]))
    leaf, where, total, proof = LEAVES[index], index, size, list(path)
    if wrong == "index":
        where = data.draw(st.integers(0, size - 1).filter(lambda i: i != index))
    elif wrong == "size":
        # A path also fits other sizes of the same shape; the root is what binds it, and that is another tree's.
        total, root = size + 1, merkle.root_hash(LEAVES[: size + 1])
    elif wrong == "drop":
        proof.pop(data.draw(st.integers(0, len(proof) - 1)))
    elif wrong == "add":
        proof.insert(data.draw(st.integers(0, len(proof))), sha256(b"x").digest())
    elif wrong == "flip":
        place = data.draw(st.integers(0, len(proof) - 1))
        proof[place] = bytes([proof[place][0] ^ 1]) + proof[place][1:]
    else:
        leaf = LEAVES[size]
    with pytest.raises(merkle.ProofInvalid):
        merkle.verify_inclusion(leaf, where, total, proof, root)


@given(st.integers(0, 10**9))
def test_tile_numbers_survive_their_path(number: int) -> None:
    assert tiles.parse_number(tiles.number_path(number)) == number


def test_paths_are_written_as_the_specification_shows() -> None:
    assert tiles.tile_path(0, 1234067) == "0/x001/x234/067"
    assert tiles.tile_path(1, 0, 5) == "1/000.p/5"
